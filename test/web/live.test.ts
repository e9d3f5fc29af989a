import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ExecutionDescription } from "../../pipeline/execution.ts";
import { watchFolder } from "../../pipeline/local/machine/folder-watch.ts";
import { runPrefix } from "../../schemas/bucket.ts";
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import { writeJson } from "../../tasks/store/store.ts";
import { type OpenConsole, openConsole } from "./helpers.ts";

const run = "export-0a1b2c3d4e5f";
const described = {
  name: run,
  status: "RUNNING",
  isOwned: true,
  eventCount: 3,
  states: [{ name: "Train", type: "Task", enteredDate: "", exitedDate: null, seconds: null }],
  progress: [],
} as unknown as ExecutionDescription;

let now = described;
let tell: () => void = () => {};
let console: OpenConsole;
beforeAll(async () => {
  console = await openConsole({
    wrap: (installation) => ({
      ...installation,
      describe: async () => now,
      promotion: async () => null,
      onChange: (_, changed) => {
        tell = changed;
      },
    }),
  });
});
afterAll(() => console.close());

/** A stream of events; `until` resolves once all of it so far ends with a text. */
async function follow(headers: Record<string, string> = {}) {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get(
      {
        host: "127.0.0.1",
        port: console.served.port,
        path: `/events?run=${run}`,
        headers: { cookie: console.cookie, ...headers },
      },
      resolve,
    ).on("error", reject),
  );
  let text = "";
  let look = () => {};
  response.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    look();
  });
  return {
    response,
    until: (end: string) =>
      new Promise<string>((resolve) => {
        look = () => {
          if (text.endsWith(end)) resolve(text);
        };
        look();
      }),
  };
}

it("tells a page what has happened since it was loaded, and a browser that comes back what it missed", async () => {
  now = described;
  const first = await follow();
  expect(first.response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  // The journal's number of the last event, without an event: the page shows that already.
  expect(await first.until("id: 3\n\n")).toBe("retry: 2000\n\nid: 3\n\n");
  now = { ...described, progress: [{ state: "Train", step: "train", done: 1, total: 2 }] };
  tell();
  await first.until(`id: 3\nevent: progress\ndata: {"say":""}\n\n`);
  now = { ...described, eventCount: 5 };
  tell();
  await first.until(`id: 5\nevent: state\ndata: {"say":"Now in Train."}\n\n`);
  first.response.destroy();

  const again = await follow({ "last-event-id": "3" });
  await again.until(`id: 5\nevent: state\ndata: {"say":"Now in Train."}\n\n`);
  now = { ...described, eventCount: 6, status: "SUCCEEDED" };
  tell();
  await again.until(`id: 6\nevent: run\ndata: {"say":"The run has ended: SUCCEEDED."}\n\n`);
  again.response.destroy();
});

it("keeps a bounded number of streams open", async () => {
  now = described;
  const streams = await Promise.all(Array.from({ length: 32 }, () => follow()));
  await Promise.all(streams.map(({ until }) => until("id: 3\n\n")));
  const more = await follow();
  expect(await more.until("retry: 20000\n\n")).toBe("retry: 20000\n\n");
  for (const { response } of [...streams, more]) response.destroy();
});

it("sees a change in a folder, and none after its end", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pbp-folder-"));
  const end = new AbortController();
  const seen = new Promise<void>((resolve) => watchFolder(folder, resolve, end.signal));
  writeFileSync(join(folder, "history.jsonl"), "x");
  await seen;
  end.abort();
  // A folder that is not there is no error: the poll sees it come.
  const later = new AbortController();
  watchFolder(join(folder, "none"), () => {}, later.signal);
  later.abort();
  rmSync(folder, { recursive: true });
});

it("draws the curve of a training that still runs, from the log beside its checkpoints", async () => {
  const { store } = console.pipeline;
  now = {
    ...described,
    ...{ startDate: "2026-11-20T12:00:00.000Z", stopDate: null, input: {}, run: null, trials: null },
    ...{ output: null, error: null, cause: null, redriveCount: 0 },
  };
  const page = async () => (await console.look(`/runs/${run}`)).text;
  await writeJson(store, `${runPrefix(run)}dataset/manifest.json`, datasetSchema.examples[0]);
  expect(await page()).not.toContain('id="learning"');
  const { trial } = datasetSchema.examples[0]!.trials[0]!;
  const log = [2, 1, 0.5].map((loss, at) => JSON.stringify({ step: at + 1, loss, seconds: at }));
  await store.write(`checkpoints/${run}/${trial}/training.jsonl`, `${log.join("\n")}\n`);
  expect(await page()).toContain("Loss by step, logarithmic: 2.00 at first, 0.500 at step 3.");
});
