import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App, type Stack } from "aws-cdk-lib";
import { bundleTasks } from "../../pipeline/bundle.ts";
import { readConfiguration } from "../../pipeline/cloud/configuration.ts";
import { pipelineStack } from "../../pipeline/cloud/stack.ts";
import deploymentSchema from "../../schemas/deployment.schema.json" with { type: "json" };

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
 * The template of a deployment, made as `cdk synth` makes it, with the flags of cdk.json. The CDK validates it, which
 * takes as long as making it; the two deployments above are validated by checks.test.ts, once.
 */
export async function synthesize(written: object): Promise<Template> {
  await bundleTasks();
  process.env.CDK_VALIDATION = String(!Object.values<object>(deployments).includes(written));
  return templateOf((app) => pipelineStack(app, readConfiguration(written)));
}

/** The template of a stack, without the CDK's folder, which nobody else would remove. */
export function templateOf(stackIn: (app: App) => Stack): Template {
  const outdir = mkdtempSync(join(tmpdir(), "pbp-synth-"));
  try {
    const app = new App({ context: cdkJson.context, outdir });
    const { stackName } = stackIn(app);
    return app.synth().getStackByName(stackName).template as Template;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** The resources of a type, by logical id. */
export function ofType({ Resources }: Template, type: string): [string, Resource][] {
  return Object.entries(Resources).filter(([, resource]) => resource.Type === type);
}
