import type { Stack } from "aws-cdk-lib";
import type { Repository } from "aws-cdk-lib/aws-ecr";
import { repositoryName } from "../../../schemas/installation/images.ts";
import { packageGroup } from "../../../schemas/installation/registry.ts";
import type { Deployment } from "../../../schemas/types.ts";
import type { Statement } from "../roles.ts";

/** The variable REGISTRY: what Register names groups by, and the image that answers from the models. */
export function registryTarget(
  { stackName, registry }: Deployment,
  repository: Repository | null,
  imageTag: string,
): string {
  if (!registry || repository === null) return "none";
  return repository.stack.toJsonString({ stackName, image: `${repository.repositoryUri}:${imageTag}` });
}

/**
 * Groups are made when they are first needed, by the name of the registered model; the list can be of no group alone.
 *
 * The image: AWS's own policy for whoever uses the registry, AmazonSageMakerModelRegistryFullAccess, lets them look at what a
 * package names. No page says which call asks for it; if none does, it is a look at one image.
 */
export function registersModels(stack: Stack, deployment: Deployment): Statement[] {
  const { stackName } = deployment;
  const named = (resource: string, resourceName: string) =>
    stack.formatArn({ service: "sagemaker", resource, resourceName });
  const groups = named("model-package-group", packageGroup(stackName, "*"));
  const packages = named("model-package", `${packageGroup(stackName, "*")}/*`);
  return [
    {
      actions: ["sagemaker:DescribeModelPackageGroup", "sagemaker:CreateModelPackageGroup"],
      resources: [groups],
    },
    { actions: ["sagemaker:CreateModelPackage"], resources: [groups, packages] },
    { actions: ["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"], resources: [packages] },
    { actions: ["sagemaker:ListModelPackages"], resources: ["*"] },
    {
      actions: ["ecr:BatchGetImage", "ecr:DescribeImages"],
      resources: [
        stack.formatArn({
          service: "ecr",
          resource: "repository",
          resourceName: repositoryName(deployment.stackName, "serve"),
        }),
      ],
    },
  ];
}
