import type { Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { endpointName } from "../../../schemas/installation/serving.ts";
import type { Deployment } from "../../../schemas/types.ts";
import type { Statement } from "../roles.ts";
import { grantsVolumeKey } from "../sagemaker/jobs.ts";

/**
 * What Publish may ask of SageMaker: everything of the stack's own endpoints, and nothing where there are none.
 *
 * @param roleArn What their containers run under; null without `serving`.
 */
export function publishing(
  stack: Stack,
  key: IKey,
  { stackName, serving }: Deployment,
  roleArn: string | null,
): Statement[] {
  if (roleArn === null) return [];
  const named = (resource: string) =>
    stack.formatArn({ service: "sagemaker", resource, resourceName: endpointName(stackName, "*") });
  const [models, configs, endpoints] = ["model", "endpoint-config", "endpoint"].map(named) as [
    string,
    string,
    string,
  ];
  const actionsOn = (kind: string, ...verbs: string[]) => verbs.map((verb) => `sagemaker:${verb}${kind}`);
  return [
    { actions: actionsOn("Model", "Create", "Describe", "Delete"), resources: [models] },
    { actions: actionsOn("EndpointConfig", "Create", "Describe", "Delete"), resources: [configs] },
    { actions: actionsOn("Endpoint", "Create", "Update"), resources: [endpoints, configs] },
    { actions: actionsOn("Endpoint", "Describe", "Delete"), resources: [endpoints] },
    { actions: ["sagemaker:AddTags"], resources: [models, configs, endpoints] },
    // Each model names the role.
    {
      actions: ["iam:PassRole"],
      resources: [roleArn],
      conditions: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
    },
    // A list has no resource to name.
    { actions: ["sagemaker:ListModels", "sagemaker:ListEndpointConfigs"], resources: ["*"] },
    ...(serving.mode === "instance" ? [grantsVolumeKey(stack, key)] : []),
  ];
}
