// What each role must be allowed, written by hand from AWS's documentation: action, resource and condition. A resource
// that is too narrow denies a call that only an account would show, so each group of permissions names its page.
import type { Permission } from "./statements.ts";

const arn = (service: string, resource: string) =>
  `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`;
const may = (resources: string | string[], actions: string[], conditions: object = {}): Permission[] =>
  [resources].flat().flatMap((resource) => actions.map((action) => ({ action, resource, conditions })));

const packageGroups = arn("sagemaker", "model-package-group/predictivebilling-*");
const packages = arn("sagemaker", "model-package/predictivebilling-*/*");
const machine = arn("states", "stateMachine:PredictiveBilling");
const predictJobs = arn("sagemaker", "processing-job/predictivebilling-predict-*");
const hosted = (kind: string) => arn("sagemaker", `${kind}/predictivebilling-*`);
const key = "${DataKey.Arn}";
const bucket = "${Data.Arn}";
const folders = (...names: string[]) => names.map((name) => `${bucket}/${name}/*`);
const fileSystem = arn("elasticfilesystem", "file-system/${FileSystem}");
const accessPoint = arn("elasticfilesystem", "access-point/${Models.AccessPointId}");

/**
 * CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS", permissions on the calling principal:
 * these of whoever calls PutLogEvents on a group with a key, through CloudWatch Logs. The page's ReEncrypt*,
 * GenerateDataKey* and Describe* written out, without those for pairs of keys.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
const writesEncryptedLog = may(
  key,
  [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:DescribeKey",
  ],
  { StringEquals: { "kms:ViaService": "logs.${AWS::Region}.amazonaws.com" } },
);

/**
 * Lambda Developer Guide, "Configuring CloudWatch log groups": logs:PutLogEvents, and logs:CreateLogStream as in AWS's own
 * policy for functions; the group's Arn ends in :*, as the Service Authorization Reference wants it for streams.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_logs.html
 * Lambda Developer Guide, "Visualize Lambda function invocations using AWS X-Ray": both actions have no resource type.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 * Lambda Developer Guide, "Securing Lambda environment variables": kms:Decrypt for whoever reads them; Lambda itself has
 * a grant from whoever deploys. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
 */
const everyFunction = (id: string): Permission[] => [
  ...may(`\${${id}Log.Arn}`, ["logs:CreateLogStream", "logs:PutLogEvents"]),
  ...writesEncryptedLog,
  ...may("*", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]),
  ...may(key, ["kms:Decrypt"]),
];

/**
 * S3 API Reference, GetObject and HeadObject: s3:GetObject, s3:GetObjectVersion for a version by its id; s3:ListBucket,
 * or a key that does not exist is a 403. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
const reads = (...names: string[]): Permission[] => [
  ...may(folders(...names), ["s3:GetObject"]),
  ...may(bucket, ["s3:ListBucket"]),
];
const readsVersions = (...names: string[]): Permission[] => [
  ...reads(...names),
  ...may(folders(...names), ["s3:GetObjectVersion"]),
];
/**
 * S3 User Guide, "Multipart upload API and permissions": s3:PutObject for every part, kms:GenerateDataKey and kms:Decrypt
 * for a bucket with a KMS key. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
const writes = (...names: string[]): Permission[] => [
  ...may(folders(...names), ["s3:PutObject", "s3:AbortMultipartUpload"]),
  ...may(key, ["kms:GenerateDataKey"]),
];

/**
 * Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC", required IAM permissions: on *,
 * as Lambda makes the interfaces. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 * EFS User Guide, "Using IAM to control access to file systems": ClientMount and ClientWrite on the file system, limited
 * to an access point by elasticfilesystem:AccessPointArn.
 * https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
 */
const onModels = (...actions: string[]): Permission[] => [
  ...may("*", [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ]),
  ...mounts(...actions),
];
function mounts(...actions: string[]): Permission[] {
  return may(
    fileSystem,
    actions.map((action) => `elasticfilesystem:Client${action}`),
    { StringEquals: { "elasticfilesystem:AccessPointArn": accessPoint } },
  );
}
/**
 * Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations", dead-letter queues: sqs:SendMessage.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 * SQS Developer Guide, "Key management": a producer needs kms:GenerateDataKey and kms:Decrypt.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
const deadLetters = (queue: string): Permission[] => [
  ...may(`\${${queue}.Arn}`, ["sqs:SendMessage"]),
  ...may(key, ["kms:GenerateDataKey"]),
];

const promotes = (...more: string[]) => [...onModels("Mount", "Write"), ...promotesThere(...more)];
const promotesThere = (...more: string[]) => [
  ...readsVersions("runs", "base-models", "champions", ...more),
  ...writes("champions"),
  ...may(folders("champions"), ["s3:DeleteObject"]),
  // Service Authorization Reference, Amazon Elastic File System: resource types file-system and access-point.
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_efs.html
  ...may(fileSystem, ["elasticfilesystem:DescribeFileSystems", "elasticfilesystem:DescribeMountTargets"]),
  ...may(accessPoint, ["elasticfilesystem:DescribeAccessPoints"]),
];

const functions: Record<string, Permission[]> = {
  StartExecution: [
    // Step Functions Developer Guide, "Authorization for versions and aliases": the state machine's ARN, not the alias's;
    // the alias by states:StateMachineQualifier. https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    ...may(machine, ["states:StartExecution"], {
      "ForAnyValue:StringEquals": { "states:StateMachineQualifier": ["live"] },
    }),
    // Service Authorization Reference, AWS Step Functions, "API operations": StartExecution authorizes both, the second
    // for an execution that has the name already.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_stepfunctions.html
    ...may(arn("states", "execution:PredictiveBilling:*"), ["states:DescribeExecution"]),
    ...deadLetters("NotStarted"),
  ],
  ValidateInput: [
    ...readsVersions("incoming", "exports", "base-models"),
    ...writes("runs"),
    // Service Authorization Reference, Amazon Elastic Container Registry: DescribeImages is asked of the repository.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_ecr.html
    ...may(
      ["embed", "train", "evaluate"].map((name) => arn("ecr", `repository/predictivebilling/${name}`)),
      ["ecr:DescribeImages"],
    ),
  ],
  Preprocess: [
    ...readsVersions("incoming", "exports", "embeddings"),
    ...writes("runs", "embeddings"),
    // S3 User Guide, "Bucket policy examples using condition keys": s3:prefix for ListBucketVersions, which the store
    // always gives. https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    ...may(bucket, ["s3:ListBucketVersions"], { StringLike: { "s3:prefix": ["embeddings/*"] } }),
  ],
  // It keeps the training logs, which lie beside the checkpoints.
  CheckArtifacts: [...readsVersions("runs", "checkpoints"), ...writes("runs")],
  ReadChampion: [...reads("champions"), ...onModels("Mount", "Write")],
  QualityGate: [...readsVersions("runs", "champions"), ...writes("runs")],
  Promote: promotes(),
  Notify: [
    ...readsVersions("runs"),
    // What waits for approval is remembered beside the last successes.
    ...writes("runs", "monitoring"),
    // Service Authorization Reference, AWS Step Functions: DescribeExecution and GetExecutionHistory are asked of the
    // execution. https://docs.aws.amazon.com/service-authorization/latest/reference/list_stepfunctions.html
    // Both need kms:Decrypt where the machine's data has a customer-managed key, which everything in it has anyway:
    // https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    ...may(arn("states", "execution:PredictiveBilling:*"), [
      "states:DescribeExecution",
      "states:GetExecutionHistory",
    ]),
    // SNS Developer Guide, "Managing Amazon SNS encryption keys": kms:GenerateDataKey and kms:Decrypt besides, which the
    // queue and the environment ask for anyway. https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    ...may("${Notices}", ["sns:Publish"]),
    ...deadLetters("NotNotified"),
  ],
  Publish: [
    ...reads("champions"),
    ...writes("champions"),
    // Service Authorization Reference, Amazon SageMaker: the resource types of each action, and sagemaker:AddTags as a
    // dependent action of all that is created with tags; lists have no resource.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
    // SageMaker writes the names in ARNs in small letters, and ours are.
    ...may(hosted("model"), ["sagemaker:CreateModel", "sagemaker:DescribeModel", "sagemaker:DeleteModel"]),
    ...may(hosted("endpoint-config"), [
      "sagemaker:CreateEndpointConfig",
      "sagemaker:DescribeEndpointConfig",
      "sagemaker:DeleteEndpointConfig",
    ]),
    ...may(
      [hosted("endpoint"), hosted("endpoint-config")],
      ["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"],
    ),
    ...may(hosted("endpoint"), ["sagemaker:DescribeEndpoint", "sagemaker:DeleteEndpoint"]),
    ...may(
      ["model", "endpoint-config", "endpoint"].map((kind) => hosted(kind)),
      ["sagemaker:AddTags"],
    ),
    // Of CreateModel, on the same page: iam:PassRole; IAM User Guide, "Grant a user permissions to pass a role to an AWS
    // service": to SageMaker alone. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    ...may("${ServeRole.Arn}", ["iam:PassRole"], {
      StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" },
    }),
    ...may("*", ["sagemaker:ListModels", "sagemaker:ListEndpointConfigs"]),
    // Amazon SageMaker AI Developer Guide, "Amazon SageMaker AI API Permissions": kms:CreateGrant of whoever creates or
    // updates an endpoint whose config has a KmsKeyId.
    // https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html
    ...may(key, ["kms:CreateGrant", "kms:DescribeKey"], {
      StringEquals: { "kms:ViaService": "sagemaker.${AWS::Region}.amazonaws.com" },
    }),
  ],
  Register: [
    ...readsVersions("runs", "champions"),
    ...writes("champions"),
    // Service Authorization Reference, Amazon SageMaker AI: Describe- and CreateModelPackageGroup are asked of the group,
    // CreateModelPackage of both, Describe- and UpdateModelPackage of the package, whose ARN goes on with its version.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemakerai.html
    ...may(packageGroups, ["sagemaker:DescribeModelPackageGroup", "sagemaker:CreateModelPackageGroup"]),
    ...may([packageGroups, packages], ["sagemaker:CreateModelPackage"]),
    ...may(packages, ["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"]),
    // There a package is optional for ListModelPackages, of which none is named in the request. SageMaker AI Developer
    // Guide, "API permissions": "resource-level restrictions are not available on List- calls".
    // https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html
    ...may("*", ["sagemaker:ListModelPackages"]),
    // SageMaker AI Developer Guide, "AWS managed policies for Model Registry", AmazonSageMakerModelRegistryFullAccess:
    // both, to "retrieve information, including metadata, about Amazon ECR images", of which a package names one.
    // https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-model-registry.html
    ...may(arn("ecr", "repository/predictivebilling/serve"), ["ecr:BatchGetImage", "ecr:DescribeImages"]),
    // No iam:PassRole: a package names no role, only whoever deploys it does.
  ],
  Predict: [
    ...reads("champions", "predictions"),
    ...writes("champions", "predictions"),
    // Service Authorization Reference, Amazon SageMaker AI: CreateProcessingJob is asked of the job, with
    // sagemaker:AddTags and iam:PassRole as dependent actions. The rest as of the pipeline's machine, below.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemakerai.html
    ...may(predictJobs, ["sagemaker:CreateProcessingJob", "sagemaker:AddTags"]),
    ...may("${PredictJobRole.Arn}", ["iam:PassRole"], {
      StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" },
    }),
    ...may("*", ["ec2:CreateNetworkInterface"]),
    ...may(key, ["kms:CreateGrant", "kms:DescribeKey"], {
      StringEquals: { "kms:ViaService": "sagemaker.${AWS::Region}.amazonaws.com" },
    }),
  ],
  ExplainJobFailure: [],
  Answer: [
    // Service Authorization Reference, Amazon SageMaker AI: InvokeEndpoint is asked of the endpoint, whose ARN has its name
    // in small letters. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
    ...may(arn("sagemaker", "endpoint/predictivebilling-*"), ["sagemaker:InvokeEndpoint"]),
  ],
  CheckLastSuccess: [
    ...readsVersions("monitoring"),
    ...writes("monitoring"),
    // Service Authorization Reference, AWS Step Functions: ListExecutions is asked of the state machine.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_stepfunctions.html
    ...may(machine, ["states:ListExecutions"]),
    // The same page: DescribeExecution is asked of the execution. Its input tells the registered model.
    ...may(arn("states", "execution:PredictiveBilling:*"), ["states:DescribeExecution"]),
    ...deadLetters("NotChecked"),
  ],
  ReceiveExport: [
    ...readsVersions("incoming", "uploads"),
    // What became of a selection: of runs/ these two names, and no row or text.
    ...may(
      ["dataset/report.json", "receipt.json"].map((file) => `${bucket}/runs/*/${file}`),
      ["s3:GetObject", "s3:GetObjectVersion"],
    ),
    // S3 User Guide, "How to prevent object overwrites with conditional writes": If-None-Match needs s3:PutObject alone.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    // S3 User Guide, "Download and upload objects with presigned URLs": a URL is limited by the permissions of who made
    // it. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
    ...writes("incoming", "uploads"),
  ],
  RemindApprovals: [
    ...readsVersions("runs", "monitoring"),
    ...writes("monitoring"),
    ...may(folders("monitoring"), ["s3:DeleteObject"]),
    // As Preprocess's: the store always gives a prefix.
    ...may(bucket, ["s3:ListBucketVersions"], { StringLike: { "s3:prefix": ["monitoring/*"] } }),
    // As Notify's.
    ...may("${Notices}", ["sns:Publish"]),
    ...deadLetters("NotChecked"),
  ],
  // Promotes, writes approval.json and draws the run's pages again, and takes it off what waits, after a look whether it
  // is there.
  Approve: [...promotes("monitoring"), ...writes("runs"), ...may(folders("monitoring"), ["s3:DeleteObject"])],
  History: onModels("Mount"),
  Rollback: onModels("Mount", "Write"),
  SetTraffic: onModels("Mount", "Write"),
  SetPolicy: onModels("Mount", "Write"),
  ForcePromotion: promotes(),
};

/** To put an instance into the VPC, of a job or an endpoint; the sentences stand where it is used. */
const joinsVpc = may("*", [
  "ec2:CreateNetworkInterface",
  "ec2:CreateNetworkInterfacePermission",
  "ec2:DeleteNetworkInterface",
  "ec2:DeleteNetworkInterfacePermission",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeVpcs",
  "ec2:DescribeDhcpOptions",
  "ec2:DescribeSubnets",
  "ec2:DescribeSecurityGroups",
]);

/**
 * SageMaker AI Developer Guide, "How to use SageMaker AI execution roles", CreateProcessingJob and CreateTrainingJob.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
 */
const job = (
  name: string,
  kind: "Processing" | "Training",
  reaches: { reads: string[]; writes: string[] },
): Permission[] => [
  // "Scope the s3:ListBucket permission to a specific bucket", and no further; objects as in the job's request.
  ...may(bucket, ["s3:ListBucket"]),
  ...may(folders(...reaches.reads), ["s3:GetObject"]),
  ...may(folders(...reaches.writes), ["s3:PutObject"]),
  // "Scope Amazon ECR permissions to the registry path"; GetAuthorizationToken has no resource.
  ...may(`\${${name}Images.Arn}`, [
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
  ]),
  ...may("*", ["ecr:GetAuthorizationToken"]),
  // CloudWatch Logs User Guide, "Overview of managing access permissions": the ARN of a group ends in :*, that of its
  // streams in :log-stream:…; the first names both.
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
  ...may(arn("logs", `log-group:/aws/sagemaker/${kind}Jobs:*`), [
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
  ]),
  // CloudWatch User Guide, "Using condition keys to limit access to CloudWatch namespaces".
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
  ...may("*", ["cloudwatch:PutMetricData"], {
    StringEquals: { "cloudwatch:namespace": `/aws/sagemaker/${kind}Jobs` },
  }),
  // "If you specify a private VPC for your processing job, add the following permissions. Don't scope in the policy with
  // any conditions or resource filters. Otherwise, the validation checks that occur during the creation of the processing
  // job fail." Training jobs: the same nine, without a resource either.
  ...joinsVpc,
  // Encrypted input: kms:Decrypt. A key in the output configuration: kms:Encrypt. A key for the volume: kms:CreateGrant,
  // without a condition. S3 asks for kms:GenerateDataKey for what is put into a bucket with a key.
  ...may(key, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"]),
];

const jobs: Record<string, Permission[]> = {
  // Its channels, and what Preprocess touches, which it calls S3 for itself: without network isolation a container has
  // the job's role. SageMaker API Reference, NetworkConfig: with isolation it may make no call to any other service.
  // https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_NetworkConfig.html
  PreprocessJob: [
    ...job("PreprocessJob", "Processing", { reads: ["runs"], writes: ["runs"] }),
    ...functions.Preprocess!,
  ],
  Embed: job("Embed", "Processing", {
    reads: ["runs", "base-models", "embeddings"],
    writes: ["runs", "embeddings"],
  }),
  Train: job("Train", "Training", {
    reads: ["runs", "base-models", "checkpoints"],
    writes: ["runs", "checkpoints"],
  }),
  Evaluate: job("Evaluate", "Processing", { reads: ["runs", "champions"], writes: ["runs"] }),
  // Of the image `serve`.
  PredictJob: [
    ...job("Serve", "Processing", { reads: ["predictions"], writes: ["predictions"] }),
    ...may(`${bucket}/champions/*/serving.tar.gz`, ["s3:GetObject"]),
  ],
};

/** Of PromoteTask, by the id of its role. */
const task: Record<string, Permission[]> = {
  // ECS Developer Guide, "Amazon ECS task execution IAM role": what the managed policy has of ECR and logs, here on the one
  // repository and group. ECR User Guide, "Encryption at rest": ECR has a grant on a repository's key, who pulls needs none.
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
  // https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
  PromoteStart: [
    ...may("${PreprocessJobImages.Arn}", [
      "ecr:BatchCheckLayerAvailability",
      "ecr:GetDownloadUrlForLayer",
      "ecr:BatchGetImage",
    ]),
    ...may("*", ["ecr:GetAuthorizationToken"]),
    ...may("${PromoteTaskLog.Arn}", ["logs:CreateLogStream", "logs:PutLogEvents"]),
    ...writesEncryptedLog,
  ],
  // What the function may, and the answer. No ec2 permissions: ECS makes a task's network interface under its service-linked
  // role. ECS API Reference, EFSAuthorizationConfig, iam: the task role is what mounts.
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSAuthorizationConfig.html
  PromoteTask: [
    ...promotesThere(),
    ...mounts("Mount", "Write"),
    ...may(`${bucket}/runs/*/promote/*/answer.json`, ["s3:PutObject"]),
    ...may(key, ["kms:Decrypt"]),
  ],
};

/**
 * SageMaker AI Developer Guide, "How to use SageMaker AI execution roles", CreateModel.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
 */
const serve: Permission[] = [
  // "Scope S3 permissions to objects that you specify in the PrimaryContainer.ModelDataUrl"; no ListBucket then.
  ...may(`${bucket}/champions/*/serving.tar.gz`, ["s3:GetObject"]),
  // Of an object with a key. And for a volume with one, API_CreateEndpointConfig, KmsKeyId: "The KMS key policy must grant
  // permission to the IAM role that you specify", which the account's IAM does here.
  ...may(key, ["kms:Decrypt", "kms:CreateGrant"]),
  ...may("${ServeImages.Arn}", [
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
  ]),
  ...may("*", ["ecr:GetAuthorizationToken"]),
  // SageMaker AI Developer Guide, "CloudWatch Logs for Amazon SageMaker AI": /aws/sagemaker/Endpoints/[EndpointName].
  // https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
  ...may(arn("logs", "log-group:/aws/sagemaker/Endpoints/predictivebilling-*:*"), [
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
  ]),
  // Namespace of instances' metrics: "Amazon SageMaker AI metrics in Amazon CloudWatch".
  // https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
  ...may("*", ["cloudwatch:PutMetricData"], {
    StringEquals: { "cloudwatch:namespace": "/aws/sagemaker/Endpoints" },
  }),
  // "If you specify a private VPC for your model, add the following permissions": the same nine as of jobs.
  ...joinsVpc,
  // "Ensure that your execution role has permission to perform the cloudwatch:DescribeAlarms action on your auto-rollback
  // alarms."
  ...may(arn("cloudwatch", "alarm:PredictiveBilling-Endpoint*-*"), ["cloudwatch:DescribeAlarms"]),
];

const calls = (...ids: string[]) =>
  may(
    ids.map((id) => `\${${id}.Arn}`),
    ["lambda:InvokeFunction"],
  );

const everyMachine: Permission[] = [
  // Step Functions Developer Guide, "Using CloudWatch Logs to log execution history": on *, as deliveries have no name.
  // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
  ...may("*", [
    "logs:CreateLogDelivery",
    "logs:CreateLogStream",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutLogEvents",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
  ]),
  // Step Functions Developer Guide, "Trace Step Functions request data in AWS X-Ray".
  // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
  ...may("*", [
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
  ]),
  // Step Functions Developer Guide, "Data at rest encryption in Step Functions": both for the execution role. SNS
  // Developer Guide, "Managing Amazon SNS encryption keys": both for who publishes to an encrypted topic.
  // https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  ...may(key, ["kms:Decrypt", "kms:GenerateDataKey"]),
  ...writesEncryptedLog,
  ...may("${Notices}", ["sns:Publish"]),
];

// A job's ARN has its name in small letters (SageMaker API Reference, DescribeTrainingJob: TrainingJobArn).
const trainingJobs = [arn("sagemaker", "training-job/predictivebilling-train-*")];
const processingJobs = [
  arn("sagemaker", "processing-job/predictivebilling-preprocess-*"),
  arn("sagemaker", "processing-job/predictivebilling-embed-*"),
  arn("sagemaker", "processing-job/predictivebilling-evaluate-*"),
];
const inCluster = { ArnEquals: { "ecs:cluster": "${PromoteCluster.Arn}" } };
const machines: Record<string, Permission[]> = {
  StateMachine: [
    ...everyMachine,
    ...calls(
      "ValidateInput",
      "Preprocess",
      "CheckArtifacts",
      "ReadChampion",
      "QualityGate",
      "Promote",
      "Publish",
      "Register",
      "Notify",
    ),
    ...calls("ExplainJobFailure"),
    // Step Functions Developer Guide, "Create and manage Amazon SageMaker AI jobs with Step Functions", IAM policies: jobs
    // by their name's beginning, tags, iam:PassRole for SageMaker alone, and the two managed rules.
    // https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
    ...may(trainingJobs, [
      "sagemaker:CreateTrainingJob",
      "sagemaker:DescribeTrainingJob",
      "sagemaker:StopTrainingJob",
    ]),
    ...may(processingJobs, [
      "sagemaker:CreateProcessingJob",
      "sagemaker:DescribeProcessingJob",
      "sagemaker:StopProcessingJob",
    ]),
    // ListTags alone of SageMaker's lists can be held to a resource ("API permissions reference", below).
    ...may([...trainingJobs, ...processingJobs], ["sagemaker:AddTags", "sagemaker:ListTags"]),
    ...may(
      ["PreprocessJob", "Embed", "Train", "Evaluate"].map((name) => `\${${name}Role.Arn}`),
      ["iam:PassRole"],
      { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
    ),
    // Step Functions Developer Guide, "Learning to use AWS SDK service integrations": the role needs the permission of the
    // call. S3 API Reference, GetObject: s3:GetObject.
    // https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    ...may(
      [`${bucket}/runs/*/preprocess/answer.json`, `${bucket}/runs/*/promote/*/answer.json`],
      ["s3:GetObject"],
    ),
    // Step Functions Developer Guide, "Run Amazon ECS or Fargate tasks with Step Functions", IAM policies: ecs:RunTask on the
    // task definition, ecs:StopTask and ecs:DescribeTasks on *, as a task's number is not known before. Its cluster is, which
    // a task's ARN begins with. ECS Developer Guide, "Identity-based policy examples": ecs:cluster as a condition of the first.
    // https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html
    ...may(arn("ecs", "task-definition/PredictiveBilling-promote:*"), ["ecs:RunTask"], inCluster),
    ...may(arn("ecs", "task/${PromoteCluster}/*"), ["ecs:StopTask", "ecs:DescribeTasks"]),
    // ECS Developer Guide, "Grant permission to tag resources on creation": ecs:TagResource where a task gets tags.
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
    ...may(arn("ecs", "task/${PromoteCluster}/*"), ["ecs:TagResource"], {
      StringEquals: { "ecs:CreateAction": "RunTask" },
    }),
    // "If your tasks require the use of a task execution role or a task role, add iam:PassRole for each", on the first page;
    // to ECS's tasks alone.
    ...may(["${PromoteStartRole.Arn}", "${PromoteTaskRole.Arn}"], ["iam:PassRole"], {
      StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
    }),
    ...may(arn("events", "rule/StepFunctionsGetEventsForECSTaskRule"), [
      "events:PutTargets",
      "events:PutRule",
      "events:DescribeRule",
    ]),
    ...may(
      ["Training", "Processing"].map((kind) =>
        arn("events", `rule/StepFunctionsGetEventsForSageMaker${kind}JobsRule`),
      ),
      ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
    ),
    // SageMaker AI Developer Guide, "API permissions reference", CreateProcessingJob: ec2:CreateNetworkInterface of the
    // caller, if the job is in a VPC; kms:CreateGrant, if the job's role has it not. KMS Developer Guide, kms:ViaService:
    // sagemaker.AWS_region.amazonaws.com.
    // https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html
    // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    ...may("*", ["ec2:CreateNetworkInterface"]),
    ...may(key, ["kms:CreateGrant", "kms:DescribeKey"], {
      StringEquals: { "kms:ViaService": "sagemaker.${AWS::Region}.amazonaws.com" },
    }),
  ],
  ModelsMachine: [
    ...everyMachine,
    ...calls(
      "History",
      "Rollback",
      "ForcePromotion",
      "Approve",
      "Publish",
      "Register",
      "Notify",
      "SetTraffic",
      "SetPolicy",
      "Predict",
    ),
  ],
};

/** Services that use the key in their own name: principal, actions, condition. Everything else is IAM's, by the account. */
export const expectedKeyPolicy: readonly string[] = [
  // KMS Developer Guide, "Default key policy". https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
  "arn:${AWS::Partition}:iam::${AWS::AccountId}:root kms:*",
  // CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS": with this account's log groups as
  // encryption context. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
  ...["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"].map(
    (action) =>
      `logs.\${AWS::Region}.amazonaws.com ${action} if {"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"${arn("logs", "log-group:*")}"}}`,
  ),
  // SNS Developer Guide, "Managing Amazon SNS encryption keys": alarms and rules that publish to an encrypted topic. SQS
  // Developer Guide, "Key management": rules whose dead letters go to an encrypted queue.
  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
  ...["cloudwatch", "events"].flatMap((service) =>
    ["kms:Decrypt", "kms:GenerateDataKey*"].map((action) => `${service}.amazonaws.com ${action}`),
  ),
  // Step Functions Developer Guide, "Data at rest encryption": the log of a machine with a key of its own is delivered by
  // this principal. https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
  "delivery.logs.amazonaws.com kms:Decrypt",
];

/** By the id of the role, without `Role`. */
export const expectedPermissions: Readonly<Record<string, readonly Permission[]>> = {
  ...Object.fromEntries(
    Object.entries(functions).map(([id, permissions]) => [id, [...everyFunction(id), ...permissions]]),
  ),
  ...jobs,
  ...task,
  Serve: serve,
  ...machines,
  // VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs": "at least" these five, on *. Here on the one
  // group, but for the list of all groups, which has no resource type.
  // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
  FlowLog: [
    ...may("${FlowLog.Arn}", [
      "logs:CreateLogGroup",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "logs:DescribeLogStreams",
    ]),
    ...may("*", ["logs:DescribeLogGroups"]),
    ...writesEncryptedLog,
  ],
};
