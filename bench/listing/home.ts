// A home in which much has happened: real journals, receipts and generations, without the hours of training. The
// definition that is deployed runs once on the local engine, its tasks answered from the schemas' examples; every
// execution of the home is that history at another time under another name.
import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { startExecution } from "../../pipeline/local/engine/executions.ts";
import { TaskError, type TaskRunners } from "../../pipeline/local/engine/task-runner.ts";
import { executionFiles, type Home } from "../../pipeline/local/machine/home.ts";
import { bucket } from "../../pipeline/local/pipeline.ts";
import { runPrefix } from "../../schemas/bucket.ts";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import artifactsSchema from "../../schemas/execution/artifacts.schema.json" with { type: "json" };
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import { settingsOf } from "../../schemas/execution/settings.ts";
import type { Run, RunReceipt, Verdict } from "../../schemas/types.ts";
import { definition } from "../../states/definition.ts";
import { fillIn, placeholdersOf } from "../../states/placeholders.ts";
import { layout } from "../../tasks/models/layout.ts";
import { append } from "../../tasks/models/log.ts";
import { prepareFolders } from "../../tasks/models/staging.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { writeJson } from "../../tasks/store/store.ts";

const hourMs = 3_600_000;
const firstStart = Date.parse("2026-01-01T00:00:00Z");
// Stand in the template's journal for the execution's name and for its model's.
const template = "template-000000000000";
const modelTemplate = "template-model";
// As an execution for classes has without tuning.
const trials = 3;

const values: Record<string, string> = {
  ...Object.fromEntries(placeholdersOf(definition).map((name) => [name, name])),
  PreprocessJobAboveMegabytes: "2000",
  PromoteTaskAboveMegabytes: "none",
  Partition: "aws",
  EmbedInstances: "local",
  EmbedInstanceCount: "1",
  TrainInstances: "local",
  TrainInstanceCount: "1",
  TrainLinearInstances: "local",
  TrainTrialsAtOnce: "1",
  EvaluateInstances: "local",
};

type Outcome = "promote" | "reject" | "failed" | "interrupted";
/** By the execution's number: of ten, three were promoted, four rejected, two failed and one was cut short. */
const outcomes: readonly Outcome[] = [
  ...(["promote", "reject", "failed", "reject", "promote"] as const),
  ...(["reject", "interrupted", "promote", "reject", "failed"] as const),
];

const [run] = runSchema.examples as unknown as [Run];
const [verdict] = verdictSchema.examples as unknown as [Verdict];
const models = ["keyphrases", "specialty", "routing"];

/** Answers each task as a run that ends so. */
function tasksFor(outcome: Outcome): TaskRunners {
  const [dataset] = datasetSchema.examples;
  const answers: Record<string, unknown> = {
    ValidateInput: { ...run, execution: template, prefix: runPrefix(template), model: modelTemplate },
    Preprocess: {
      ...dataset,
      trials: Array.from({ length: trials }, (_, trial) => ({ ...dataset!.trials[0], trial })),
    },
    CheckKind: { champion: null },
    CheckArtifacts: artifactsSchema.examples[0],
    ReadChampion: { champion: null },
    QualityGate: {
      verdict: outcome === "promote" ? "promote" : "reject",
      verdictKey: `${runPrefix(template)}verdict.json`,
      reasons: verdict.reasons.map(({ message }) => message),
      metrics: verdict.metrics,
    },
    Promote: { generation: 1, version: "000001-0123456789ab" },
    Notify: { receiptKey: `${runPrefix(template)}receipt.json`, subject: "Ended", message: "Ended." },
    Announce: { MessageId: "1" },
  };
  const answer: TaskRunners[string] = async (args, { stateName }) => {
    const request = args as { FunctionName?: string; TrainingJobName?: string };
    if (stateName === "QualityGate" && outcome === "failed")
      throw new TaskError("MetricInvalid", JSON.stringify({ errorMessage: "metrics.json is missing." }));
    // Whoever is asked anything else would be asked for ever.
    if (request.FunctionName && !answers[stateName])
      throw new TaskError("Unanswered", `the bench has no answer for ${stateName}`);
    if (request.FunctionName) return { Payload: answers[stateName] } as Json;
    if (stateName === "Announce") return answers.Announce as Json;
    const kind = request.TrainingJobName === undefined ? "Processing" : "Training";
    const ended = {
      [`${kind}JobStatus`]: "Completed",
      [`${kind}StartTime`]: firstStart,
      [`${kind}EndTime`]: firstStart,
    };
    const model = {
      FinalMetricDataList: [
        { MetricName: "validation:score", Value: 0.9 },
        { MetricName: "validation:error", Value: 0.01 },
      ],
      ModelArtifacts: { S3ModelArtifacts: `s3://${bucket}/${runPrefix(template)}model.tar.gz` },
    };
    return {
      ...request,
      ...ended,
      ...(kind === "Training" && { BillableTimeInSeconds: 40, ...model }),
    } as Json;
  };
  const integrations = [
    "lambda:invoke",
    "sns:publish",
    "sagemaker:createTrainingJob.sync",
    "sagemaker:createProcessingJob.sync",
    "ecs:runTask.sync",
    "aws-sdk:s3:getObject",
  ];
  return Object.fromEntries(integrations.map((name) => [`arn:aws:states:::${name}`, answer]));
}

/** The journal of an execution that ends so, as a text. */
async function journalOf(home: Home, outcome: Outcome): Promise<string> {
  const input = {
    source: { bucket, key: "exports/template.json.gz" },
    model: modelTemplate,
    reason: "weekly export",
  };
  const machine = fillIn(definition, values) as unknown as Json;
  const files = executionFiles(home, template);
  rmSync(files.folder, { recursive: true, force: true });
  const { status, error, cause } = await startExecution({
    home,
    name: template,
    definition: machine,
    input,
    tasks: tasksFor(outcome),
  });
  if (status !== (outcome === "failed" ? "FAILED" : "SUCCEEDED"))
    throw new Error(`the template for ${outcome} is ${status}: ${error} ${cause}`);
  const text = readFileSync(files.history, "utf8");
  // Killed while it trained.
  return outcome === "interrupted" ? text.slice(0, text.lastIndexOf("\n", text.length / 2) + 1) : text;
}

/** What a home holds: its executions, and bytes of their journals. */
export type Made = { executions: number; journalBytes: number; generations: number };

/** Fills an empty home; the execution with the highest number is the latest. */
export async function fillHome(home: Home, executions: number): Promise<Made> {
  mkdirSync(home.executions, { recursive: true });
  const store = await openFileStore(home.store, bucket);
  const journals = new Map<Outcome, string[]>();
  for (const outcome of new Set(outcomes))
    journals.set(outcome, (await journalOf(home, outcome)).trimEnd().split("\n"));
  const { definition: machine, folder } = executionFiles(home, template);
  const generations: Record<string, number> = {};
  let journalBytes = 0;
  for (let number = 0; number < executions; number++) {
    const outcome = outcomes[number % outcomes.length]!;
    const model = models[number % models.length]!;
    const name = nameOf(number);
    const start = firstStart + number * hourMs;
    const files = executionFiles(home, name);
    mkdirSync(files.folder);
    linkSync(machine, files.definition);
    const history = journals
      .get(outcome)!
      .map((line) => moved(line, { name, model, start }))
      .join("\n");
    writeFileSync(files.history, `${history}\n`);
    writeFileSync(`${files.folder}/lock.1`, JSON.stringify({ released: true }));
    journalBytes += history.length + 1;
    if (outcome === "interrupted") continue;
    const generation = outcome === "promote" ? (generations[model] ?? 0) + 1 : null;
    await writeJson(
      store,
      `${runPrefix(name)}receipt.json`,
      receiptOf(name, model, start, outcome, generation),
    );
    if (generation === null) continue;
    generations[model] = generation;
    await promoted(home, name, model, start, generation);
  }
  rmSync(folder, { recursive: true });
  return {
    executions,
    journalBytes,
    generations: Object.values(generations).reduce((sum, one) => sum + one, 0),
  };
}

const nameOf = (number: number) =>
  `export-${createHash("sha256")
    .update(String(number))
    .digest("hex")
    .slice(0, template.length - 7)}`;

/** A line of the template's journal at another time, of another execution. */
function moved(line: string, { name, model, start }: { name: string; model: string; start: number }): string {
  const { timestamp } = JSON.parse(line) as { timestamp: string };
  return line
    .replaceAll(template, name)
    .replaceAll(modelTemplate, model)
    .replace(timestamp, new Date(start + (Date.parse(timestamp) % hourMs)).toISOString());
}

function receiptOf(
  execution: string,
  model: string,
  start: number,
  outcome: Outcome,
  generation: number | null,
): RunReceipt {
  const judged = outcome !== "failed";
  return {
    execution,
    kind: verdict.kind,
    status: judged ? "SUCCEEDED" : "FAILED",
    startedAt: new Date(start).toISOString(),
    endedAt: new Date(start + hourMs / 2).toISOString(),
    error: judged ? null : { name: "MetricInvalid", message: "metrics.json is missing.", helps: "look" },
    verdict: judged ? (outcome as "promote" | "reject") : null,
    reasons: judged ? verdict.reasons.map(({ message }) => message) : [],
    metrics: judged ? verdict.metrics : null,
    embeddings: null,
    generation,
    version: generation === null ? null : versionOf(generation),
    reason: "weekly export",
    settings: settingsOf({ ...run, model }, null),
    jobs: [],
    cost: null,
  };
}

const versionOf = (generation: number) => `${String(generation).padStart(6, "0")}-0123456789ab`;

async function promoted(home: Home, execution: string, model: string, start: number, generation: number) {
  const at = layout(home.models, model);
  await prepareFolders(at);
  const { accuracy, f1 } = verdict.metrics.challenger;
  await append(at, {
    ...(model !== "keyphrases" && { model }),
    generation,
    action: "promote",
    version: versionOf(generation),
    from: generation === 1 ? null : versionOf(generation - 1),
    at: new Date(start).toISOString(),
    actor: "Promote",
    execution,
    reason: "",
    verdict: { key: `${runPrefix(execution)}verdict.json`, accuracy, f1 },
  });
}
