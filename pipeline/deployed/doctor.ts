import {
  DescribeStateMachineAliasCommand,
  DescribeStateMachineCommand,
  SFNClient,
} from "@aws-sdk/client-sfn";
import { jobNames } from "../../schemas/execution/jobs.ts";
import { openS3Store } from "../../tasks/store/s3.ts";
import { examineApprovals } from "../approvals.ts";
import { bad, type Check, ok, unknown } from "../check.ts";
import { defaultStack, optionsOf } from "../stack-name.ts";
import { asked } from "./doctor/asked.ts";
import { examineEndpoint, type InUse, modelsInUse } from "./doctor/endpoints.ts";
import { type Deployed, readDefinition } from "./doctor/ladders.ts";
import {
  examineConcurrency,
  examineDefaultBaseModel,
  examineFileSystem,
  examineImage,
  examineKey,
  examineSubscriptions,
} from "./doctor/parts.ts";
import { examineQuotas, sagemakerQuotas } from "./doctor/quotas.ts";
import { examineRegistration } from "./doctor/registry.ts";
import { examineZones, zonesOf } from "./doctor/zones.ts";
import { fileSystemStatus } from "./file-system.ts";
import { findStack, type Stack } from "./stack.ts";

/** What a run in AWS needs, before the first one and whenever something is odd. Changes nothing there. */
export async function examineStack(name = defaultStack): Promise<Check[]> {
  const stack = await findStack(name);
  const told = (output: string) => stack.outputs.get(output);
  const deployed = await examineMachine(stack);
  const imageTag = told("ImageTagInUse");
  // Not every stack has this image.
  const hasServe = told("ServeRepositoryUri") !== undefined;
  const images = [...jobNames, ...(hasServe ? ["Serve"] : [])].map((image) =>
    asked(`Image of ${image}`, "ecr:DescribeImages", async () => {
      const uri = told(`${image}RepositoryUri`);
      if (uri && imageTag) return examineImage(image, uri, imageTag);
      return unknown(
        `Image of ${image}`,
        "The stack does not tell the image in use.",
        "Deploy this version: npm run deploy",
      );
    }),
  );
  const groups = await Promise.all([
    deployed.checks,
    ...(deployed.found ? examineInstances(deployed.found) : []),
    ...images,
    asked("Base model", "lambda:GetFunctionConfiguration", () =>
      examineDefaultBaseModel(name, stack.DataBucketName, optionsOf(name)),
    ),
    examineModels(stack),
    asked("Approval", "s3:ListBucketVersions", () =>
      examineApprovals(openS3Store(stack.DataBucketName), optionsOf(name)),
    ),
    asked("Subscriptions", "sns:ListSubscriptionsByTopic", () =>
      examineSubscriptions(told("TopicArn") ?? ""),
    ),
    asked("Functions", "lambda:GetAccountSettings", examineConcurrency),
    asked("File system", "elasticfilesystem:DescribeFileSystems", async () =>
      examineFileSystem(await fileSystemStatus(stack.FileSystemId, stack.AccessPointId)),
    ),
  ]);
  return groups.flat();
}

/** What the rest of the account should know of the models in use, where it should. */
async function examineModels(stack: Stack): Promise<Check[]> {
  const hasEndpoints = stack.outputs.has("EndpointNames");
  const hasRegistry = stack.outputs.has("ModelPackageGroups");
  if (!hasEndpoints && !hasRegistry) return [];
  let inUse = new Map<string, InUse>();
  const asking = await asked("Models", "states:StartExecution", async () => {
    inUse = await modelsInUse(new SFNClient({}), stack.ModelsStateMachineArn);
    return inUse.size > 0 ? [] : ok("Models", "No model is in use yet, so none is published or registered.");
  });
  const found = [...inUse].flatMap(([model, one]) => [
    ...(hasEndpoints
      ? [
          asked(`Endpoint of ${model}`, "sagemaker:DescribeEndpoint", () =>
            examineEndpoint(stack.name, model, one),
          ),
        ]
      : []),
    ...(hasRegistry
      ? [
          asked(`Registry of ${model}`, "sagemaker:ListModelPackages", () =>
            examineRegistration(stack.name, model, one, optionsOf(stack.name)),
          ),
        ]
      : []),
  ]);
  return [...asking, ...(await Promise.all(found)).flat()];
}

/** The alias that starts executions, and the definition that it leads to. */
async function examineMachine(stack: Stack): Promise<{ checks: Check[]; found: Deployed | null }> {
  const steps = new SFNClient({});
  let found: Deployed | null = null;
  const name = "State machine";
  const checks = await asked(name, "states:DescribeStateMachineAlias", async () => {
    const { routingConfiguration = [] } = await steps.send(
      new DescribeStateMachineAliasCommand({ stateMachineAliasArn: stack.LiveAliasArn }),
    );
    const version = routingConfiguration[0]?.stateMachineVersionArn;
    if (version === undefined)
      return bad(name, "The alias live leads nowhere.", "Deploy this version: npm run deploy");
    const machine = await steps.send(new DescribeStateMachineCommand({ stateMachineArn: version }));
    found = readDefinition(machine.definition ?? "{}");
    return ok(
      name,
      `live leads to version ${version.split(":").at(-1)}${machine.status ? `, ${machine.status}` : ""}.`,
    );
  });
  return { checks, found };
}

function examineInstances({ ladders, subnets, keyArn }: Deployed): Promise<Check[]>[] {
  return [
    asked("Quotas", "servicequotas:ListServiceQuotas", async () =>
      examineQuotas(ladders, await sagemakerQuotas()),
    ),
    asked("Zones", "ec2:DescribeInstanceTypeOfferings", async () =>
      examineZones(ladders, await zonesOf(subnets, ladders)),
    ),
    asked("Key", "kms:DescribeKey", async () =>
      keyArn === null
        ? unknown("Key", "The definition names none.", "Deploy this version: npm run deploy")
        : examineKey(keyArn),
    ),
  ];
}
