import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from "@aws-sdk/client-cloudformation";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SageMakerClient } from "@aws-sdk/client-sagemaker";
import {
  CreateActivityCommand,
  CreateStateMachineAliasCommand,
  PublishStateMachineVersionCommand,
  SFNClient,
} from "@aws-sdk/client-sfn";
import { bundleTasks } from "../../pipeline/bundle.ts";
import type { TaskContext, TaskRunner } from "../../pipeline/local/engine/task-runner.ts";
import { type JobRunners, jobRunners } from "../../pipeline/local/jobs/job-runner.ts";
import { objectRunner } from "../../pipeline/local/jobs/object-runner.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import { openS3Store } from "../../tasks/store/s3.ts";
import type { ObjectStore, StoredObject } from "../../tasks/store/store.ts";
import type { Template } from "../cloud/deployments.ts";
import { startActivityWorker } from "./activity-worker.ts";
import { account, type Emulator, region, startEmulator } from "./emulator.ts";
import { type SageMaker, startSageMaker } from "./sagemaker/sagemaker.ts";
import { startSyncWorker } from "./sync-worker.ts";
import { emulatorTemplate, noticesQueue } from "./template.ts";

/** The Python with the jobs' packages. */
export const python = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const runtime = ["bootstrap", "runtime.mjs"].map((file) =>
  fileURLToPath(new URL(`./runtime/${file}`, import.meta.url)),
);
const assetBucket = "assets";
// The deployment's default.
export const stackName = "PredictiveBilling";

export type Notice = { Subject?: string; Message: string };

export type EmulatedStack = {
  endpoint: string;
  /** Sends the SDK of a child process to the emulator, and its SageMaker calls to the local counterpart. */
  environment: Record<string, string>;
  stackName: string;
  outputs: Record<string, string>;
  /** Resources of the stack that the emulator does not know: types by logical id. */
  leftOut: Record<string, string>;
  /** The data bucket. */
  store: ObjectStore;
  steps: SFNClient;
  sagemaker: SageMaker;
  /** What the functions see as the mounted file system. */
  models: string;
  /** What the topic has published so far. */
  notices(): Promise<Notice[]>;
  stop(): Promise<void>;
};

/**
 * Deploys the pipeline into an emulator of its own below `folder`: the CDK's stack, the real bundles, the definition as
 * far as definition.ts can keep it, and SageMaker's local counterpart, which runs the containers' real scripts. Permissions
 * are enforced: a function may do what its role says.
 */
export async function startEmulatedStack(
  folder: string,
  options: { baseModel?: string } = {},
): Promise<EmulatedStack> {
  const emulator = await startEmulator(folder, { AUTH: "true" });
  const cleanUp: (() => unknown)[] = [() => emulator.stop()];
  const stop = async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  };
  try {
    const s3 = new S3Client({ ...emulator.client, forcePathStyle: true });
    const steps = new SFNClient(emulator.client);
    const models = join(folder, "models");
    const home = homeAt(join(folder, "sagemaker"));
    for (const made of [models, home.root]) await mkdir(made, { recursive: true });
    await s3.send(new CreateBucketCommand({ Bucket: assetBucket }));
    const activities = {
      training: await createActivity(steps, "createTrainingJob"),
      processing: await createActivity(steps, "createProcessingJob"),
      // Nobody works at it: the stack has no task, and no bundle here is for one (test/runners/promote-hosts.test.ts).
      task: await createActivity(steps, "runTask"),
      object: await createActivity(steps, "getObject"),
    };
    const codeOf = await uploadBundles(s3, folder);
    // It stands before the stack, whose functions are told where; what it needs of the stack comes with the first job.
    let bucket = "";
    const storeOf = () => openS3Store(bucket, s3);
    let jobs: JobRunners | undefined;
    const jobsOf =
      (kind: "training" | "processing"): TaskRunner =>
      (args, context) => {
        if (!jobs) {
          jobs = jobRunners({ home, store: storeOf(), bucket, python, functions: emulator.environment });
          jobs.warmUp();
        }
        return jobs[kind](args, context);
      };
    const sagemaker = await startSageMaker(
      { Training: jobsOf("training"), Processing: jobsOf("processing") },
      async (inBucket, key) => inBucket === bucket && (await storeOf().head(key)) !== null,
    );
    cleanUp.push(() => sagemaker.close());
    const { template, leftOut } = await emulatorTemplate(stackName, {
      activities,
      codeOf,
      modelsFolder: models,
      baseModel: options.baseModel ?? "minilm",
      sagemaker: sagemaker.endpoint,
    });
    const outputs = await deploy(emulator, s3, template);
    await publish(steps, outputs.StateMachineArn!);

    bucket = outputs.DataBucketName!;
    const store = storeOf();
    const getObject = objectRunner(store, bucket);
    const context = { signal: new AbortController().signal } as TaskContext;
    const client = new SageMakerClient({ ...emulator.client, endpoint: sagemaker.endpoint });
    const workers = [
      startSyncWorker({ steps, client, sagemaker, kind: "Training", activityArn: activities.training }),
      startSyncWorker({ steps, client, sagemaker, kind: "Processing", activityArn: activities.processing }),
      startActivityWorker(steps, activities.object, (request) => getObject(request, context)),
    ];
    // Jobs end before those who wait for them, and the emulator last.
    cleanUp.push(() => Promise.all(workers.map((worker) => worker.stop())));
    return {
      endpoint: emulator.endpoint,
      environment: { ...emulator.environment, AWS_ENDPOINT_URL_SAGEMAKER: sagemaker.endpoint },
      stackName,
      outputs,
      leftOut,
      store,
      steps,
      sagemaker,
      models,
      notices: () => noticesOf(emulator),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createActivity(steps: SFNClient, name: string): Promise<string> {
  const { activityArn } = await steps.send(new CreateActivityCommand({ name }));
  return activityArn!;
}

/** Uploads every bundle as a zip file, as a deployment does, with the runtime that the emulator lacks. */
async function uploadBundles(s3: S3Client, folder: string) {
  const keyOf = (bundle: string) => `${bundle}.zip`;
  await Promise.all(
    (await bundleTasks()).map(async ({ name, files }) => {
      const zip = join(folder, keyOf(name));
      await promisify(execFile)(python, ["-m", "zipfile", "-c", zip, ...files, ...runtime]);
      await s3.send(
        new PutObjectCommand({ Bucket: assetBucket, Key: keyOf(name), Body: await readFile(zip) }),
      );
    }),
  );
  return (bundle: string) => ({ S3Bucket: assetBucket, S3Key: keyOf(bundle) });
}

async function deploy(emulator: Emulator, s3: S3Client, template: Template): Promise<Record<string, string>> {
  const client = new CloudFormationClient(emulator.client);
  const StackName = stackName;
  // By URL: the template is larger than CloudFormation takes in a request.
  const Key = "template.json";
  await s3.send(new PutObjectCommand({ Bucket: assetBucket, Key, Body: JSON.stringify(template) }));
  const TemplateURL = `${emulator.endpoint}/${assetBucket}/${Key}`;
  await client.send(
    new CreateStackCommand({ StackName, TemplateURL, Capabilities: ["CAPABILITY_NAMED_IAM"] }),
  );
  try {
    await waitUntilStackCreateComplete(
      { client, minDelay: 0.1, maxDelay: 0.2, maxWaitTime: 60 },
      { StackName },
    );
  } catch {
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
    const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith("FAILED"));
    const reasons = failed.map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason}`);
    throw new Error(`The stack could not be created. ${reasons.join("\n")}`);
  }
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
  const outputs = Stacks?.[0]?.Outputs ?? [];
  return Object.fromEntries(outputs.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]));
}

/** A version and the `live` alias, which the emulator's CloudFormation cannot make. */
async function publish(steps: SFNClient, stateMachineArn: string): Promise<void> {
  const { stateMachineVersionArn } = await steps.send(
    new PublishStateMachineVersionCommand({ stateMachineArn }),
  );
  await steps.send(
    new CreateStateMachineAliasCommand({
      name: "live",
      routingConfiguration: [{ stateMachineVersionArn, weight: 100 }],
    }),
  );
}

async function noticesOf({ endpoint }: Emulator): Promise<Notice[]> {
  const response = await fetch(`${endpoint}/_ministack/sqs/messages`);
  const { messages } = (await response.json()) as {
    messages: Record<string, Record<string, Record<string, { Body: string }[]>>>;
  };
  const [, received = []] =
    Object.entries(messages[account]?.[region] ?? {}).find(([url]) => url.endsWith(`/${noticesQueue}`)) ?? [];
  return received.map(({ Body }) => JSON.parse(Body) as Notice);
}

/** What a request over HTTP that is signed by the root user has; the emulator reads the key alone. */
const authorization = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=test/20261127/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;

/** Sends a request to a function's URL, of which the emulator has the id in a path. */
export function overUrl(
  stack: EmulatedStack,
  url: string,
  path: string,
  init: RequestInit,
): Promise<Response> {
  const [id] = new URL(url).hostname.split(".");
  return fetch(`${stack.endpoint}/_aws/lambda-url/${id}${path}`, {
    ...init,
    headers: { authorization: authorization("lambda") },
  });
}

/** Invokes a function of the stack, and returns what it returns. */
export async function invoke(stack: EmulatedStack, name: string, event: object): Promise<unknown> {
  const path = `/2015-03-31/functions/${stack.stackName}-${name}/invocations`;
  const headers = { authorization: authorization("lambda") };
  const answer = await fetch(stack.endpoint + path, { method: "POST", headers, body: JSON.stringify(event) });
  return answer.json();
}

/** Uploads a file, which is an event. */
export function upload(stack: EmulatedStack, key: string, file: string): Promise<StoredObject> {
  return stack.store.write(key, createReadStream(file));
}
