// Sends runs to a real MLflow server, and asks it what it has. Not part of npm test, since the server is 850 MB of packages:
//   npm run test:tracking
// makes a virtual environment for it the first time.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FileStore, openFileStore } from "../../tasks/store/fs.ts";
import { writeJson } from "../../tasks/store/store.ts";
import { mlflowAt } from "../../tasks/tracking/mlflow.ts";
import { trackExecution } from "../../tasks/tracking/track.ts";
import { lastLine, outcomeOf, pbp, startPbp } from "../cli/helpers.ts";
import { canary, sampleReceipt, writeRun } from "./sample-run.ts";

const mlflow = fileURLToPath(new URL("../../.venv/mlflow/bin/mlflow", import.meta.url));
// It loads half of the Python world before it answers.
const patience = 180_000;

let folder = "";
let server: ChildProcess;
let uri = "";
let store: FileStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pbp-tracking-"));
  store = await openFileStore(join(folder, "store"), "pbp-test");
  const port = await freePort();
  uri = `http://127.0.0.1:${port}`;
  const log = openSync(join(folder, "log"), "a");
  server = spawn(
    mlflow,
    [
      ...["server", "--host", "127.0.0.1", "--port", String(port), "--workers", "1"],
      ...["--backend-store-uri", `sqlite:///${join(folder, "mlflow.db")}`],
      ...["--artifacts-destination", join(folder, "artifacts")],
    ],
    {
      cwd: folder,
      // A process group of its own: the server starts others.
      detached: true,
      env: { PATH: process.env.PATH, HOME: folder, DO_NOT_TRACK: "true", MLFLOW_DISABLE_TELEMETRY: "true" },
      stdio: ["ignore", log, log],
    },
  );
  const ended = once(server, "exit").then(([code]) => {
    throw new Error(`mlflow ended with ${code}: ${readFileSync(join(folder, "log"), "utf8")}`);
  });
  ended.catch(() => {});
  const answers = () =>
    fetch(`${uri}/health`)
      .then(({ ok }) => ok)
      .catch(() => false);
  while (!(await Promise.race([answers(), ended]))) await pause(200);
}, patience);
afterAll(() => {
  if (server?.pid) process.kill(-server.pid, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as { port: number };
  listener.close();
  return port;
}

type Run = {
  info: {
    run_id: string;
    run_name: string;
    status: string;
    start_time: number;
    end_time: number;
    artifact_uri: string;
  };
  data: Record<"params" | "tags", { key: string; value: string }[]> & {
    metrics: { key: string; value: number }[];
  };
};
async function api<T>(path: string, body?: object): Promise<T> {
  const response = await fetch(`${uri}/api/2.0/${path}`, {
    ...(body && {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
  expect(response.status, path).toBe(200);
  return (await response.json()) as T;
}
async function runsIn(experiment: string): Promise<Run[]> {
  const name = encodeURIComponent(experiment);
  const found = await api<{ experiment: { experiment_id: string } }>(
    `mlflow/experiments/get-by-name?experiment_name=${name}`,
  );
  const experiment_ids = [found.experiment.experiment_id];
  return (await api<{ runs?: Run[] }>("mlflow/runs/search", { experiment_ids, max_results: 100 })).runs ?? [];
}
async function history(id: string, key: string): Promise<{ step: number; value: number }[]> {
  const path = `mlflow/metrics/get-history?run_id=${id}&metric_key=${key}`;
  return (await api<{ metrics?: { step: number; value: number }[] }>(path)).metrics ?? [];
}
const valuesOf = (pairs: { key: string; value: unknown }[]) =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value]));

test("a run arrives whole: settings, scores, trials with their curves, verdict and report", {
  timeout: patience,
}, async () => {
  await writeRun(store, "run-1");
  const sent = await trackExecution(store, "run-1", mlflowAt(`${uri}/`), "first");
  expect(sent).toMatchObject({ before: false, warnings: [] });
  const runs = await runsIn("first");
  expect(runs).toHaveLength(3);
  const parent = runs.find(({ info }) => info.run_id === sent.runId)!;
  expect(parent.info).toMatchObject({
    run_name: "run-1",
    status: "FINISHED",
    start_time: Date.parse("2026-11-20T12:00:00Z"),
    end_time: Date.parse("2026-11-20T12:30:00Z"),
  });
  expect(valuesOf(parent.data.params)).toMatchObject({
    baseModel: "minilm",
    epochs: "3",
    "gate.metric": "macroF1",
    algorithms: '["linear","transformer"]',
    "export.sha256": "0".repeat(64),
  });
  expect(valuesOf(parent.data.metrics)).toMatchObject({
    "test.f1": 0.81,
    "champion.f1": 0.79,
    seconds: 1800,
  });
  expect(valuesOf(parent.data.tags)).toMatchObject({ "pbp.verdict": "promote", "pbp.generation": "4" });
  const trials = runs.filter((run) => run !== parent);
  for (const trial of trials)
    expect(valuesOf(trial.data.tags)["mlflow.parentRunId"]).toBe(parent.info.run_id);
  const [chosen] = trials.filter(({ data }) => valuesOf(data.tags)["pbp.chosen"] === "true");
  expect(chosen!.info.run_name).toBe("trial 1: transformer");
  // More metrics than one request takes.
  const loss = await history(chosen!.info.run_id, "train.loss");
  expect(loss).toHaveLength(500);
  expect(loss.find(({ step }) => step === 500)?.value).toBeCloseTo(2 / 500);
  expect(await history(chosen!.info.run_id, "validation.macroF1")).toMatchObject([{ step: 500, value: 0.8 }]);
  const { files } = await api<{ files: { path: string }[] }>(
    `mlflow/artifacts/list?run_id=${parent.info.run_id}`,
  );
  expect(files.map(({ path }) => path).sort()).toEqual(["model-card.md", "receipt.json", "report.html"]);
  expect(JSON.stringify(runs)).not.toMatch(canary);
});

test("the same again is one run, and an execution that went on is brought up to date", {
  timeout: patience,
}, async () => {
  await writeRun(store, "run-2", 3);
  const server = mlflowAt(uri);
  const stopped = {
    ...sampleReceipt("run-2"),
    status: "ABORTED",
    verdict: null,
    generation: null,
    version: null,
    trials: null,
  };
  await writeJson(store, "runs/run-2/receipt.json", stopped);
  const first = await trackExecution(store, "run-2", server, "again");
  expect((await runsIn("again")).map(({ info }) => info.status)).toEqual(["KILLED"]);
  await writeJson(store, "runs/run-2/receipt.json", sampleReceipt("run-2"));
  const second = await trackExecution(store, "run-2", server, "again");
  expect(second).toEqual({ ...first, before: false });
  const third = await trackExecution(store, "run-2", server, "again");
  expect(third).toEqual({ ...first, before: true });
  const runs = await runsIn("again");
  expect(runs.map(({ info }) => info.status)).toEqual(["FINISHED", "FINISHED", "FINISHED"]);
});

test("cut off at any request and sent again, it is whole, and nothing is there twice", {
  timeout: patience,
}, async () => {
  await writeRun(store, "run-3", 5);
  const real = globalThis.fetch;
  await trackExecution(store, "run-3", mlflowAt(uri), "undisturbed");
  const everything = async (experiment: string) => {
    const runs = await runsIn(experiment);
    const told = await Promise.all(
      runs.map(async ({ info, data }) => ({
        name: info.run_name,
        status: info.status,
        params: valuesOf(data.params),
        metrics: valuesOf(data.metrics),
        loss: (await history(info.run_id, "train.loss")).map(({ step, value }) => [step, value]),
      })),
    );
    return told.sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  const expected = await everything("undisturbed");
  try {
    // The request arrives, and whoever sent it is gone; then the same before the request.
    for (const arrives of [true, false]) {
      const experiment = `cut-${arrives}`;
      // Each attempt gets one request further than the one before.
      let cuts = 0;
      for (; ; cuts++) {
        let sent = 0;
        globalThis.fetch = async (...call) => {
          if (++sent <= cuts) return real(...call);
          if (arrives) await real(...call);
          throw new TypeError("fetch failed");
        };
        const ended = await trackExecution(store, "run-3", mlflowAt(uri), experiment).catch(String);
        if (typeof ended !== "string") break;
        expect(ended).toMatch(/^TrackingFailed: .* cannot be reached/);
      }
      expect(cuts).toBeGreaterThan(10);
      globalThis.fetch = real;
      expect(await everything(experiment)).toEqual(expected);
    }
  } finally {
    globalThis.fetch = real;
  }
});

test("pbp track sends what has ended, by name or all of it", { timeout: patience }, async () => {
  const home = join(folder, "home");
  const model = await pbp("run", "absent.json", "--home", home);
  expect(model.code).toBe(1);
  const sample = fileURLToPath(new URL("../../samples/exports/sample-export.json.gz", import.meta.url));
  // Without the base model it fails at once: a run all the same.
  expect((await pbp("run", sample, "--base-model", "absent", "--home", home)).code).toBe(2);
  const track = (...args: string[]) =>
    outcomeOf(
      startPbp(["track", ...args, "--home", home], { env: { ...process.env, MLFLOW_TRACKING_URI: uri } }),
    );
  const one = await track("latest", "--experiment", "cli", "--json");
  expect(one.stderr).toBe("");
  expect(lastLine(one.stdout)).toMatchObject({ tracked: [{ before: false }] });
  expect((await track("all", "--experiment", "cli")).stdout).toMatch(
    /^sample-export-\w+: is there already, run /,
  );
  const [run, ...others] = await runsIn("cli");
  expect(others).toEqual([]);
  expect(run!.info.status).toBe("FAILED");
  expect(valuesOf(run!.data.tags)).toMatchObject({ "pbp.error": "InvalidInput" });
  // And by itself, where the home names a server.
  writeFileSync(join(home, "tracking.json"), JSON.stringify({ uri, experiment: "by itself" }));
  expect((await pbp("run", sample, "--base-model", "absent", "--home", home)).code).toBe(2);
  expect((await runsIn("by itself")).map(({ info }) => info.status)).toEqual(["FAILED"]);
});
