// The parts of the stack that a run meets on its way, each asked for its state.
import { DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  GetAccountSettingsCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { paginateListSubscriptionsByTopic, SNSClient } from "@aws-sdk/client-sns";
import { openS3Store } from "../../../tasks/store/s3.ts";
import { examineBaseModel } from "../../base-models.ts";
import { bad, type Check, ok, unknown } from "../../check.ts";
import type { FileSystemStatus } from "../../installation.ts";
import { findImage } from "../images.ts";

/** An image, by the tag in use. */
export async function examineImage(image: string, repositoryUri: string, imageTag: string): Promise<Check> {
  const name = `Image of ${image}`;
  const repositoryName = repositoryUri.slice(repositoryUri.indexOf("/") + 1);
  const found = await findImage(repositoryName, imageTag);
  if (found === null)
    return bad(
      name,
      `${repositoryName} has no image ${imageTag}.`,
      "Push it (docs/deployment.md, Images), or deploy with a tag that is there: npm run deploy -- --image-tag TAG",
    );
  return ok(
    name,
    `${repositoryName}:${imageTag}, pushed on ${found.imagePushedAt?.toISOString().slice(0, 10)}.`,
  );
}

/** The base model that executions take unless they name another. */
export async function examineDefaultBaseModel(
  stackName: string,
  bucket: string,
  options: string,
): Promise<Check> {
  const { Environment } = await new LambdaClient({}).send(
    new GetFunctionConfigurationCommand({ FunctionName: `${stackName}-validate-input` }),
  );
  const model = Environment?.Variables?.BASE_MODEL;
  if (model === undefined)
    return unknown(
      "Base model",
      "AWS does not tell which one is the default.",
      "Ask for kms:Decrypt on the stack's key.",
    );
  const remedy = `Add it: pbp base-model add ${model} <folder>${options}`;
  return examineBaseModel(openS3Store(bucket), model, {
    ifMissing: bad("Base model", `${model} is not in the bucket.`, remedy),
    remedy,
    readsFiles: false,
  });
}

/** Who is told of failures and promotions. */
export async function examineSubscriptions(topicArn: string): Promise<Check> {
  const name = "Subscriptions";
  let confirmed = 0;
  let pending = 0;
  for await (const page of paginateListSubscriptionsByTopic(
    { client: new SNSClient({}) },
    { TopicArn: topicArn },
  ))
    for (const { SubscriptionArn } of page.Subscriptions ?? [])
      if (SubscriptionArn === "PendingConfirmation") pending++;
      else confirmed++;
  if (pending > 0)
    return unknown(
      name,
      `${confirmed} confirmed, ${pending} not.`,
      "Whoever was subscribed confirms by the link in AWS's mail.",
    );
  if (confirmed === 0)
    return unknown(
      name,
      "Nobody is told of failures.",
      "Set alarmEmail in cdk.json and deploy, or subscribe to the topic.",
    );
  return ok(name, `${confirmed} confirmed.`);
}

// A run has one function at work at a time in each of its two branches; an upload and a notice may come between.
const functionsOfARun = 4;

/** How many functions the account may run besides those that are reserved. */
export async function examineConcurrency(): Promise<Check> {
  const { AccountLimit } = await new LambdaClient({}).send(new GetAccountSettingsCommand({}));
  const { ConcurrentExecutions: all, UnreservedConcurrentExecutions: left } = AccountLimit ?? {};
  const name = "Functions";
  const more =
    "Ask for more: aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000";
  if (left === undefined) return unknown(name, "AWS does not tell how many may run at a time.", more);
  const found = `${left} of ${all} may run at a time, apart from what is reserved.`;
  if (left >= functionsOfARun) return ok(name, found);
  return left === 0 ? bad(name, found, more) : unknown(name, found, more);
}

export function examineFileSystem(status: FileSystemStatus): Check {
  const name = "File system";
  const { fileSystemId, state, mountTargets, accessPoint, encrypted } = status;
  const targets = mountTargets.map((target) => `${target.zone} ${target.state}`).join(", ") || "none";
  const found = `${fileSystemId} ${state}; mount targets: ${targets}; access point: ${accessPoint?.state ?? "none"}.`;
  const remedy =
    "Promote cannot reach the models: look at the file system in the EFS console (docs/runbook.md).";
  if (state !== "available" || accessPoint?.state !== "available") return bad(name, found, remedy);
  if (!mountTargets.some((target) => target.state === "available")) return bad(name, found, remedy);
  if (!encrypted)
    return unknown(
      name,
      `${found} It is not encrypted.`,
      "Notes of patients lie in it: move to an encrypted one.",
    );
  return ok(name, found);
}

export async function examineKey(keyArn: string): Promise<Check> {
  const name = "Key";
  const { KeyMetadata } = await new KMSClient({}).send(new DescribeKeyCommand({ KeyId: keyArn }));
  const { KeyId = keyArn, KeyState = "unknown" } = KeyMetadata ?? {};
  if (KeyState === "Enabled") return ok(name, `${KeyId} is enabled.`);
  const remedy =
    KeyState === "PendingDeletion"
      ? "Nothing can be read without it. Stop the deletion: aws kms cancel-key-deletion, then aws kms enable-key"
      : "Enable it: aws kms enable-key";
  return bad(name, `${KeyId} is ${KeyState}.`, `${remedy} --key-id ${KeyId}`);
}
