// The button by itself, in a page that answers as a dashboard's server would: what it asks, shows and keeps.
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, openBrowser, openWindow } from "./browser.ts";

const script = readFileSync(new URL("../../samples/dashboard/pbp-send.js", import.meta.url), "utf8");
// Chromium takes 127.0.0.1 for a place where pages may have random numbers; no request leaves it.
const site = "http://127.0.0.1:9/";
const html = `<!doctype html><script type="module" src="pbp-send.js"></script>
<script>window.told = []; addEventListener("pbp-status", ({ detail }) => told.push(detail.status));</script>
<pbp-send records="#notes" endpoint="/ai/selections" every="0.02"></pbp-send>
<div id="notes"><input type="checkbox" value="r-1" checked></div>`;

describe.skipIf(chromiumPath === null)("<pbp-send>", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  }, 60_000);
  afterAll(() => browser?.close());

  test("goes on asking while the model waits for a person, over a reload, until the decision is there", async () => {
    const { page, context } = await openWindow(browser);
    let status = "waiting";
    const asked: string[] = [];
    const sent: string[] = [];
    await context.route("**", async (route) => {
      const request = route.request();
      const { pathname } = new URL(request.url());
      if (pathname === "/") return route.fulfill({ contentType: "text/html", body: html });
      if (pathname === "/pbp-send.js") return route.fulfill({ contentType: "text/javascript", body: script });
      if (request.method() === "POST") {
        sent.push((request.postDataJSON() as { selectionId: string }).selectionId);
        return route.fulfill({ status: 201, json: {} });
      }
      asked.push(pathname.split("/").at(-1)!);
      return route.fulfill({ json: { status, reasons: [] } });
    });
    await page.goto(site);
    const button = page.getByRole("button", { name: "Send to AI" });
    const words = page.getByRole("status");
    await button.click();
    await expect.poll(() => words.textContent()).toBe("Waiting for its turn.");
    expect(await button.isEnabled()).toBe(false);
    status = "awaiting-approval";
    await expect.poll(() => words.textContent()).toContain("a person's approval");
    const before = asked.length;
    await expect.poll(() => asked.length).toBeGreaterThan(before + 2);
    expect(await button.isEnabled()).toBe(true);
    await page.reload();
    await expect.poll(() => words.textContent()).toContain("a person's approval");
    status = "declined";
    await expect.poll(() => words.textContent()).toBe("Declined: a person decided against the new model.");
    expect(await page.evaluate("told")).toEqual(["awaiting-approval", "declined"]);
    expect(new Set(asked)).toEqual(new Set(sent));
    // It is over: nothing is asked any more, not even after a reload.
    const last = asked.length;
    await page.reload();
    await button.waitFor();
    expect(asked).toHaveLength(last);

    // The next one may be sent while the model before it waits, and is then the one that is shown.
    status = "awaiting-approval";
    await button.click();
    await expect.poll(() => words.textContent()).toContain("a person's approval");
    await button.click();
    await expect.poll(() => sent.length).toBe(3);
    await expect.poll(() => asked.at(-1)).toBe(sent[2]);
    status = "promoted";
    await expect.poll(() => words.textContent()).toBe("Promoted: the new model is in use.");
    await context.close();
  });
});
