import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ObjectStore } from "../../../tasks/store/store.ts";
import { trialOfJob } from "../../job-names.ts";
import { pythonEnvironment } from "../../python.ts";
import { type TaskContext, TaskError, type TaskRunner } from "../engine/task-runner.ts";
import { steadyNow } from "../machine/clock.ts";
import type { Home } from "../machine/home.ts";
import { REGION } from "../machine/identity.ts";
import { uploadArchives, uploadOutputs } from "./artifacts.ts";
import { type Download, download, findChannel } from "./channels.ts";
import { describe, type JobResult, type JobTimes, judge } from "./job-description.ts";
import { claimJob, cleanUp, closeLeftoverJobs, type JobFiles, layOut, recordJob } from "./job-folder.ts";
import { runJobProcess } from "./job-process.ts";
import { jobProgress } from "./job-progress.ts";
import { type JobPlan, processingPlan, trainingPlan } from "./job-request.ts";
import { finalMetrics } from "./metrics.ts";
import { nodeJobs } from "./node-jobs.ts";
import { refuse } from "./request-fields.ts";
import { supervisorOf } from "./supervisor.ts";
import { followLogs } from "./training-log.ts";

/**
 * Between SIGTERM and SIGKILL. SageMaker gives 120 s; here a person waits at the terminal, and a step of training plus
 * a checkpoint of BERT on a laptop's disk take under ten.
 */
export const stopGraceSeconds = 30;

export type JobOptions = {
  home: Home;
  store: ObjectStore;
  bucket: string;
  /** The Python with the jobs' packages. */
  python: string;
  /** Folder of the jobs' code: <image>/<image>.py, or .ts. */
  containers?: string;
  /** What a job that does a function's work needs of this engine: where its store is. In AWS its role is enough. */
  functions?: Readonly<Record<string, string>>;
  graceSeconds?: number;
};

/** What nearly every job imports: `pbp_jobs` for two settings that torch reads when it is loaded. */
export const loadedOnce = ["pbp_jobs", "numpy", "safetensors.torch", "tokenizers", "torch"];

export type JobRunners = {
  training: TaskRunner;
  processing: TaskRunner;
  /** Says that jobs will come, so that Python has loaded what they need by then. */
  warmUp: () => void;
};

/**
 * SageMaker's counterpart: runners of `createTrainingJob.sync` and `createProcessingJob.sync`.
 *
 * A job is the container's entry point, run as a process group in jobs/<name>/ml with SageMaker's files and variables
 * and nothing else of ours. It answers in the shape of Describe…Job; a job that did not complete is States.TaskFailed
 * with that description as its cause, a refused request SageMaker.AmazonSageMakerException.
 */
export function jobRunners(options: JobOptions): JobRunners {
  const graceMs = (options.graceSeconds ?? stopGraceSeconds) * 1000;
  // Before the first job: a leftover of a killed engine may still be writing to the checkpoints that it would resume.
  let leftovers: Promise<unknown> | undefined;
  const runnerOf =
    (read: (args: unknown) => JobPlan): TaskRunner =>
    async (args, context) => {
      leftovers ??= closeLeftoverJobs(options.home, graceMs);
      await leftovers;
      return runJob(options, graceMs, read(args), context);
    };
  return {
    training: runnerOf(trainingPlan),
    processing: runnerOf(processingPlan),
    // Elsewhere the system's libraries may not survive a fork.
    warmUp() {
      if (process.platform === "linux")
        supervisorOf(options.python, options.home.root).load(loadedOnce, containersOf(options));
    },
  };
}

async function runJob(options: JobOptions, graceMs: number, plan: JobPlan, context: TaskContext) {
  const { home, store, bucket } = options;
  const entryPoint = entryPointOf(options, plan);
  const downloads = (await Promise.all(plan.inputs.map((input) => findChannel(store, bucket, input)))).flat();
  for (const { uri } of [...plan.outputs, ...(plan.archives ? [{ uri: plan.archives }] : [])])
    if (uri.bucket !== bucket) refuse("The bucket of an output", "does not exist");

  const times: JobTimes = { created: steadyNow() };
  const files = await claimJob(home, plan, describe(plan, times, { status: "InProgress" }));
  let result: JobResult;
  try {
    context.onSubmitted({ [`${plan.kind}JobArn`]: plan.arn });
    result = await perform({ options, plan, files, entryPoint, downloads, times, graceMs, context });
  } catch (error) {
    // Ours, not the job's: a full disk, a store that cannot be read. The text may name a path, the code does not.
    result = context.signal.aborted
      ? { status: "Stopped", failureReason: "The job was stopped." }
      : {
          status: "Failed",
          failureReason: `InternalServerError: ${codeOf(error)} outside the job's process.`,
        };
  }
  times.ended = steadyNow();
  const job = describe(plan, times, result);
  await cleanUp(home, plan, files, result.status === "Completed");
  await recordJob(home, files, job, false);
  context.signal.throwIfAborted();
  if (result.status !== "Completed") throw new TaskError("States.TaskFailed", JSON.stringify(job));
  return job;
}

type Performance = {
  options: JobOptions;
  plan: JobPlan;
  files: JobFiles;
  entryPoint: string;
  downloads: Download[];
  times: JobTimes;
  graceMs: number;
  context: TaskContext;
};

/** With the number of the trial, where the job is one. */
function ofTrial(job: string, onProgress: TaskContext["onProgress"]): TaskContext["onProgress"] {
  const trial = trialOfJob(job);
  return trial === null ? onProgress : (progress) => onProgress({ ...progress, trial });
}

/** Channels, process, uploads. */
async function perform(performance: Performance): Promise<JobResult> {
  const { options, plan, files, entryPoint, downloads, times, graceMs, context } = performance;
  const { home, store, bucket } = options;
  await layOut(home, plan, files.base);
  const progress = jobProgress(files.base, ofTrial(plan.name, context.onProgress));
  await progress.tell("copying its inputs");
  await download(store, downloads, files.base, context.signal);
  times.started = steadyNow();
  await progress.tell("starting");
  const stopFollowing = progress.follow();
  const copyLogs = followLogs(store, plan, files.base);
  const isNode = entryPoint.endsWith(".ts");
  const starts = isNode ? nodeJobs(plan.arguments) : supervisorOf(options.python, home.root);
  const end = await runJobProcess(starts, {
    script: entryPoint,
    cwd: files.base,
    environment: {
      ...environmentOf(plan, files.base, containersOf(options)),
      ...(isNode && options.functions),
    },
    log: files.log,
    note: files.note,
    graceMs,
    maxRuntimeSeconds: plan.maxRuntimeSeconds,
    signal: context.signal,
  }).finally(() => {
    stopFollowing();
    return copyLogs();
  });
  const result = await judge(plan, end, files.base);
  if (result.status === "Completed" && plan.metrics.length > 0)
    result.finalMetrics = await finalMetrics(files.log, plan.metrics, steadyNow());
  if (result.status === "Completed" && plan.outputs.length > 0) {
    await progress.tell("storing its outputs");
    await uploadOutputs(store, plan, files.base);
  }
  // A training job that was stopped has its model uploaded too: a partial one, which is why a manifest comes last.
  const uploadsModel =
    result.status === "Completed" || (result.status === "Stopped" && end.how === "timedOut");
  if (plan.archives && uploadsModel) {
    await progress.tell("packing the model");
    const key = await uploadArchives(store, plan.archives.key, files.base);
    result.modelArtifact = `s3://${bucket}/${key}`;
  }
  return result;
}

/** What a container sees: SageMaker's variables and the request's own. Nothing else of the caller's, no credentials. */
function environmentOf(plan: JobPlan, base: string, containers: string): Record<string, string> {
  const kind = plan.kind.toUpperCase();
  const machine = pythonEnvironment();
  return {
    ...machine,
    ...plan.environment,
    SAGEMAKER_BASE_DIR: base,
    [`${kind}_JOB_NAME`]: plan.name,
    [`${kind}_JOB_ARN`]: plan.arn,
    AWS_REGION: REGION,
    // Not the request's to change.
    PATH: machine.PATH!,
    LANG: machine.LANG!,
    // Caches and temporary files belong to the job and go with it.
    HOME: join(base, "tmp"),
    TMPDIR: join(base, "tmp"),
    // The image `serve` has the reader, too.
    PYTHONPATH: [containers, join(containers, "../reader/python")].join(delimiter),
    PYTHONUNBUFFERED: "1",
    // Embed and Train share this machine's cores. A thread that spins while it waits for another takes the core from the
    // one that it waits for: with other work beside them, two jobs took 45 s like this and 163 s without.
    OMP_WAIT_POLICY: "passive",
    // Network isolation: anything that asks a hub fails at once instead of waiting for one.
    HF_HUB_OFFLINE: "1",
  };
}

function containersOf(options: JobOptions): string {
  return options.containers ?? fileURLToPath(new URL("../../../containers/", import.meta.url));
}

function entryPointOf(options: JobOptions, plan: JobPlan): string {
  const files = plan.program
    ? [join(containersOf(options), plan.program)]
    : ["py", "ts"].map((ending) => join(containersOf(options), plan.image, `${plan.image}.${ending}`));
  return files.find((file) => existsSync(file)) ?? refuse("The image", "must be one of containers/");
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
