import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import servedSchema from "../../schemas/serving/served-counts.schema.json" with { type: "json" };
import { lastLine, pbp } from "../cli/helpers.ts";
import { openWorkplace, settings, writeBadExport } from "../e2e/helpers.ts";
import { chromiumPath, openBrowser, openWindow, violationsOf } from "./browser.ts";
import { type OpenConsole, openConsole } from "./helpers.ts";

// Skipped where there is no Chromium, which scripts/test.ts counts as failed: scripts/chromium.mjs says what to install.
describe.skipIf(chromiumPath === null)("the console in a browser", () => {
  const workplace = openWorkplace();
  let console: OpenConsole;
  let browser: Browser;
  let good: string;
  let bad: string;

  beforeAll(async () => {
    // One real run that is promoted, and one that fails, of an export with a canary in each text.
    const home = await workplace.makeUsedHome("console");
    await pbp("run", writeBadExport(workplace), "--home", home, ...settings);
    const names = readdirSync(join(home, "executions"));
    good = names.find((name) => name.startsWith("base-"))!;
    bad = names.find((name) => name.startsWith("bad-"))!;
    const counts = {
      ...(servedSchema.examples[0] as object),
      hour: new Date().toISOString().slice(0, "2026-11-27T08".length),
    };
    const hour = join(home, "served/keyphrases", counts.hour);
    mkdirSync(hour, { recursive: true });
    writeFileSync(join(hour, "worker.json"), JSON.stringify(counts));
    console = await openConsole({ home });
    browser = await openBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await console?.close();
    workplace.clean();
  });

  const address = (path: string) => `http://${console.host}${path}`;
  const everyPage = () => [
    "/",
    "/runs",
    `/runs/${good}`,
    `/runs/${bad}`,
    `/runs/${good}/events`,
    `/runs/${good}/files`,
    `/runs/${good}/rerun`,
    `/runs/${good}/approve`,
    `/runs/${good}/decline`,
    `/runs/${bad}/resume`,
    "/models",
    "/models/keyphrases",
    "/models/keyphrases/1",
    "/models/keyphrases/1/traffic",
    "/models/keyphrases/traffic",
    "/models/keyphrases/traffic/stop",
    "/models/keyphrases/monitor",
    "/exports",
    `/compare?a=${good}&b=${bad}&all=yes`,
    "/nowhere",
  ];

  it("opens by its link, which leaves the address bar and is no way back in for others", async () => {
    const { page, context, troubles } = await openWindow(browser);
    await page.goto(console.served.link);
    expect(page.url()).toBe(address("/"));
    expect(await page.evaluate("document.cookie")).toBe("");
    await page.getByRole("link", { name: "Runs", exact: true }).click();
    expect(page.url()).toBe(address("/runs"));
    const { page: stranger, context: other } = await openWindow(browser);
    expect((await stranger.goto(address("/runs")))!.status()).toBe(401);
    expect(troubles).toEqual([]);
    await Promise.all([context.close(), other.close()]);
  });

  it("shows every page without a text of a note, a violation of WCAG, a request elsewhere or a complaint, light, dark and on a phone", async () => {
    // Each width and each scheme once: what a page looks like depends on the one, its colours on the other.
    for (const [colorScheme, width] of [["light", 1360] as const, ["dark", 390] as const]) {
      const { page, context, troubles, elsewhere } = await openWindow(browser, {
        colorScheme,
        viewport: { width, height: 900 },
      });
      await page.goto(console.served.link);
      for (const path of everyPage()) {
        await page.goto(address(path));
        expect([path, colorScheme, await violationsOf(page)]).toEqual([path, colorScheme, []]);
        const tooWide = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect([path, colorScheme, tooWide]).toEqual([path, colorScheme, 0]);
        expect([path, /canary/i.test(await page.content())]).toEqual([path, false]);
      }
      expect(troubles.filter((text) => !text.includes("404"))).toEqual([]);
      expect(elsewhere(console.host)).toEqual([]);
      await context.close();
    }
  }, 120_000);

  it("shows the words of a note without a violation of WCAG, where text of notes is shown", async () => {
    // How a model explains is not the browser's to test.
    const [row] = (await text(await console.pipeline.store.read(`runs/${good}/dataset/test.jsonl`))).split(
      "\n",
    );
    const { document } = JSON.parse(row!) as { document: string };
    const words = [0, 1, 2].map((at) => ({ start: 4 * at, end: 4 * at + 3, weight: at - 1 }));
    const shown = await openConsole({
      home: console.folder,
      showNotes: true,
      wrap: (installation) => ({
        ...installation,
        explain: async () => ({
          ...{ label: "procedure", baseline: 0.1, score: 0.9, sum: 0.8, tolerance: 0.1, complete: true },
          ...{ passes: 12, words, at: words[2]! },
        }),
      }),
    });
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, context, troubles, elsewhere } = await openWindow(browser, { colorScheme });
      await page.goto(shown.served.link);
      await page.goto(`http://${shown.host}/runs/${good}/words?document=${document}`);
      expect(await page.locator("#words mark").count()).toBe(1);
      expect([colorScheme, await violationsOf(page)]).toEqual([colorScheme, []]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
      expect([troubles, elsewhere(shown.host)]).toEqual([[], []]);
      await context.close();
    }
    await shown.close();
  });

  it("filters runs by what stands in the address, with and without a script", async () => {
    for (const javaScriptEnabled of [true, false]) {
      const { page, context } = await openWindow(browser, { javaScriptEnabled });
      await page.goto(console.served.link);
      await page.goto(address("/runs"));
      await page.getByLabel("Status").selectOption("FAILED");
      await page.getByRole("button", { name: "Filter" }).click();
      expect(new URL(page.url()).searchParams.get("status")).toBe("FAILED");
      expect(await page.locator("tbody tr").count()).toBe(1);
      expect(await page.getByRole("link", { name: bad }).count()).toBe(1);
      await page.getByRole("link", { name: bad }).click();
      // The error first, with what helps.
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("Failed");
      expect(await page.locator("#failure pre").textContent()).toContain("pbp ");
      await context.close();
    }
  });

  it("starts one run for two clicks, and tells of it until something happens", async () => {
    const { page, context } = await openWindow(browser);
    await page.goto(console.served.link);
    await page.goto(address(`/runs/${good}/rerun`));
    // Long enough to be stopped.
    await page.getByLabel("Epochs").fill("100");
    await page.getByRole("checkbox").check();
    const runs = () =>
      readdirSync(join(console.folder, "executions")).filter((name) => !name.startsWith("."));
    const before = runs().length;
    // The second one while the first is under way, as of a hand that is not sure.
    const { x, y } = (await page.getByRole("button", { name: "Run again" }).boundingBox())!;
    const sent = page.waitForRequest(/actions/);
    await page.mouse.click(x + 5, y + 5);
    await sent;
    await page.mouse.click(x + 5, y + 5);
    // Not waitForURL, which takes the first click's navigation, ended by the second, for a failure.
    await expect.poll(() => page.url(), { timeout: 30_000 }).toMatch(/done=rerun$/);
    expect(runs().length).toBe(before + 1);
    await page.goto(page.url().replace("?done=rerun", "/stop"));
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.waitForURL(/done=stop$/);
    await page.getByRole("heading", { level: 1 }).getByText("Stopped").waitFor();
    await page.getByText("The run is being stopped").waitFor({ state: "detached" });
    await context.close();
  }, 120_000);

  it("says that the console has ended, and that another one does not know the page", async () => {
    const first = await openConsole();
    const { port } = first.served;
    const { page, context } = await openWindow(browser);
    await page.goto(first.served.link);
    const gone = page.getByRole("alert");
    expect(await gone.isVisible()).toBe(false);
    await first.close();
    await gone.getByText("The console does not answer").waitFor();
    expect(await violationsOf(page)).toEqual([]);
    const second = await openConsole({ port });
    await gone.getByText("The console was started again.").waitFor();
    await context.close();
    await second.close();
  }, 60_000);

  it("can be used by keyboard alone", async () => {
    const { page, context } = await openWindow(browser);
    await page.goto(console.served.link);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement?.textContent")).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement?.id")).toBe("main");
    // To the run in use, and from there to the page that runs it again.
    const focused = () => page.evaluate<string>(`document.activeElement?.getAttribute("href") ?? ""`);
    const goTo = async (fits: (href: string) => boolean) => {
      for (let pressed = 0; pressed < 80; pressed++) {
        await page.keyboard.press("Tab");
        if (fits(await focused())) return page.keyboard.press("Enter");
      }
      throw new Error("No Tab leads there.");
    };
    await goTo((href) => href === `/runs/${good}`);
    await page.waitForURL(address(`/runs/${good}`));
    await goTo((href) => href.endsWith("/rerun"));
    await page.waitForURL(address(`/runs/${good}/rerun`));
    // The command that is shown follows what is typed.
    await page.getByLabel("Epochs").fill("2");
    await page.getByLabel("Reason").fill("it's falling");
    expect(await page.locator("[data-command]").textContent()).toBe(
      `pbp rerun ${good} --epochs 2 --reason 'it'\\''s falling' --home ${console.folder}`,
    );
    await context.close();
  });

  it("runs again by a form without a script, follows the run as it goes, and promotes it by force", async () => {
    const plain = await openWindow(browser, { javaScriptEnabled: false });
    await plain.page.goto(console.served.link);
    await plain.page.goto(address(`/runs/${good}/rerun`));
    await plain.page.getByLabel("Epochs").fill("1");
    // Nothing happens without the confirmation.
    await plain.page.getByRole("button", { name: "Run again" }).click();
    expect(plain.page.url()).toBe(address(`/runs/${good}/rerun`));
    await plain.page.getByRole("checkbox").check();
    await plain.page.getByRole("button", { name: "Run again" }).click();
    await plain.page.waitForURL(/done=rerun$/);
    expect(await plain.page.getByRole("status").first().textContent()).toBe("The run has begun.");
    const again = new URL(plain.page.url()).pathname;
    await plain.context.close();

    const { page, context, troubles } = await openWindow(browser);
    await page.goto(console.served.link);
    await page.goto(address(again));
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("Running");
    // Without a reload by anybody: the page is told, and what was opened on it stays open.
    await page.evaluate("globalThis.stays = true");
    await page.locator("h1", { hasNotText: "Running" }).waitFor({ timeout: 60_000 });
    expect(await page.evaluate("globalThis.stays")).toBe(true);
    expect(await page.locator("#said").textContent()).not.toBe("");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toMatch(
      /Rejected|Inconclusive|Promoted/,
    );

    if (await page.getByRole("link", { name: "Promote by force" }).count()) {
      await page.getByRole("link", { name: "Promote by force" }).click();
      await page.getByLabel("Reason").fill("Tests say so");
      await page.getByRole("checkbox").check();
      await page.getByRole("button", { name: "Promote by force" }).click();
      await page.waitForURL(/done=promote$/);
    }
    await page.goto(address("/models/keyphrases"));
    expect(await page.locator("#generations tbody tr").count()).toBe(2);
    await page.getByRole("link", { name: "1", exact: true }).click();
    await page.getByRole("link", { name: "Roll back to this one" }).click();
    await page.getByLabel("Reason").fill("The first was better");
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Roll back" }).click();
    await page.waitForURL(/\/models\/keyphrases\?done=rollback$/);
    expect(await page.locator("#generations tbody tr").first().textContent()).toContain(
      "The first was better",
    );
    expect(await violationsOf(page)).toEqual([]);

    await page.getByRole("link", { name: "2", exact: true }).click();
    await page.getByRole("link", { name: "Share traffic with it" }).click();
    await page.getByLabel("Share of the callers").fill("12.5");
    await page.getByLabel("Reason").fill("Once more for some");
    await page.getByRole("checkbox", { name: /asks this generation/ }).check();
    await page.getByRole("button", { name: "Share the traffic" }).click();
    await page.waitForURL(/\/models\/keyphrases\/traffic\?done=traffic$/);
    expect(await page.locator(".lead").textContent()).toBe(
      "Generation 2 answers 12.5 % of the callers, generation 3 the others.",
    );
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole("link", { name: "Stop it" }).click();
    await page.getByLabel("Reason").fill("No better");
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Stop it" }).click();
    await page.waitForURL(/done=stop-traffic$/);
    expect(await page.locator(".lead").textContent()).toContain("Generation 3 answers alone.");
    expect(troubles).toEqual([]);
    await context.close();
  }, 120_000);

  it("takes an export that is dropped on it, and refuses a file that is none", async () => {
    const { page, context } = await openWindow(browser);
    await page.goto(console.served.link);
    await page.goto(address("/exports"));
    const note = join(workplace.folder, "note.txt");
    writeFileSync(note, "no export");
    await page.getByLabel(/^Export:/).setInputFiles(note);
    await page.getByRole("button", { name: "Send it" }).click();
    await page.getByRole("heading", { name: "That did not work" }).waitFor();
    await page.goto(address("/exports"));
    const refused = join(workplace.folder, "dropped.json");
    writeFileSync(refused, JSON.stringify({ schemaVersion: "9.9", records: [] }));
    await page.getByLabel(/^Export:/).setInputFiles(refused);
    await page.getByRole("button", { name: "Send it" }).click();
    await page.waitForURL(/done=upload$/);
    // Taken as pbp watch takes it: object, event, execution. This one fails at once, as it should.
    await page.getByRole("link", { name: /^dropped-/ }).waitFor({ timeout: 60_000 });
    await context.close();
  }, 90_000);

  it("has for each page a JSON twin, which is what the command prints", async () => {
    const twin = async (path: string) => JSON.parse((await console.look(path)).text);
    const printed = async (...args: string[]) =>
      lastLine((await pbp(...args, "--json", "--home", console.folder)).stdout);
    expect(await twin(`/runs/${bad}.json`)).toEqual(await printed("show", bad));
    expect(await twin("/models/keyphrases.json")).toEqual(await printed("history"));
    expect(await twin("/models/keyphrases/traffic.json")).toEqual(await printed("traffic", "show"));
    expect(await twin("/models/keyphrases/monitor.json")).toEqual(await printed("monitor"));
    expect(await twin(`/compare.json?a=${good}&b=${bad}`)).toEqual(await printed("compare", good, bad));
    expect(await twin(`/runs/${good}/files.json`)).toEqual(await printed("get", "/", "--execution", good));
    expect((await twin("/runs.json?status=FAILED")).executions).toContainEqual(
      ((await printed("runs")).executions as { execution: string }[]).find(
        ({ execution }) => execution === bad,
      ),
    );
  });

  it("shows no text of a note in what it tells of a run in detail", async () => {
    for (const path of [`/runs/${bad}`, `/runs/${bad}/events`, `/runs/${bad}/files`, `/runs/${bad}.json`])
      expect([path, /canary/i.test((await console.look(path)).text)]).toEqual([path, false]);
  });
});
