// What an execution used that never reached Notify: every job that it started and every trial that ended, read off its
// history, since no state of the machine runs any more that could tell.
import type { HistoryEvent } from "@aws-sdk/client-sfn";
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import { idOf, type Job, jobNames } from "../../schemas/execution/jobs.ts";
import { type TrialEnded, trialReceipts } from "../../schemas/execution/trials.ts";
import { logLink } from "../../schemas/installation/aws-links.ts";
import type { Dataset, RunReceipt } from "../../schemas/types.ts";
import { parseObject } from "../formats/parse-object.ts";
import { door } from "../lambda/door.ts";
import type { JobUsage } from "./cost.ts";

export type Used = { jobs: JobUsage[]; trials: RunReceipt["trials"] };

// The service's most. A history has at most 25,000 events: 25 pages, of which each takes a fraction of a second.
const eventsPerPage = 1000;
// Notify has a minute, of which its pages and MLflow may take 45 s.
const longestMs = 10_000;

/** Throws what Step Functions says, or a TimeoutError. */
export async function readUsed(executionArn: string): Promise<Used> {
  const { GetExecutionHistoryCommand, SFNClient } = await import("@aws-sdk/client-sfn");
  const client = new SFNClient({});
  const options = { abortSignal: AbortSignal.timeout(longestMs) };
  const found = finder(executionArn);
  let nextToken: string | undefined;
  do {
    const wanted = { executionArn, maxResults: eventsPerPage, nextToken };
    const page = await client.send(new GetExecutionHistoryCommand(wanted), options);
    for (const event of page.events ?? []) found.add(event);
    nextToken = page.nextToken;
  } while (nextToken);
  return found.used();
}

const checkDataset = door<Dataset>(datasetSchema, { what: "The dataset", name: "TaskFailed" });

/** Keeps of each event what is needed: a history may be hundreds of megabytes. */
function finder(executionArn: string) {
  let dataset: Dataset | null = null;
  let chosen: number | null = null;
  const trials = new Map<number, TrialEnded>();
  /** By name, in the order of their starts. */
  const jobs = new Map<string, JobUsage>();
  /** What a task was asked to start, by the number of the task's last event. */
  const asked = new Map<number, JobUsage>();

  function addJob({ id = 0, previousEventId = 0, type, ...event }: HistoryEvent): void {
    const scheduled = event.taskScheduledEventDetails;
    const job = scheduled ? usageIn(scheduled.parameters, executionArn) : asked.get(previousEventId);
    asked.delete(previousEventId);
    if (!job) return;
    asked.set(id, job);
    // Of a job that ran when its execution ended this is all that the history has.
    if (type === "TaskSubmitted") jobs.set(job.job, job);
    const told = event.taskSucceededEventDetails?.output ?? event.taskFailedEventDetails?.cause;
    const ended = usageIn(told, executionArn);
    if (ended?.job === job.job) jobs.set(job.job, ended);
  }

  function addTrials({ name, output }: { name?: string; output?: string }): void {
    const left = parseObject(output);
    if (!left) return;
    if (name === "Preprocess" || name === "PreprocessAnswer") dataset = checkDataset(left);
    if (name === "Trained" || name === "PassedOver") addTrial(left);
    if (name === "Trials" && Array.isArray(left.trials)) {
      left.trials.forEach(addTrial);
      chosen = typeof left.chosen === "number" ? left.chosen : null;
    }
  }
  const addTrial = (one: unknown) => trials.set((one as TrialEnded).trial, one as TrialEnded);

  return {
    add(event: HistoryEvent): void {
      if (event.stateExitedEventDetails) addTrials(event.stateExitedEventDetails);
      else addJob(event);
    },
    used(): Used {
      return {
        jobs: [...jobs.values()],
        trials: dataset && trials.size > 0 ? trialReceipts(dataset, [...trials.values()], chosen) : null,
      };
    },
  };
}

type Resources = { InstanceType?: unknown; InstanceCount?: unknown };
type Told = {
  HyperParameters?: { trial?: unknown };
  ResourceConfig?: Resources;
  ProcessingResources?: { ClusterConfig?: Resources };
  BillableTimeInSeconds?: unknown;
} & Record<string, unknown>;

/**
 * A Create…Job request, or Describe…Job's answer, which has the request's fields; null for anything else, as for a task
 * that starts no job. As states/jobs/sagemaker.ts says it of a job that finished.
 */
function usageIn(text: string | undefined, executionArn: string): JobUsage | null {
  const told = parseObject(text) as Told | null;
  if (!told) return null;
  const kind = "TrainingJobName" in told ? "Training" : "Processing";
  const job = told[`${kind}JobName`];
  const resources = kind === "Training" ? told.ResourceConfig : told.ProcessingResources?.ClusterConfig;
  const state = stateOf(job);
  if (typeof job !== "string" || !state || typeof resources?.InstanceType !== "string") return null;
  const instant = (what: string) => (told[`${kind}${what}`] as JobUsage["startedAt"]) ?? null;
  const trial = Number(told.HyperParameters?.trial);
  const said = told[`${kind}JobStatus`];
  const status = said === "Completed" || said === "Failed" || said === "Stopped" ? said : null;
  const startedAt = instant("StartTime");
  // Billed from TrainingStartTime on (DescribeTrainingJob in the SageMaker API Reference): what ended without one, as when
  // there is no capacity, was never on an instance.
  const billableSeconds = status !== null && startedAt === null ? 0 : told.BillableTimeInSeconds;
  return {
    state,
    ...(kind === "Training" && Number.isInteger(trial) && { trial }),
    job,
    log: logLink(executionArn, kind, job),
    instanceType: resources.InstanceType,
    instanceCount: Number(resources.InstanceCount),
    status,
    startedAt,
    endedAt: instant("EndTime"),
    ...(typeof billableSeconds === "number" && { billableSeconds }),
  };
}

/** By the name that states/jobs/sagemaker.ts gives a job. */
function stateOf(job: unknown): Job | undefined {
  return jobNames.find((state) => new RegExp(`-${idOf(state)}-[0-9a-f]{16}-[t\\d-]+$`).test(String(job)));
}
