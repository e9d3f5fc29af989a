import { afterAll, beforeAll, expect, it } from "vitest";
import type { ExecutionDescription, HistoryEvent } from "../../pipeline/execution.ts";
import type { Installation, JobStatus } from "../../pipeline/installation.ts";
import type { Generation } from "../../tasks/models/history.ts";
import { writeJson } from "../../tasks/store/store.ts";
import { type OpenConsole, openConsole } from "./helpers.ts";

/** Breaks out of an attribute, an element and a comment, wherever it is not escaped. */
const evil = `"'><script>alert(1)</script><img src=x onerror=alert(2)>-->`;
const run = "export-0a1b2c3d4e5f";
const at = "2026-11-20T12:00:00.000Z";

const event = (id: number, type: HistoryEvent["type"], rest: object): HistoryEvent =>
  ({ id, previousEventId: id - 1, timestamp: at, type, ...rest }) as HistoryEvent;

const events = [
  event(1, "ExecutionStarted", { executionStartedEventDetails: { input: JSON.stringify({ reason: evil }) } }),
  event(2, "TaskStateEntered", { stateEnteredEventDetails: { name: evil, input: evil } }),
  event(3, "ExecutionFailed", { executionFailedEventDetails: { error: evil, cause: evil } }),
];

const description: ExecutionDescription = {
  name: run,
  executionArn: evil,
  stateMachineArn: evil,
  status: "FAILED",
  isOwned: false,
  input: { source: { bucket: evil, key: `exports/${evil}` }, reason: evil },
  run: null,
  trials: null,
  output: null,
  error: evil,
  cause: evil,
  startDate: at,
  stopDate: at,
  redriveCount: 0,
  redriveDate: null,
  eventCount: 3,
  states: [{ name: evil, type: "Task", enteredDate: at, exitedDate: null, seconds: null }],
  progress: [{ state: evil, step: evil, unit: evil, epoch: evil, done: 1, total: 2 }],
};

const job: JobStatus = {
  state: evil,
  trial: null,
  job: "pbp-train-x",
  status: "Failed",
  failure: evil,
  instanceType: evil,
  instanceCount: 2,
  seconds: 1,
  billableSeconds: 1,
  log: evil,
};

const generation = {
  generation: 1,
  action: "forced",
  version: evil,
  from: evil,
  at,
  actor: evil,
  execution: run,
  reason: evil,
  verdict: { key: `runs/${run}/verdict.json`, accuracy: 0.9, f1: 0.9 },
  overruled: { verdict: "reject", rules: [evil] },
  inUse: true,
  kept: true,
} as Generation;

const scores = { accuracy: 0.9, precision: 0.9, recall: 0.9, f1: 0.9, macroF1: 0.9 };
const verdict = {
  verdict: "reject",
  kind: "keyphrases",
  policy: { metric: "accuracy", minimum: 0.5, minimumImprovement: 0, confidence: null },
  reasons: [{ rule: "labels", passed: false, message: evil }],
  metrics: { challenger: scores, champion: null, baselines: { nothing: scores } },
  counts: { documents: 1, units: 1, items: 1, excludedDocuments: 0 },
  comparedLabels: [evil],
  perLabel: { [evil]: { support: 1, challenger: scores, champion: null } },
  comparison: null,
  championGeneration: null,
};

/** An installation in which everybody who can name something has named it so. */
const hostile = (installation: Installation): Installation => ({
  ...installation,
  place: evil,
  options: evil,
  bucket: evil,
  list: async () => [
    {
      name: run,
      status: "FAILED",
      lastState: evil,
      progress: description.progress,
      startDate: at,
      stopDate: at,
      error: evil,
      input: description.input,
    },
  ],
  describe: async () => description,
  events: async () => events,
  jobs: async () => [job],
  logLines: async () => [evil, `error: ${evil}`],
  promotion: async () => ({ generation: 1, bundle: evil, forced: { actor: evil, reason: evil } }),
  history: async () => ({
    generations: [generation, { ...generation, generation: 2 }],
    models: ["keyphrases", evil],
    traffic: { newest: null, answers: false, problem: evil },
    policy: { policy: null, problem: evil, withoutRule: [evil] },
  }),
});

let console: OpenConsole;
beforeAll(async () => {
  console = await openConsole({ wrap: hostile });
  const { store } = console.pipeline;
  await writeJson(store, `runs/${run}/verdict.json`, verdict);
  await writeJson(store, `runs/${run}/${evil}`, {});
  await writeJson(store, `incoming/${evil}.json`, {});
  await writeJson(store, `exports/${evil}.json`, {});
});
afterAll(() => console.close());

it.each([
  "/",
  "/runs",
  `/runs?q=${encodeURIComponent(evil)}&status=${encodeURIComponent(evil)}&model=${encodeURIComponent(evil)}`,
  `/runs/${run}`,
  `/runs/${run}/events`,
  `/runs/${run}/events?state=${encodeURIComponent(evil)}`,
  `/runs/${run}/jobs/pbp-train-x/log`,
  `/runs/${run}/files`,
  `/runs/${run}/report`,
  `/runs/${run}/rerun`,
  `/runs/${run}/resume`,
  `/runs/${run}/stop`,
  `/runs/${run}/promote`,
  "/models",
  "/models/keyphrases",
  "/models/keyphrases/1",
  "/models/keyphrases/1/rollback",
  "/models/keyphrases/1/traffic",
  "/models/keyphrases/traffic",
  "/exports",
  `/exports/one?key=${encodeURIComponent(`incoming/${evil}.json`)}`,
  `/compare?a=${run}&b=${run}&all=yes`,
])("%s shows a script in any field as text", async (path) => {
  const { status, text, headers } = await console.look(path);
  expect([console.faults, status]).toEqual([[], 200]);
  expect(headers["content-type"]).toBe("text/html; charset=utf-8");
  // It is there, and nowhere as markup.
  expect(text).toContain("&lt;script&gt;alert(1)");
  expect(text).not.toMatch(/<script>alert|<img src=x|onerror=alert\(2\)>/);
  // The only script is the console's own.
  expect(text.match(/<script\b[^>]*>/g) ?? []).toEqual(
    path.endsWith("/report") ? [] : ['<script src="/app.js" type="module">'],
  );
  // Neither inline style nor handler, which the policy would refuse too.
  expect(text).not.toMatch(/<[^>]+\s(style|on\w+)="/);
});

it("sends a log as text, and a file to be saved, never as a page", async () => {
  const log = await console.look(`/runs/${run}/jobs/pbp-train-x/log.txt`);
  expect(log.headers["content-type"]).toBe("text/plain; charset=utf-8");
  const file = await console.look(`/runs/${run}/file/verdict.json`);
  expect(file.headers["content-type"]).toBe("application/octet-stream");
  expect(file.headers["content-disposition"]).toBe('attachment; filename="verdict.json"');
});
