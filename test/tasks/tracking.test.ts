// What MLflow is sent, and what is said when its server is none. A real server is asked by npm run test:tracking.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FileStore, openFileStore } from "../../tasks/store/fs.ts";
import { batchLimits, mlflowAt, type Pair, valueBytes } from "../../tasks/tracking/mlflow.ts";
import { trackExecution } from "../../tasks/tracking/track.ts";
import { trackedExecution } from "../../tasks/tracking/tracked-run.ts";
import { canary, sampleLog, sampleReceipt, writeRun } from "../tracking/sample-run.ts";

let folder = "";
let store: FileStore;
const servers: Server[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pbp-tracking-"));
  store = await openFileStore(folder, "pbp-test");
  await writeRun(store, "run-1");
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true });
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("nothing that is sent is longer or named otherwise than every MLflow server takes", () => {
  const receipt = sampleReceipt("run-1");
  const long = {
    ...receipt,
    reasons: Array.from({ length: 32 }, () => "é".repeat(400)),
    reason: "é".repeat(400),
  };
  const run = trackedExecution(long, {
    verdict: null,
    preprocess: null,
    trainings: [{ trial: 0, algorithm: "transformer", lines: sampleLog(500) }],
  });
  for (const { params, tags, metrics } of [run, ...run.trials]) {
    for (const { key, value } of params) expect(Buffer.byteLength(value), key).toBeLessThanOrEqual(6000);
    for (const { key, value } of tags) {
      expect(Buffer.byteLength(value), key).toBeLessThanOrEqual(5000);
      expect(value).not.toContain("\ufffd");
    }
    // Names: letters, digits, _ - . space : /, at most 250 bytes. mlflow/utils/validation.py, _VALID_PARAM_AND_METRIC_NAMES;
    // REST API, Log Param and Set Tag: https://mlflow.org/docs/latest/rest-api.html
    for (const { key } of [...params, ...tags, ...metrics]) expect(key).toMatch(/^[\w.\-/: ]{1,250}$/);
    for (const { timestamp, step } of metrics) {
      expect(Number.isSafeInteger(timestamp)).toBe(true);
      expect(Number.isSafeInteger(step)).toBe(true);
    }
  }
  // Log Batch, "Request Limits"; Log Param and Set Tag, sizes that "all storage backends are guaranteed to support".
  expect(batchLimits).toEqual({ metrics: 1000, params: 100, tags: 100 });
  expect(valueBytes).toEqual({ param: 6000, tag: 5000 });
});

test("a curve of more points than a request takes is sent in several, and no note with it", async () => {
  const batches: Record<string, unknown[]>[] = [];
  let sent = "";
  const uri = await serve(async (request, response) => {
    const body = request.method === "POST" ? ((await json(request)) as Record<string, unknown[]>) : {};
    sent += JSON.stringify(body);
    if (request.url!.endsWith("log-batch")) batches.push(body);
    response.end(
      JSON.stringify({
        experiment: { experiment_id: "7" },
        run: { info: { run_id: "a", artifact_uri: "s3://elsewhere/7/a" } },
      }),
    );
  });
  const { warnings } = await trackExecution(store, "run-1", mlflowAt(uri));
  for (const { metrics = [], params = [], tags = [] } of batches) {
    expect(metrics.length).toBeLessThanOrEqual(1000);
    expect(params.length).toBeLessThanOrEqual(100);
    expect(tags.length).toBeLessThanOrEqual(100);
  }
  // Two trials of 500 steps with loss, rate and speed, a validation's score and loss, and the trial's score and its error.
  const points = batches.flatMap(({ metrics = [] }) => metrics as { key: string }[]);
  expect(points.filter(({ key }) => /^(train|validation)\./.test(key))).toHaveLength(2 * (500 * 3 + 2 + 2));
  // What says that all of it arrived comes last.
  expect((batches.at(-1)!.tags as Pair[]).map(({ key }) => key)).toEqual(["pbp.sent"]);
  expect(warnings).toEqual([expect.stringContaining("report.html, model-card.md, receipt.json stayed here")]);
  expect(sent).not.toMatch(canary);
});

test.each([
  ["ftp://example.org", "is named by an http:// or https:// URL"],
  ["example.org:5000", "is named by an http:// or https:// URL"],
  ["https://user:secret@example.org", "without a user"],
])("%s is no server", (uri, message) => {
  expect(() => mlflowAt(uri)).toThrow(message);
  expect(() => mlflowAt(uri)).not.toThrow("secret");
});

test("a server that does not answer, answers otherwise or sends elsewhere is named with what it did", async () => {
  const track = (uri: string) =>
    trackExecution(store, "run-1", mlflowAt(uri, { authorization: "Bearer secret" })).catch(String);
  const closed = await serve(() => {});
  servers.pop()!.close();
  expect(await track(closed)).toBe(
    `TrackingFailed: The MLflow server at ${closed} cannot be reached (ECONNREFUSED).`,
  );
  const elsewhere = await serve((_, response) => response.writeHead(302, { location: closed }).end());
  expect(await track(elsewhere)).toMatch(/cannot be reached \(unexpected redirect\)/);
  const page = await serve((_, response) => response.writeHead(404).end("<html>\u001b[2Knothing here"));
  expect(await track(page)).toMatch(/refuses mlflow\/experiments\/get-by-name: 404\.?$/);
  const closedTo = await serve((_, response) =>
    response.writeHead(403).end(JSON.stringify({ error_code: "PERMISSION_DENIED", message: "no\u001b[2K" })),
  );
  expect(await track(closedTo)).toMatch(/: 403 PERMISSION_DENIED no\\u001b\[2K$/);
  const deleted = await serve((_, response) =>
    response.end(JSON.stringify({ experiment: { experiment_id: "7", lifecycle_stage: "deleted" } })),
  );
  expect(await track(deleted)).toContain("was deleted");
});

test("an execution that has not ended is not sent", async () => {
  const uri = await serve(() => expect.unreachable());
  await expect(trackExecution(store, "absent", mlflowAt(uri))).rejects.toThrow("absent has no receipt yet");
});
