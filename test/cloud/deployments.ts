import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App } from "aws-cdk-lib";
import { bundleTasks } from "../../pipeline/bundle.ts";
import { readConfiguration } from "../../pipeline/cloud/configuration.ts";
import { pipelineStack } from "../../pipeline/cloud/stack.ts";
import deploymentSchema from "../../schemas/installation/deployment.schema.json" with { type: "json" };

/** A resource of a template. */
export type Resource = {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever CloudFormation knows.
  Properties: Record<string, any>;
  DependsOn?: string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
};
export type Template = {
  Parameters: Record<string, { Type: string; Default?: string }>;
  Resources: Record<string, Resource>;
  Outputs: Record<string, { Value: unknown }>;
};

/** The two deployments that a reviewer reads: everything made, and everything that can be there already. */
export const deployments = {
  created: {
    dashboardRoleArn: "arn:aws:iam::123456789012:role/dashboard",
    registry: true,
    predict: { instanceType: "ml.c7i.2xlarge" },
    promote: { aboveMegabytes: 20_000 },
    serving: {
      mode: "instance",
      instanceType: "ml.m5.large",
      instanceCount: 2,
      canaryPercent: 50,
      callerRoleArn: "arn:aws:iam::123456789012:role/web-app",
    },
  },
  existing: deploymentSchema.examples[0]!,
} as const;

/** What `cdk` reads of cdk.json: the flags under which every template here is made. */
export const cdkJson = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../cdk.json", import.meta.url)), "utf8"),
) as { context: object };

/**
 * The template of a deployment, made as `cdk synth` makes it, with the flags of cdk.json, but for the CDK's own
 * validation, which takes 4 s of CPU in each process: checks.test.ts has it done for all that the tests' deployments hold.
 */
export async function synthesize(written: object): Promise<Template> {
  await bundleTasks();
  process.env.CDK_VALIDATION = "false";
  // Else the CDK makes a folder that nobody removes.
  const outdir = mkdtempSync(join(tmpdir(), "pbp-synth-"));
  try {
    const app = new App({ context: cdkJson.context, outdir });
    const { stackName } = pipelineStack(app, readConfiguration(written));
    return app.synth().getStackByName(stackName).template as Template;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** The resources of a type, by logical id. */
export function ofType({ Resources }: Template, type: string): [string, Resource][] {
  return Object.entries(Resources).filter(([, resource]) => resource.Type === type);
}
