import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { findChromium } from "../../scripts/chromium.mjs";

export const chromiumPath = findChromium();

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath!,
    // Chromium has no sandbox for root, as which CI runs; the pages are our own.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}

/** A window, and what went wrong or elsewhere in it. */
export async function openWindow(
  browser: Browser,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{
  context: BrowserContext;
  page: Page;
  troubles: string[];
  elsewhere: (host: string) => string[];
}> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const troubles: string[] = [];
  const requests: string[] = [];
  context.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  context.on("weberror", (error) => troubles.push(String(error.error())));
  context.on("request", (request) => requests.push(request.url()));
  return {
    context,
    page,
    troubles,
    elsewhere: (host) => requests.filter((url) => !url.startsWith(`http://${host}/`)),
  };
}

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// https://github.com/dequelabs/axe-core/blob/develop/doc/API.md, axe-core tags: WCAG 2.0, 2.1 and 2.2 at A and AA.
const standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe-core finds wrong with a page; nothing, if it is accessible as far as a program can tell. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Beside the page's own policy, which lets no such script in.
  await page.evaluate(source);
  // Of the rules that pass, axe then describes one element each, and not all.
  const options = { runOnly: standards, resultTypes: ["violations"] };
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(options)})`);
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
  );
}
