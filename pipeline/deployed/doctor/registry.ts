// Whether the Model Registry has the version in use of each registered model: no promotion fails when it could not be told.
import {
  DescribeModelPackageCommand,
  paginateListModelPackages,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import { packageGroup } from "../../../schemas/installation/registry.ts";
import { bad, type Check, ok } from "../../check.ts";
import type { InUse } from "./endpoints.ts";

export async function examineRegistration(
  stackName: string,
  model: string,
  { generation, version }: InUse,
  options: string,
): Promise<Check> {
  const name = `Registry of ${model}`;
  const group = packageGroup(stackName, model);
  const wanted = `generation ${generation} (${version})`;
  const found = await approvedOf(group, version);
  if (found !== null) return ok(name, `${group} has ${wanted} as version ${found}, Approved.`);
  return bad(
    name,
    `${group} has no approved package of ${wanted}, which is in use.`,
    `Tell it again: pbp publish --model ${model}${options}. If that fails: docs/runbook.md, RegistrationFailed.`,
  );
}

/** The number of a version's approved package; null: there is none. The newest are looked at first. */
async function approvedOf(group: string, version: string): Promise<number | null> {
  const client = new SageMakerClient({});
  const pages = paginateListModelPackages(
    { client, pageSize: 100 },
    {
      ...{ ModelPackageGroupName: group, ModelApprovalStatus: "Approved" },
      ...{ SortBy: "CreationTime", SortOrder: "Descending" },
    },
  );
  try {
    for await (const { ModelPackageSummaryList = [] } of pages)
      for (const { ModelPackageArn: arn } of ModelPackageSummaryList) {
        const one = await client.send(new DescribeModelPackageCommand({ ModelPackageName: arn }));
        if (one.CustomerMetadataProperties?.version === version) return one.ModelPackageVersion ?? null;
      }
  } catch (error) {
    // No group: nothing was ever registered. SageMaker has no error of its own for what is not there.
    if (!(error instanceof Error && /does not exist/i.test(error.message))) throw error;
  }
  return null;
}
