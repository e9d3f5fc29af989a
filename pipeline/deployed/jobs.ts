import { setTimeout } from "node:timers/promises";
import {
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  ListProcessingJobsCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
  StopProcessingJobCommand,
  StopTrainingJobCommand,
} from "@aws-sdk/client-sagemaker";
import { logLink } from "../../schemas/installation/aws-links.ts";
import { InstallationError, type JobStatus } from "../installation.ts";
import { markOf, stateOfJob, trialOfJob } from "../job-names.ts";

type Kind = "Training" | "Processing";
type ListedJob = { kind: Kind; name: string; status: string; createdAt: number };

// Step Functions may be creating a job at the very moment in which its execution is stopped: two looks, this far apart.
const lookPauseMs = 2000;
// A minute in which SageMaker does not take a stop is not a matter of waiting any more.
const mostLooks = 30;

/** The jobs of an execution, by what states/jobs/sagemaker.ts puts into their names, in the order of their creation. */
export async function jobsOf(executionArn: string): Promise<JobStatus[]> {
  const client = sagemaker();
  const listed = await list(client, executionArn);
  return Promise.all(listed.map((job) => describe(client, executionArn, job)));
}

/** Stops the jobs that an aborted execution has left running: Step Functions tries to, and does not promise it. */
export async function stopJobs(executionArn: string): Promise<void> {
  const client = sagemaker();
  for (let looks = 1, quiet = 0; quiet < 2; looks++) {
    const running = (await list(client, executionArn)).filter(({ status }) => status === "InProgress");
    if (running.length > 0 && looks > mostLooks)
      throw new InstallationError(
        "JobsStillRunning",
        `SageMaker does not stop ${running.map(({ name }) => name).join(", ")}. Stop them in the SageMaker console: they are paid for until they end.`,
      );
    await Promise.all(running.map((job) => stop(client, job)));
    quiet = running.length === 0 ? quiet + 1 : 0;
    if (quiet < 2) await setTimeout(lookPauseMs);
  }
}

function sagemaker(): SageMakerClient {
  // Its Describe calls share a small quota with everybody in the account.
  return new SageMakerClient({ maxAttempts: 8 });
}

async function list(client: SageMakerClient, executionArn: string): Promise<ListedJob[]> {
  // An execution has a handful, or with thirty trials some dozens: a job a state or trial, and one more for each retry.
  const query = { NameContains: markOf(executionArn), MaxResults: 100 };
  const [training, processing] = await Promise.all([
    client.send(new ListTrainingJobsCommand(query)),
    client.send(new ListProcessingJobsCommand(query)),
  ]);
  const jobs: ListedJob[] = [
    ...(training.TrainingJobSummaries ?? []).map((job) => ({
      kind: "Training" as const,
      name: job.TrainingJobName!,
      status: job.TrainingJobStatus!,
      createdAt: job.CreationTime!.getTime(),
    })),
    ...(processing.ProcessingJobSummaries ?? []).map((job) => ({
      kind: "Processing" as const,
      name: job.ProcessingJobName!,
      status: job.ProcessingJobStatus!,
      createdAt: job.CreationTime!.getTime(),
    })),
  ];
  return jobs.sort((a, b) => a.createdAt - b.createdAt || a.name.localeCompare(b.name));
}

async function stop(client: SageMakerClient, { kind, name }: ListedJob): Promise<void> {
  try {
    if (kind === "Training") await client.send(new StopTrainingJobCommand({ TrainingJobName: name }));
    else await client.send(new StopProcessingJobCommand({ ProcessingJobName: name }));
  } catch (error) {
    // It has ended since it was listed; the next look tells.
    if ((error as Error).name !== "ValidationException") throw error;
  }
}

async function describe(
  client: SageMakerClient,
  executionArn: string,
  { kind, name }: ListedJob,
): Promise<JobStatus> {
  const known = {
    state: stateOfJob(name),
    trial: trialOfJob(name),
    job: name,
    log: logLink(executionArn, kind, name),
  };
  if (kind === "Training") {
    const job = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    const { TrainingJobStatus: status = "unknown", SecondaryStatus: doing } = job;
    return {
      ...known,
      status: status === "InProgress" && doing ? `${status}: ${doing}` : status,
      failure: job.FailureReason ?? null,
      instanceType: job.ResourceConfig?.InstanceType ?? null,
      instanceCount: job.ResourceConfig?.InstanceCount ?? null,
      seconds: secondsBetween(job.TrainingStartTime, job.TrainingEndTime),
      billableSeconds: job.BillableTimeInSeconds ?? null,
    };
  }
  const job = await client.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }));
  const cluster = job.ProcessingResources?.ClusterConfig;
  return {
    ...known,
    status: job.ProcessingJobStatus ?? "unknown",
    failure: job.FailureReason ?? null,
    instanceType: cluster?.InstanceType ?? null,
    instanceCount: cluster?.InstanceCount ?? null,
    seconds: secondsBetween(job.ProcessingStartTime, job.ProcessingEndTime),
    // All of it: there is no spot for processing.
    billableSeconds: secondsBetween(job.ProcessingStartTime, job.ProcessingEndTime),
  };
}

function secondsBetween(start: Date | undefined, end: Date | undefined): number | null {
  return start && end ? Math.round((end.getTime() - start.getTime()) / 1000) : null;
}
