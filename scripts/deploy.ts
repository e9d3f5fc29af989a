/**
 * Deploys the stack: `cdk deploy`, and around it what only a look at the account can say.
 *
 *   npm run deploy                           the images that are in use stay
 *   npm run deploy -- --image-tag <tag>      the jobs take other images
 *   npm run deploy -- <options of cdk deploy>
 *
 * Before: whether the stack stands, whether the images are there, and whether the account may reserve what Promote needs.
 * After the first deployment: termination protection, which before it would forbid the deletion of a stack that failed when
 * it was made.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  CloudFormationClient,
  DescribeStacksCommand,
  type Stack,
  UpdateTerminationProtectionCommand,
} from "@aws-sdk/client-cloudformation";
import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { readConfiguration } from "../pipeline/cloud/configuration.ts";
import { servesImage } from "../pipeline/cloud/serving/settings.ts";
import { findImage } from "../pipeline/deployed/images.ts";
import { refusalOf } from "../pipeline/deployed/refusal.ts";
import { functionsOf } from "../pipeline/functions.ts";
import { jobNames } from "../schemas/execution/jobs.ts";
import { repositoryName } from "../schemas/installation/images.ts";
import type { Deployment } from "../schemas/types.ts";
import { imageOf } from "../states/job-table.ts";

/** What to say, and how to call `cdk`; or a refusal. */
export type Plan =
  | { refusal: string }
  | { stackName: string; notice: string; cdkArguments: string[]; isFirst: boolean; keepData: boolean };

const failedCreations = ["CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"];

/**
 * Looks at the account.
 *
 * @param argv Options of this script and of `cdk deploy`.
 * @param written The key `pbp` of cdk.json's context.
 */
export async function planDeployment(argv: readonly string[], written: unknown): Promise<Plan> {
  const { imageTag, rest } = optionsOf(argv);
  const deployment = readConfiguration(
    rest.find((option) => option.startsWith("pbp="))?.slice("pbp=".length) ?? written,
  );
  const { stackName, keepData } = deployment;
  const stack = await find(stackName);
  const status = stack?.StackStatus ?? "";
  if (status !== "REVIEW_IN_PROGRESS" && status.endsWith("_IN_PROGRESS"))
    return { refusal: `The stack ${stackName} is at work (${status}). Wait until it has ended.` };
  const hasFailed = failedCreations.includes(status);
  if (hasFailed && stack?.EnableTerminationProtection)
    return {
      refusal:
        `The first deployment of ${stackName} failed (${status}), and its protection forbids the deletion that the next one begins with. Take it off, then deploy again:\n` +
        `  aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${stackName}`,
    };
  const isFirst = !stack || hasFailed || status === "REVIEW_IN_PROGRESS";
  if (isFirst) {
    const left = await unreservedConcurrency();
    const reserved = functionsOf(deployment).reduce((sum, [, { atOnce = 0 }]) => sum + atOnce, 0);
    if (left !== undefined && left < reserved + neverReserved)
      return {
        refusal: `The account may run ${left} functions at a time in this region. The stack reserves ${reserved}, and AWS lets nobody reserve the last ${neverReserved}: the deployment would fail and be rolled back. Ask for more first: docs/deployment.md#quotas.`,
      };
  }
  const tag = imageTag ?? parameter(stack, "ImageTag") ?? "initial";
  const cdkArguments = [
    "deploy",
    ...(imageTag === undefined ? [] : ["--parameters", `ImageTag=${imageTag}`]),
    ...(isFirst ? ["--context", "firstDeployment=true"] : []),
    ...rest,
  ];
  const plan = { stackName, cdkArguments, isFirst, keepData };
  if (isFirst)
    return {
      ...plan,
      notice: `First deployment of ${stackName}. It makes the repositories; until the images are in them under the tag ${tag}, jobs cannot run: docs/deployment.md#images.`,
    };
  const missing = await repositoriesWithout(tag, stack, deployment);
  const lack = `No image with the tag ${tag} in ${missing.join(", ")}: docs/deployment.md#images.`;
  if (missing.length > 0 && imageTag !== undefined)
    return { refusal: `${lack} Push it first. The images in use are ${parameter(stack, "ImageTag")}.` };
  return {
    ...plan,
    notice: missing.length > 0 ? `${lack} Jobs cannot run until it is there.` : `Images: ${tag}.`,
  };
}

function optionsOf(argv: readonly string[]): { imageTag?: string; rest: string[] } {
  const at = argv.indexOf("--image-tag");
  if (at < 0) return { rest: [...argv] };
  const imageTag = argv[at + 1];
  if (imageTag === undefined || !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(imageTag))
    throw new Error("--image-tag must be followed by the tag of the images, a commit for instance.");
  return { imageTag, rest: argv.toSpliced(at, 2) };
}

// Of an account's concurrency.
const neverReserved = 100;

/** How many functions may run at a time without a reservation. A new account often has ten. */
async function unreservedConcurrency(): Promise<number | undefined> {
  try {
    const { AccountLimit } = await new LambdaClient({}).send(new GetAccountSettingsCommand({}));
    return AccountLimit?.UnreservedConcurrentExecutions;
  } catch (error) {
    // Whoever deploys may leave everything to the roles of `cdk bootstrap`.
    if (error instanceof Error && /^AccessDenied/.test(error.name)) return undefined;
    throw error;
  }
}

async function find(StackName: string): Promise<Stack | undefined> {
  try {
    return (await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

function parameter(stack: Stack | undefined, name: string): string | undefined {
  return stack?.Parameters?.find(({ ParameterKey }) => ParameterKey === name)?.ParameterValue;
}

/** Of those that stand: a deployment that asks for another image makes its repository, which has no image yet. */
async function repositoriesWithout(
  imageTag: string,
  stack: Stack | undefined,
  deployment: Deployment,
): Promise<string[]> {
  const stands = (image: string) =>
    stack?.Outputs?.some(({ OutputKey }) => OutputKey === `${image}RepositoryUri`);
  const images = [
    ...jobNames.filter(stands).map(imageOf),
    ...(servesImage(deployment) && stands("Serve") ? ["serve"] : []),
  ];
  const missing: string[] = [];
  for (const image of images) {
    const name = repositoryName(deployment.stackName, image);
    if ((await findImage(name, imageTag)) === null) missing.push(name);
  }
  return missing;
}

async function deploy(argv: string[]): Promise<number> {
  const cdkJson = fileURLToPath(new URL("../cdk.json", import.meta.url));
  const { pbp } = (JSON.parse(readFileSync(cdkJson, "utf8")) as { context: { pbp: object } }).context;
  const plan = await planDeployment(argv, pbp);
  if ("refusal" in plan) {
    console.error(plan.refusal);
    return 1;
  }
  console.log(plan.notice);
  const code = await new Promise<number>((resolve, reject) => {
    spawn("cdk", plan.cdkArguments, { stdio: "inherit" })
      .on("error", reject)
      .on("exit", (ended) => resolve(ended ?? 1));
  });
  if (code !== 0) {
    if (plan.isFirst)
      console.error("The first deployment failed: docs/deployment.md#the-first-deployment-failed");
    return code;
  }
  if (plan.isFirst && plan.keepData) await protect(plan.stackName);
  return 0;
}

/** Turns termination protection on. Every later deployment keeps it on, as the app says so. */
async function protect(StackName: string): Promise<void> {
  // Not where nothing was made, with --no-execute for instance.
  if ((await find(StackName))?.StackStatus !== "CREATE_COMPLETE") return;
  const on = new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: true });
  await new CloudFormationClient({}).send(on);
  console.log(`${StackName} is now protected against deletion.`);
}

if (import.meta.main)
  process.exitCode = await deploy(process.argv.slice(2)).catch((error: unknown) => {
    const { message } = refusalOf(error) as Error;
    console.error(message);
    return 1;
  });
