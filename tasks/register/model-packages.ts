// SageMaker's Model Registry, through the calls that Register needs. What is asked for in two steps here is refused in
// one: InferenceSpecification together with SourceUri, ApprovalDescription while a package is created.
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DescribeModelPackageCommand,
  DescribeModelPackageGroupCommand,
  type InferenceSpecification,
  paginateListModelPackages,
  type SageMakerClient,
  UpdateModelPackageCommand,
  type UpdateModelPackageCommandInput,
} from "@aws-sdk/client-sagemaker";
import { packageDescription } from "../../schemas/installation/registry.ts";
import type { Entry, Status } from "./entry.ts";

export type Registry = {
  client: SageMakerClient;
  /** The URI of the image `serve`. */
  image: string;
  /** The data bucket. */
  bucket: string;
  /** The commit of the code. */
  revision: string;
};

/**
 * Makes a package say what the entry says; makes group and package if they are not there. Doing it again changes nothing.
 *
 * @returns the ARN of the package. Throws what SageMaker says.
 */
export async function enter(group: string, entry: Entry, registry: Registry): Promise<string> {
  await ensureGroup(registry.client, group);
  const arn =
    (await findPackage(registry.client, group, entry.execution)) ??
    (await createPackage(group, entry, registry));
  await update(arn, entry, registry);
  return arn;
}

/** Says that a model must not be deployed any more; of one that was never registered nothing is said. */
export async function reject(
  { client }: Registry,
  group: string,
  execution: string,
  why: string,
): Promise<void> {
  const arn = await findPackage(client, group, execution);
  if (arn !== null) await send(client, { ModelPackageArn: arn, ...decisionOf("Rejected", why) });
}

/** On first use: which models there are is not known when the stack is deployed, and a stack could not remove a group that has packages. */
async function ensureGroup(client: SageMakerClient, group: string): Promise<void> {
  try {
    await client.send(new DescribeModelPackageGroupCommand({ ModelPackageGroupName: group }));
    return;
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  try {
    await client.send(
      new CreateModelPackageGroupCommand({
        ModelPackageGroupName: group,
        ModelPackageGroupDescription:
          "Models of the predictive billing pipeline, as its runs and operators decided on them.",
      }),
    );
  } catch (error) {
    // Another run was first.
    if (!(isRefusal(error) && /already exist/i.test(error.message))) throw error;
  }
}

/** What SageMaker says of something that is not there, or there already: no error of its own. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof Error && ["ValidationException", "ResourceNotFound"].includes(error.name);

/** null: no package of this execution. The newest first, since it is mostly about one of those. */
async function findPackage(
  client: SageMakerClient,
  group: string,
  execution: string,
): Promise<string | null> {
  const pages = paginateListModelPackages(
    { client, pageSize: 100 },
    { ModelPackageGroupName: group, SortBy: "CreationTime", SortOrder: "Descending" },
  );
  for await (const { ModelPackageSummaryList = [] } of pages)
    for (const { ModelPackageArn, ModelPackageDescription } of ModelPackageSummaryList)
      if (ModelPackageDescription === packageDescription(execution)) return ModelPackageArn!;
  return null;
}

async function createPackage(group: string, entry: Entry, registry: Registry): Promise<string> {
  const { ModelPackageArn } = await registry.client.send(
    new CreateModelPackageCommand({
      ModelPackageGroupName: group,
      ModelPackageDescription: packageDescription(entry.execution),
      // A repeated call of the same minute finds the package that the list may not tell yet.
      ClientToken: createHash("sha256").update(`${group} ${entry.execution}`).digest("hex").slice(0, 36),
      SourceUri: urlOf(registry, entry.source),
      ModelApprovalStatus: "PendingManualApproval",
      ModelMetrics: {
        ModelQuality: {
          Statistics: { ContentType: "application/json", S3Uri: urlOf(registry, entry.metrics) },
        },
      },
      MetadataProperties: {
        GeneratedBy: entry.execution,
        ...(registry.revision !== "unknown" && { CommitId: registry.revision }),
      },
      CustomerMetadataProperties: entry.properties,
    }),
  );
  return ModelPackageArn!;
}

/** Sends what the package does not say yet. */
async function update(arn: string, entry: Entry, registry: Registry): Promise<void> {
  const now = await registry.client.send(new DescribeModelPackageCommand({ ModelPackageName: arn }));
  const container = now.InferenceSpecification?.Containers?.[0];
  const wanted = entry.modelData === null ? undefined : urlOf(registry, entry.modelData);
  const changes: Omit<UpdateModelPackageCommandInput, "ModelPackageArn"> = {
    ...((now.ModelApprovalStatus !== entry.status ||
      (entry.why !== null && now.ApprovalDescription !== entry.why)) &&
      decisionOf(entry.status, entry.why)),
    ...(!isDeepStrictEqual(now.CustomerMetadataProperties, entry.properties) && {
      CustomerMetadataProperties: entry.properties,
    }),
    ...(wanted !== undefined &&
      (container?.ModelDataUrl !== wanted || container.Image !== registry.image) && {
        InferenceSpecification: specificationOf(registry.image, wanted),
      }),
  };
  if (Object.keys(changes).length > 0) await send(registry.client, { ModelPackageArn: arn, ...changes });
}

async function send(client: SageMakerClient, input: UpdateModelPackageCommandInput): Promise<void> {
  await client.send(new UpdateModelPackageCommand(input));
}

const decisionOf = (status: Status, why: string | null) => ({
  ModelApprovalStatus: status,
  ...(why !== null && { ApprovalDescription: why }),
});

/** What `containers/serve` takes and answers on /invocations. */
const specificationOf = (image: string, modelDataUrl: string): InferenceSpecification => ({
  Containers: [{ Image: image, ModelDataUrl: modelDataUrl }],
  SupportedContentTypes: ["application/json", "application/jsonlines"],
  SupportedResponseMIMETypes: ["application/json", "application/jsonlines"],
});

const urlOf = ({ bucket }: Registry, key: string) => `s3://${bucket}/${key}`;
