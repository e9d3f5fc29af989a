// A file of notes answered by a processing job. The name of the job says of which file and generation it is, so the same
// command finds the job that runs, or what it has answered.
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import {
  DescribeProcessingJobCommand,
  type DescribeProcessingJobCommandOutput,
  ListProcessingJobsCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import { answersKey, jobsOf, notesKey, type Prediction } from "../../schemas/installation/predictions.ts";
import { defaultModel, ofModel } from "../../schemas/models/registered-models.ts";
import { ConditionFailed, type ObjectStore } from "../../tasks/store/store.ts";
import { InstallationError, type ModelHistory, type Predicted, type Predictions } from "../installation.ts";
import type { ModelsRequest } from "./models.ts";

// Describe calls share a small quota with everybody in the account, and a job takes minutes to begin.
const pauseMs = 5000;

type Places = {
  stackName: string;
  store: ObjectStore;
  history(model?: string): Promise<ModelHistory>;
  ask(request: ModelsRequest): Promise<unknown>;
};

export async function predict(
  { model = defaultModel, source, notes }: Parameters<Predictions["answer"]>[0],
  tell: (step: string) => void,
  { stackName, store, history, ask }: Places,
): Promise<Predicted> {
  const {
    generations: [inUse],
    policy: { policy, problem },
  } = await history(model);
  if (!inUse)
    throw new InstallationError(
      "InvalidInput",
      `Nothing was promoted${ofModel(model)} yet, so nothing answers.`,
    );
  // Said before the notes are uploaded.
  if (problem !== null)
    throw new InstallationError("InvalidInput", `${problem} Set one that fits: pbp policy set.`);
  const { generation, version } = inUse;
  const prediction: Prediction = { source, model, generation, policy };
  const answered: Predicted = { key: answersKey(prediction), generation, version };
  const client = new SageMakerClient({ maxAttempts: 8 });
  const { attempts, ...found } = await jobsSoFar(client, jobsOf(stackName, prediction));
  let { running } = found;
  // The job writes them whole, and the bucket forgets them after some days.
  if (running === null && (await store.head(answered.key))) return answered;
  if (running === null) {
    tell("storing the notes");
    await uploadOnce(store, notesKey(source), notes);
    const asked = { model, generation, version, digest: source, attempt: attempts + 1 };
    const begun = (await ask({ action: "predict", ...asked })) as { job: string; answers: string };
    running = begun.job;
    // Elsewhere if the policy was changed meanwhile.
    answered.key = begun.answers;
  }
  for (;;) {
    const job = await client.send(new DescribeProcessingJobCommand({ ProcessingJobName: running }));
    const { ProcessingJobStatus: status } = job;
    if (status === "Completed") return answered;
    if (status === "Failed" || status === "Stopped") throw failure(job);
    tell(`${running}: ${job.ProcessingStartTime ? "answering" : "waiting for an instance"}`);
    await setTimeout(pauseMs);
  }
}

function failure(job: DescribeProcessingJobCommandOutput): InstallationError {
  const { ProcessingJobName: name, ProcessingJobStatus: status, ExitMessage, FailureReason } = job;
  const why = ExitMessage ?? FailureReason ?? "SageMaker gives no reason.";
  const did = status === "Stopped" ? "was stopped" : "failed";
  return new InstallationError(
    "PredictionFailed",
    `${name} ${did}: ${why} The same command begins another one.`,
  );
}

/** The job that runs; null: none does. A name is taken for ever, so the next one is counted. */
async function jobsSoFar(client: SageMakerClient, beginning: string) {
  const { ProcessingJobSummaries: jobs = [] } = await client.send(
    new ListProcessingJobsCommand({ NameContains: beginning, MaxResults: 100 }),
  );
  const running = jobs.find(({ ProcessingJobStatus }) =>
    /^(InProgress|Stopping)$/.test(ProcessingJobStatus!),
  );
  return { running: running?.ProcessingJobName ?? null, attempts: jobs.length };
}

async function uploadOnce(
  store: ObjectStore,
  key: string,
  notes: () => AsyncIterable<string>,
): Promise<void> {
  if (await store.head(key)) return;
  try {
    await store.write(key, Readable.from(notes()), { ifNoneMatch: true });
  } catch (error) {
    // Somebody has uploaded the same file meanwhile.
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
