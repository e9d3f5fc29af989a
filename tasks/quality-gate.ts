// Why this step exists: the one place that says whether a model may replace the one in use. It reads recorded numbers,
// decides by the rules of docs/quality-gate.md, and writes down every number and reason.

import { text } from "node:stream/consumers";
import { promoteEventKey } from "../schemas/bucket.ts";
import verdictSchema from "../schemas/evaluation/verdict.schema.json" with { type: "json" };
import artifactsSchema from "../schemas/execution/artifacts.schema.json" with { type: "json" };
import datasetSchema from "../schemas/execution/dataset.schema.json" with { type: "json" };
import runSchema from "../schemas/execution/run.schema.json" with { type: "json" };
import championSchema from "../schemas/models/champion.schema.json" with { type: "json" };
import { NamedError } from "../schemas/tables/errors.ts";
import type { Artifacts, Champion, Dataset, Finding, Run, Verdict } from "../schemas/types.ts";
import { readDrift } from "./drift/read.ts";
import { door } from "./lambda/door.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import { compare } from "./quality-gate/bootstrap.ts";
import { decide } from "./quality-gate/decide.ts";
import { readDocuments } from "./quality-gate/documents.ts";
import { readEvaluation } from "./quality-gate/evaluation.ts";
import { findingsOf } from "./quality-gate/health.ts";
import { readKeptLog } from "./report/training-log.ts";
import { readLabels } from "./store/labels.ts";
import { openStore } from "./store/open.ts";
import { type ObjectStore, writeJson } from "./store/store.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["run", "dataset", "artifacts", "champion", "evaluationPrefix"],
  properties: {
    run: runSchema,
    dataset: datasetSchema,
    artifacts: artifactsSchema,
    champion: championSchema.properties.champion,
    evaluationPrefix: { $ref: "common.schema.json#/$defs/keyPrefix" },
  },
};
type Event = {
  run: Run;
  dataset: Dataset;
  artifacts: Artifacts;
  champion: Champion | null;
  evaluationPrefix: string;
};
type Decision = Pick<Verdict, "verdict" | "metrics" | "counts"> & {
  verdictKey: string;
  reasons: string[];
  findings: Finding[];
};

// 64 labels of two models take 20 KB; 1,000 with long names in other alphabets, escaped, a few megabytes.
const maxMetricsBytes = 8 * 1024 * 1024;
// The level of the interval that is reported when the policy asks for none.
const usualLevel = 0.95;

const checkVerdict = door<Verdict>(verdictSchema, { what: "verdict.json", name: "MetricInvalid" });

export const handler = task(
  event,
  async ({ run, evaluationPrefix, ...expected }: Event): Promise<Decision> => {
    const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
    const { dataset, artifacts } = expected;
    // What a forced promotion takes up when an operator overrules the verdict.
    await writeJson(store, `${run.prefix}challenger.json`, { run, dataset, artifacts });
    const metrics = await text(await read(store, `${evaluationPrefix}metrics.json`, maxMetricsBytes));
    const labels = await readLabels(store, dataset, "MetricInvalid");
    const evaluation = readEvaluation(metrics, { ...expected, labels });
    const documents = await read(store, `${evaluationPrefix}documents.jsonl`);
    const { paired, saidLabels } = await readDocuments(documents, evaluation, run.gate.metric);
    const findings = await findingsIn(store, run, dataset);
    const verdict = checkVerdict({
      ...decide({
        execution: run.execution,
        policy: run.gate,
        evaluation,
        championGeneration: expected.champion?.generation ?? null,
        saidLabels,
        comparison: paired && compare(paired, run.gate.confidence ?? usualLevel, run.hyperparameters.seed),
      }),
      findings,
      // Evidence beside the decision: it is made by then.
      drift: await readDrift(store, { dataset, artifacts }, expected.champion),
    });
    const verdictKey = `${run.prefix}verdict.json`;
    await writeJson(store, verdictKey, verdict);
    // A request for a task has no room for it.
    if (verdict.verdict === "promote")
      await writeJson(store, promoteEventKey(run.execution), {
        ...{ run, dataset, artifacts },
        champion: expected.champion,
        verdict: { verdictKey },
      });
    return {
      verdict: verdict.verdict,
      verdictKey,
      metrics: verdict.metrics,
      counts: verdict.counts,
      reasons: verdict.reasons.map((reason) => reason.message),
      findings,
    };
  },
);

/** Findings are beside the decision: logs that cannot be read must not keep it from being taken. */
async function findingsIn(store: ObjectStore, { execution }: Run, { trials }: Dataset): Promise<Finding[]> {
  const logs = trials.map(async ({ trial }) => ({
    trial,
    lines: (await readKeptLog(store, execution, trial).catch(() => null)) ?? [],
  }));
  return findingsOf(await Promise.all(logs));
}

async function read(store: ObjectStore, key: string, maxBytes = Number.POSITIVE_INFINITY) {
  const found = await store.head(key);
  if (!found) throw new NamedError("MetricInvalid", `${key} is missing: the evaluation was not finished.`);
  if (found.sizeBytes > maxBytes)
    throw new NamedError("MetricInvalid", `${key} must be at most ${maxBytes} bytes.`);
  return store.read(key, { versionId: found.versionId });
}
