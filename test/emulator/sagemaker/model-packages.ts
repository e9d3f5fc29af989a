// SageMaker's Model Registry: groups and their versions, in AWS's own shapes, and what it refuses beyond AWS's model of
// its interface. Sources: the API Reference (docs.aws.amazon.com/sagemaker/latest/APIReference/), CreateModelPackage and
// UpdateModelPackage; the words of an error where somebody has quoted them, which is named there.
import { account, region } from "../emulator.ts";
import type { HasObject } from "./endpoints.ts";

type Wire = Record<string, unknown>;
type Reply = { status: number; body: unknown };
/** In the shape of DescribeModelPackage, with times in seconds since the epoch. */
type Package = Wire & { ModelPackageArn: string; CreationTime: number };
type Group = { group: Wire; packages: Package[] };

export type ModelPackages = {
  /** Every request that was accepted and changes something, in order. */
  requests: { operation: string; body: Wire }[];
  /** Answers an operation on groups and packages; null: it is of something else. */
  answer(operation: string, body: Wire): Promise<Reply> | null;
  /** The packages of a group, in the shape of DescribeModelPackage; the oldest first. */
  packagesOf(group: string): Wire[];
};

const ok = (body: Wire = {}): Reply => ({ status: 200, body });
const refusal = (message: string): Reply => ({
  status: 400,
  body: { __type: "ValidationException", message },
});
const arn = (resource: string) => `arn:aws:sagemaker:${region}:${account}:${resource}`;

export function modelPackages(hasObject: HasObject = async () => true): ModelPackages {
  const groups = new Map<string, Group>();
  const requests: ModelPackages["requests"] = [];
  const tokens = new Map<string, string>();
  let clock = Date.now() / 1000;
  // Two of the same second are told apart by their order.
  const now = () => {
    clock += 0.001;
    return clock;
  };
  const answers: Record<string, (body: Wire) => Reply | Promise<Reply>> = {
    CreateModelPackageGroup(body) {
      const name = String(body.ModelPackageGroupName);
      // In sagemaker-python-sdk, sagemaker-train/tests/integ/train/test_mtrl_evaluator.py.
      if (groups.has(name))
        return refusal(`Model Package Group already exists: ${arn(`model-package-group/${name}`)}`);
      const ModelPackageGroupArn = arn(`model-package-group/${name}`);
      const group = {
        ...body,
        ModelPackageGroupArn,
        CreationTime: now(),
        ModelPackageGroupStatus: "Completed",
      };
      groups.set(name, { group, packages: [] });
      return ok({ ModelPackageGroupArn });
    },
    DescribeModelPackageGroup(body) {
      const found = groups.get(String(body.ModelPackageGroupName));
      return found ? ok({ CreatedBy: {}, ...found.group }) : noGroup(body);
    },
    ListModelPackages(body) {
      const found = groups.get(String(body.ModelPackageGroupName));
      return found ? list(found.packages, body) : noGroup(body);
    },
    async CreateModelPackage(body) {
      const found = groups.get(String(body.ModelPackageGroupName));
      const problem = creationProblem(body) ?? (await specificationProblem(body, hasObject));
      if (problem !== undefined) return refusal(problem);
      if (!found) return noGroup(body);
      // "A unique token that guarantees that the call to this API is idempotent."
      const token = `${body.ModelPackageGroupName} ${body.ClientToken}`;
      const earlier = body.ClientToken === undefined ? undefined : tokens.get(token);
      if (earlier !== undefined) return ok({ ModelPackageArn: earlier });
      const { ClientToken: _, ...said } = body;
      const version = found.packages.length + 1;
      const ModelPackageArn = arn(`model-package/${body.ModelPackageGroupName}/${version}`);
      found.packages.push({
        ModelApprovalStatus: "PendingManualApproval",
        ...said,
        ModelPackageArn,
        ModelPackageName: String(body.ModelPackageGroupName),
        ModelPackageVersion: version,
        CreationTime: now(),
        ModelPackageStatus: "Completed",
        ModelPackageStatusDetails: { ValidationStatuses: [] },
      });
      tokens.set(token, ModelPackageArn);
      return ok({ ModelPackageArn });
    },
    DescribeModelPackage(body) {
      const found = packageAt(String(body.ModelPackageName));
      return found ? ok(found) : noPackage(body.ModelPackageName);
    },
    async UpdateModelPackage(body) {
      const found = packageAt(String(body.ModelPackageArn));
      if (!found) return noPackage(body.ModelPackageArn);
      const problem = bothProblem(body) ?? (await specificationProblem(body, hasObject));
      if (problem !== undefined) return refusal(problem);
      const { CustomerMetadataProperties, ModelPackageArn, ...changes } = body;
      const properties = {
        ...(found.CustomerMetadataProperties as object),
        ...(CustomerMetadataProperties as object),
      };
      Object.assign(found, changes, { CustomerMetadataProperties: properties, LastModifiedTime: now() });
      return ok({ ModelPackageArn });
    },
  };
  const packageAt = (name: string) =>
    [...groups.values()]
      .flatMap(({ packages }) => packages)
      .find(({ ModelPackageArn }) => ModelPackageArn === name);
  return {
    requests,
    answer(operation, body) {
      const perform = answers[operation];
      if (!perform) return null;
      return (async () => {
        const reply = await perform(body);
        if (reply.status === 200 && !/^(Describe|List)/.test(operation)) requests.push({ operation, body });
        return reply;
      })();
    },
    packagesOf: (group) => groups.get(group)?.packages ?? [],
  };
}

// terraform-provider-aws, internal/service/sagemaker/model_package_group.go, matches these words.
const noGroup = ({ ModelPackageGroupName: name }: Wire) =>
  refusal(`ModelPackageGroup ${name} does not exist.`);
const noPackage = (name: unknown) => refusal(`ModelPackage ${name} does not exist.`);

function creationProblem(body: Wire): string | undefined {
  const { ModelPackageName, ModelPackageGroupName, Tags, InferenceSpecification, SourceUri } = body;
  // moto's pull request 7165 quotes both.
  if (ModelPackageName !== undefined && ModelPackageGroupName !== undefined)
    return "Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.";
  if (ModelPackageGroupName === undefined) return "Missing ARN.";
  // CreateModelPackage, Tags: "If you supply ModelPackageGroupName … you cannot supply a tag argument."
  if (Tags !== undefined) return "Tags cannot be given for a versioned model package.";
  if (InferenceSpecification === undefined && SourceUri === undefined)
    return "A model package needs an InferenceSpecification, a SourceAlgorithmSpecification or a SourceUri.";
  return bothProblem(body);
}

// sagemaker-python-sdk, sagemaker-core/src/sagemaker/core/model_registry.py: "passing source uri and inference spec together
// in create/update model package is not allowed".
function bothProblem({ SourceUri, InferenceSpecification }: Wire): string | undefined {
  return SourceUri !== undefined && InferenceSpecification !== undefined
    ? "SourceUri and InferenceSpecification cannot be given together."
    : undefined;
}

async function specificationProblem(
  { InferenceSpecification }: Wire,
  hasObject: HasObject,
): Promise<string | undefined> {
  const { Containers = [] } = (InferenceSpecification ?? {}) as {
    Containers?: { ModelDataUrl?: string; Image?: string }[];
  };
  for (const { ModelDataUrl, Image } of Containers) {
    // ModelPackageContainerDefinition, ModelDataUrl: "a single gzip compressed tar archive (.tar.gz suffix)".
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+\.tar\.gz)$/.exec(ModelDataUrl ?? "") ?? [];
    if (!bucket || !key || !(await hasObject(bucket, key)))
      return `Could not find model data at ${ModelDataUrl}.`;
    // "registry/repository[:tag] and registry/repository[@digest]".
    if (
      !/^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/[^\s:@]+(:[\w.-]+|@sha256:[0-9a-f]{64})?$/.test(
        Image ?? "",
      )
    )
      return `${Image} is no image of Amazon ECR.`;
  }
  return undefined;
}

/** As the API Reference has the defaults of ListModelPackages: the oldest first, ten at a time. A version has no name. */
function list(packages: readonly Package[], body: Wire): Reply {
  const { ModelApprovalStatus, MaxResults = 10, NextToken = "0", SortOrder } = body;
  const found = packages.filter(
    (one) => ModelApprovalStatus === undefined || one.ModelApprovalStatus === ModelApprovalStatus,
  );
  if (SortOrder === "Descending") found.reverse();
  const from = Number(NextToken);
  const to = from + Number(MaxResults);
  const fields = [
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "ModelPackageStatus",
    "ModelApprovalStatus",
  ];
  return ok({
    ModelPackageSummaryList: found
      .slice(from, to)
      .map((one) => Object.fromEntries(fields.map((field) => [field, one[field]]))),
    ...(to < found.length && { NextToken: String(to) }),
  });
}
