// The dashboard's way, with nothing left out: pbp receive and samples/dashboard/server.ts as processes of their own.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lastLine, outcomeOf, pbp, startPbp } from "../cli/helpers.ts";
import { openWorkplace, settings, withoutProcesses } from "../e2e/helpers.ts";
import { chromiumPath, openBrowser, openWindow, violationsOf } from "./browser.ts";

const program = fileURLToPath(new URL("../../samples/dashboard/server.ts", import.meta.url));
const workplace = openWorkplace();
let home: string;
let receiver: ChildProcess;
let url: string;
let token: string;

async function firstLine(child: ChildProcess): Promise<string> {
  const [line] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
  return line;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGINT");
  await ended;
}

beforeAll(async () => {
  home = await workplace.makeHome("receive");
  receiver = startPbp(["receive", "--home", home, "--port", "0", "--json", ...settings]);
  const told = JSON.parse(await firstLine(receiver)) as { url: string; tokenFile: string };
  url = told.url;
  token = readFileSync(told.tokenFile, "utf8").trim();
  expect(statSync(told.tokenFile).mode & 0o777).toBe(0o600);
}, 60_000);
afterAll(async () => {
  await end(receiver);
  await withoutProcesses(home);
  workplace.clean();
}, 60_000);

const authorization = () => ({ authorization: `Bearer ${token}` });

async function ask(
  method: string,
  path: string,
  body?: string | Uint8Array<ArrayBuffer>,
  headers: object = {},
) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...authorization(), ...headers },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return { ...(text === "" ? {} : JSON.parse(text)), http: response.status };
}

/** fetch writes Host itself, and neither Origin nor Sec-Fetch-Site of one's own. */
function statusOf(headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${url}/selections/any`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on("error", reject)
      .end();
  });
}

test("the sample says what it lacks in a sentence, and never quotes the file that it was given", async () => {
  const absent = join(home, "absent");
  for (const [content, args, says] of [
    ['{"recordId":"r-1","text":"Canary"}\n{"recordId":"r-2"}', [], "expected a file with one JSON object"],
    [gzipSync("Canary"), [], "expected a file with one JSON object"],
    [gzipSync('{"records":[]}'), ["--token-file", absent], `There is no ${absent}: start pbp receive first`],
  ] as const) {
    const file = join(home, "sample-data");
    writeFileSync(file, content);
    const outcome = await outcomeOf(
      spawn(process.execPath, [program, "--data", file, ...args], { stdio: ["ignore", "pipe", "pipe"] }),
    );
    expect(outcome).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(says) });
    expect(outcome.stderr).not.toContain("Canary");
    expect(outcome.stderr.trimEnd().split("\n")).toHaveLength(1);
  }
});

test("only a program with the token gets further, by the address that is ours", async () => {
  expect(await statusOf(authorization())).toBe(404);
  expect(await statusOf({})).toBe(401);
  expect(await statusOf({ authorization: "Bearer guess" })).toBe(401);
  expect(await statusOf({ ...authorization(), host: "rebound.example:80" })).toBe(421);
  expect(await statusOf({ ...authorization(), origin: "http://127.0.0.1:8640" })).toBe(403);
  expect(await statusOf({ ...authorization(), "sec-fetch-site": "same-origin" })).toBe(403);
});

test("a request takes 6 MB as in AWS, and what is no export is refused", async () => {
  expect(await ask("POST", "/selections", "x".repeat(6 * 1024 * 1024 + 1))).toMatchObject({ http: 413 });
  expect(await ask("POST", "/selections", "{}")).toMatchObject({ http: 422, title: "InvalidExport" });
});

test("what comes in parts is kept as one, whatever order they come in, and no part that is not what it should be", async () => {
  // Fails before any job: the text of each is the same.
  const { records, ...header } = JSON.parse(readFileSync(workplace.base, "utf8"));
  const bytes = Buffer.from(JSON.stringify({ ...header, exportId: "parts", records }));
  const sha256 = (part: Buffer) => createHash("sha256").update(part).digest("hex");
  const cut = [bytes.subarray(0, 50_000), bytes.subarray(50_000)];
  const plan = JSON.stringify({
    sha256: sha256(bytes),
    parts: cut.map((part) => ({ sizeBytes: part.length, sha256: sha256(part) })),
  });
  const { parts } = await ask("POST", "/selections/parts/uploads", plan);
  const put = async (at: number, part: Buffer, headers = parts[at].headers) =>
    (await fetch(parts[at].url, { method: "PUT", headers, body: new Uint8Array(part) })).status;
  expect(await put(1, cut[1]!)).toBe(200);
  expect(await put(0, randomBytes(50_000))).toBe(400);
  expect(await put(0, cut[0]!, authorization())).toBe(400);
  expect(await put(0, cut[0]!, {})).toBe(401);
  expect(await ask("POST", "/selections/parts/complete", plan)).toMatchObject({ http: 409, missing: [1] });
  expect(await put(0, cut[0]!)).toBe(200);
  const { key } = await ask("POST", "/selections/parts/complete?model=other", plan);
  expect(key).toMatch(/^incoming\/other\/parts-/);
  const { execution } = await ask("GET", "/selections/parts");
  // It is not for this test to train it.
  await pbp("stop", execution, "--home", home);
});

// Skipped where there is no Chromium, which scripts/test.ts counts as failed: scripts/chromium.mjs says what to install.
describe.skipIf(chromiumPath === null)("in a browser", () => {
  let dashboard: ChildProcess;
  let browser: Browser;
  let page: string;
  beforeAll(async () => {
    const args = [
      "--data",
      workplace.base,
      "--port",
      "0",
      "--url",
      url,
      "--token-file",
      join(home, "receive-token"),
    ];
    dashboard = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    page = await firstLine(dashboard);
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    dashboard?.kill();
  });

  test("the button leads to a promoted model, and no text of a note is in the page or its requests", {
    timeout: 180_000,
  }, async () => {
    const window = await openWindow(browser);
    const { page: tab } = window;
    const sent: string[] = [];
    tab.on("request", (one) => sent.push(one.postData() ?? ""));
    await tab.goto(page);
    const status = tab.getByRole("status");
    await tab.getByRole("button", { name: "Send to AI" }).click();
    await expect.poll(() => status.textContent()).toBe("Select records first.");
    await tab.getByLabel("All").check();
    await tab.getByRole("button", { name: "Send to AI" }).click();
    await expect.poll(() => status.textContent(), { timeout: 30_000 }).toMatch(/^(Waiting|Training)/);
    // Meanwhile the page is loaded again: the selection goes on, and so does what is told of it.
    await tab.reload();
    await expect
      .poll(() => status.textContent(), { timeout: 150_000, interval: 500 })
      .toBe("Promoted: the new model is in use.");
    expect(await tab.getByRole("button", { name: "Send to AI" }).isEnabled()).toBe(true);
    expect(await violationsOf(tab)).toEqual([]);
    const { records } = JSON.parse(readFileSync(workplace.base, "utf8")) as { records: { text: string }[] };
    const shown = `${await tab.content()}${sent.join("")}`;
    expect(records.filter(({ text }) => shown.includes(text.slice(0, 40)))).toEqual([]);
    expect(window.troubles).toEqual([]);
    expect(window.elsewhere(new URL(page).host)).toEqual([]);
    await window.context.close();
    const history = lastLine((await pbp("history", "--home", home, "--json")).stdout);
    expect(history.generations).toHaveLength(1);
  });

  test("another site cannot make the dashboard send", async () => {
    const body = JSON.stringify({ selectionId: "forged", selectedAt: "2026-11-20T12:00:00Z", recordIds: [] });
    for (const headers of [
      { "content-type": "text/plain" },
      { "content-type": "application/json", "sec-fetch-site": "cross-site" },
    ])
      expect((await fetch(`${page}ai/selections`, { method: "POST", headers, body })).status).toBe(404);
  });
});
