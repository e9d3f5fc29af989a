// Sends an execution to MLflow. It may be sent again: a run is found by its tag, and what arrived before is not doubled.
import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { runPrefix } from "../../schemas/bucket.ts";
import { readRunFiles } from "../report/run-files.ts";
import type { ObjectStore } from "../store/store.ts";
import { type Artifact, type Mlflow, type ServerRun, TrackingError } from "./mlflow.ts";
import { identity, type TrackedExecution, type TrackedRun, trackedExecution } from "./tracked-run.ts";

/** The experiment of runs for which nobody names one. */
export const defaultExperiment = "predictive-billing-pipeline";

/** What lies beside a run's numbers. Counts and scores, as the pages say that show them. */
const files = [
  { name: "report.html", type: "text/html" },
  { name: "model-card.md", type: "text/markdown" },
  { name: "verdict.json", type: "application/json" },
  { name: "receipt.json", type: "application/json" },
];
const mostBytes = 8 * 1024 * 1024;

/** Set last, so what it stands for has arrived. */
const complete = "pbp.sent";

export type Tracked = {
  execution: string;
  /** Of the run on the server. */
  runId: string;
  /** Whether everything was there before, and nothing was sent. */
  before: boolean;
  /** What the server does not take, in a sentence. */
  warnings: string[];
};

/**
 * Sends an execution that has ended, and its trials as runs below it.
 *
 * Throws TrackingFailed for an execution without a receipt, and for what the server refuses.
 */
export async function trackExecution(
  store: ObjectStore,
  execution: string,
  server: Mlflow,
  experiment = defaultExperiment,
): Promise<Tracked> {
  const run = await readRun(store, execution);
  const artifacts = await readArtifacts(store, execution);
  const digest = digestOf(run, artifacts);
  const experimentId = await server.experiment(experiment);
  const sent = await server.find(experimentId, { key: identity, value: run.key });
  if (sent?.tags[complete] === digest) return { execution, runId: sent.id, before: true, warnings: [] };

  const parent = sent ?? (await server.create(experimentId, run));
  await server.log(parent.id, run);
  const warnings = await sendArtifacts(server, parent, artifacts);
  for (const trial of run.trials) await sendTrial(server, experimentId, parent, trial);
  await server.end(parent.id, run.status, run.endMs);
  await server.log(parent.id, { params: [], metrics: [], tags: [{ key: complete, value: digest }] });
  return { execution, runId: parent.id, before: false, warnings };
}

async function sendTrial(server: Mlflow, experimentId: string, parent: ServerRun, trial: TrackedRun) {
  // How MLflow's pages know a run that belongs to another: mlflow.parentRunId.
  const run = { ...trial, tags: [...trial.tags, { key: "mlflow.parentRunId", value: parent.id }] };
  const { id } =
    (await server.find(experimentId, { key: identity, value: run.key })) ??
    (await server.create(experimentId, run));
  await server.log(id, run);
  await server.end(id, run.status, run.endMs);
}

async function sendArtifacts(server: Mlflow, run: ServerRun, artifacts: Artifact[]): Promise<string[]> {
  for (const artifact of artifacts)
    if (!(await server.putArtifact(run, artifact)))
      return [
        `${server.base} takes no files for others (it runs with --no-serve-artifacts), so ${artifacts.map(({ name }) => name).join(", ")} stayed here.`,
      ];
  return [];
}

async function readRun(store: ObjectStore, execution: string): Promise<TrackedExecution> {
  const found = await readRunFiles(store, execution);
  const { receipt } = found;
  if (!receipt)
    throw new TrackingError(
      `${execution} has no receipt yet. It is sent when it has ended; see pbp show ${execution}.`,
    );
  return trackedExecution(receipt, found);
}

async function readArtifacts(store: ObjectStore, execution: string): Promise<Artifact[]> {
  const found: Artifact[] = [];
  for (const { name, type } of files) {
    const key = `${runPrefix(execution)}${name}`;
    const object = await store.head(key);
    if (!object || object.sizeBytes > mostBytes) continue;
    const content = Uint8Array.from(await buffer(await store.read(key, { versionId: object.versionId })));
    found.push({ name, type, content });
  }
  return found;
}

function digestOf(run: TrackedExecution, artifacts: readonly Artifact[]): string {
  const hash = createHash("sha256").update(JSON.stringify(run));
  for (const { name, content } of artifacts) hash.update(name).update(content);
  return hash.digest("hex");
}
