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
import { homeAt } from "../../pipeline/local/home.ts";
import { jobRunners } from "../../pipeline/local/job-runner.ts";
import { openS3Store } from "../../tasks/store/s3.ts";
import type { ObjectStore } from "../../tasks/store/store.ts";
import { startEmulator } from "./emulator.ts";
import { type SageMaker, startSageMaker } from "./sagemaker.ts";
import { startSyncWorker } from "./sync-worker.ts";
import { template } from "./template.ts";

const python = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const runtime = ["bootstrap", "runtime.mjs"].map((file) =>
  fileURLToPath(new URL(`./runtime/${file}`, import.meta.url)),
);
const assetBucket = "pipeline-assets";
export const stackName = "PredictiveBillingPipeline";

export type EmulatedStack = {
  endpoint: string;
  /** Sends the SDK of a child process to the emulator, and its SageMaker calls to the local counterpart. */
  environment: Record<string, string>;
  stackName: string;
  outputs: Record<string, string>;
  /** The data bucket. */
  store: ObjectStore;
  s3: S3Client;
  steps: SFNClient;
  sagemaker: SageMaker;
  /** What the functions see as the mounted file system. */
  models: string;
  stop(): Promise<void>;
};

/**
 * Deploys the pipeline into an emulator of its own below `folder`: real bundles, the real definition as far as
 * definition.ts can keep it, and SageMaker's local counterpart, which runs the containers' real scripts.
 */
export async function startEmulatedStack(
  folder: string,
  options: { baseModel?: string } = {},
): Promise<EmulatedStack> {
  const emulator = await startEmulator(folder);
  const cleanUp: (() => unknown)[] = [() => emulator.stop()];
  const stop = async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  };
  try {
    const s3 = new S3Client({ ...emulator.client, forcePathStyle: true });
    const steps = new SFNClient(emulator.client);
    const models = join(folder, "models");
    await mkdir(models, { recursive: true });
    const activities = {
      training: await createActivity(steps, "createTrainingJob"),
      processing: await createActivity(steps, "createProcessingJob"),
    };
    const body = template({
      assets: { bucket: assetBucket, keyOf: await uploadBundles(s3, folder) },
      activities,
      modelsFolder: models,
      baseModel: options.baseModel ?? "minilm",
    });
    const outputs = await deploy(new CloudFormationClient(emulator.client), JSON.stringify(body));
    await publish(steps, outputs.StateMachineArn!);

    const bucket = outputs.DataBucketName!;
    const store = openS3Store(bucket, s3);
    const jobs = jobRunners({ home: homeAt(join(folder, "sagemaker")), store, bucket, python });
    const sagemaker = await startSageMaker({ Training: jobs.training, Processing: jobs.processing });
    const client = new SageMakerClient({ ...emulator.client, endpoint: sagemaker.endpoint });
    const workers = [
      startSyncWorker({ steps, client, sagemaker, kind: "Training", activityArn: activities.training }),
      startSyncWorker({ steps, client, sagemaker, kind: "Processing", activityArn: activities.processing }),
    ];
    // Jobs end before those who wait for them, and the emulator last.
    cleanUp.push(() => Promise.all(workers.map((worker) => worker.stop())));
    cleanUp.push(() => sagemaker.close());
    return {
      endpoint: emulator.endpoint,
      environment: { ...emulator.environment, AWS_ENDPOINT_URL_SAGEMAKER: sagemaker.endpoint },
      stackName,
      outputs,
      store,
      s3,
      steps,
      sagemaker,
      models,
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
async function uploadBundles(s3: S3Client, folder: string): Promise<(name: string) => string> {
  await s3.send(new CreateBucketCommand({ Bucket: assetBucket }));
  const keyOf = (name: string) => `${name}.zip`;
  const bundles = await bundleTasks();
  await Promise.all(
    bundles.map(async ({ name, files }) => {
      const zip = join(folder, keyOf(name));
      await promisify(execFile)(python, ["-m", "zipfile", "-c", zip, ...files, ...runtime]);
      await s3.send(
        new PutObjectCommand({ Bucket: assetBucket, Key: keyOf(name), Body: await readFile(zip) }),
      );
    }),
  );
  return keyOf;
}

async function deploy(client: CloudFormationClient, TemplateBody: string): Promise<Record<string, string>> {
  const StackName = stackName;
  await client.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities: ["CAPABILITY_IAM"] }));
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

/** Uploads a file, which is an event. Returns the version's id. */
export async function upload(stack: EmulatedStack, key: string, file: string): Promise<string> {
  const { versionId } = await stack.store.write(key, createReadStream(file));
  return versionId;
}
