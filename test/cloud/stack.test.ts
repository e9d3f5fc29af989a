// What the packs have no rule for, and we promise all the same.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { functions } from "../../pipeline/functions.ts";
import { jobNames } from "../../schemas/execution/jobs.ts";
import type { MapState, ParallelState, State, StateMachine } from "../../states/asl.ts";
import { definition } from "../../states/definition.ts";
import { modelsDefinition } from "../../states/models.ts";
import { placeholdersOf } from "../../states/placeholders.ts";
import { deployments, ofType, synthesize, type Template } from "./deployments.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const templates = {} as Record<keyof typeof deployments, Template>;
beforeAll(async () => {
  templates.created = await synthesize(deployments.created);
  templates.existing = await synthesize(deployments.existing);
});
const both = Object.keys(deployments) as (keyof typeof deployments)[];

describe.each(both)("the stack with %s network and file system", (which) => {
  const all = (type: string) => ofType(templates[which], type);
  const only = (type: string, name: RegExp) => {
    const found = all(type).filter(([id]) => name.test(id));
    expect(found).toHaveLength(1);
    return found[0]![1].Properties;
  };

  test("the machines run the definitions that the local engine runs, each value of which is given", () => {
    const machine = only("AWS::StepFunctions::StateMachine", /^StateMachine/);
    expect(JSON.parse(machine.DefinitionString)).toEqual(inAws(definition));
    const given = Object.keys(machine.DefinitionSubstitutions);
    expect(given.sort()).toEqual(placeholdersOf(definition).filter((name) => name !== "Partition"));
    const operators = only("AWS::StepFunctions::StateMachine", /^ModelsMachine/);
    expect(JSON.parse(operators.DefinitionString)).toEqual(inAws(modelsDefinition));
  });

  test("executions are logged without their data, traced, and encrypted with our key", () => {
    for (const [, { Properties }] of all("AWS::StepFunctions::StateMachine")) {
      expect(Properties.StateMachineType).toBe("STANDARD");
      expect(Properties.LoggingConfiguration).toMatchObject({ Level: "ALL", IncludeExecutionData: false });
      expect(Properties.TracingConfiguration).toEqual({ Enabled: true });
      expect(Properties.EncryptionConfiguration.Type).toBe("CUSTOMER_MANAGED_KMS_KEY");
    }
    for (const [id, { Properties }] of all("AWS::Logs::LogGroup")) {
      expect([id, Properties.KmsKeyId]).toEqual([id, expect.anything()]);
      expect(Properties.RetentionInDays).toBe(365);
    }
  });

  // Amazon EC2 API Reference, IpRange and SecurityGroup: "Allowed characters are a-z, A-Z, 0-9, spaces, and
  // ._-:/()#,@[]+=&;{}!$*", of UserIdGroupPair all but &; up to 255. No tool without an account sees it.
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
  test("EC2 takes the description of every security group and of every rule of one", () => {
    const described = ["", "Ingress", "Egress"].flatMap((kind) => all(`AWS::EC2::SecurityGroup${kind}`));
    const texts = [...JSON.stringify(described).matchAll(/"(?:Group)?Description":("(?:[^"\\]|\\.)*")/g)];
    expect(texts.length).toBeGreaterThan(0);
    for (const [, text] of texts)
      expect(JSON.parse(text!)).toMatch(/^[a-zA-Z0-9 ._:/()#,@[\]+=;{}!$*-]{1,255}$/);
  });

  test("a new revision is a new version behind the live alias, and the old one stays for its executions", () => {
    const [[versionId, version] = []] = all("AWS::StepFunctions::StateMachineVersion");
    expect(version).toMatchObject({ UpdateReplacePolicy: "Retain" });
    expect(version!.Properties.StateMachineRevisionId["Fn::GetAtt"][1]).toBe("StateMachineRevisionId");
    expect(only("AWS::StepFunctions::StateMachineAlias", /./)).toMatchObject({
      Name: "live",
      DeploymentPreference: { Type: "ALL_AT_ONCE", StateMachineVersionArn: { Ref: versionId } },
    });
  });

  test("whatever an event calls has a dead-letter queue, for the delivery and for the call", () => {
    for (const [, { Properties }] of all("AWS::Events::Rule"))
      for (const target of Properties.Targets) {
        expect(target.DeadLetterConfig.Arn).toEqual(expect.anything());
        expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });
      }
    for (const name of ["StartExecution", "Notify", "CheckLastSuccess"])
      expect(only("AWS::Lambda::Function", new RegExp(`^${name}[0-9A-F]{8}$`)).DeadLetterConfig).toEqual(
        expect.anything(),
      );
    // A letter that waits is told: an alarm a queue.
    const waiting = all("AWS::CloudWatch::Alarm").filter(([id]) => id.includes("Waiting"));
    expect(waiting).toHaveLength(all("AWS::SQS::Queue").length);
    for (const [, { Properties }] of all("AWS::SQS::Queue"))
      expect(Properties).toMatchObject({
        KmsMasterKeyId: expect.anything(),
        MessageRetentionPeriod: 1_209_600,
      });
  });

  test("the functions are those of the local engine, alone where they must be, in the VPC only for EFS", () => {
    const made = all("AWS::Lambda::Function");
    // Nobody may call those behind a URL where the deployment names no role.
    const uncalled = which === "created" ? [] : ["receive-export", "answer"];
    expect(made).toHaveLength(Object.keys(functions).length - uncalled.length);
    for (const [, { Properties }] of made) {
      const name = Properties.FunctionName.replace("PredictiveBilling-", "");
      const settings = functions[name]!;
      expect(Properties).toMatchObject({
        Runtime: "nodejs24.x",
        Timeout: settings.timeoutSeconds,
        MemorySize: settings.memoryMegabytes,
        TracingConfig: { Mode: "Active" },
      });
      expect(Object.keys(Properties.Environment?.Variables ?? {}).sort()).toEqual(
        [...settings.variables].sort(),
      );
      const onEfs = settings.variables.includes("MODELS_DIR");
      expect([name, "VpcConfig" in Properties, "FileSystemConfigs" in Properties]).toEqual([
        name,
        onEfs,
        onEfs,
      ]);
      const reserved: Record<string, number> = { promote: 1, "receive-export": 5, answer: 20 };
      expect([name, Properties.ReservedConcurrentExecutions]).toEqual([name, reserved[name]]);
    }
  });

  test("the bucket tells EventBridge, encrypts, keeps versions, and expires patients' data but no model", () => {
    const bucket = only("AWS::S3::Bucket", /^Data/);
    expect(bucket.NotificationConfiguration).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    });
    expect(bucket.VersioningConfiguration).toEqual({ Status: "Enabled" });
    const rules: { Prefix?: string; ExpirationInDays?: number }[] = bucket.LifecycleConfiguration.Rules;
    const expired = rules.filter((rule) => rule.ExpirationInDays).map(({ Prefix }) => Prefix);
    expect(expired).toEqual([
      "incoming/",
      "exports/",
      "runs/",
      "uploads/selections/",
      "uploads/parts/",
      "predictions/",
      "checkpoints/",
    ]);
    const parts = rules.find(({ Prefix }) => Prefix === "uploads/parts/");
    expect(parts).toMatchObject({ ExpirationInDays: 1, NoncurrentVersionExpiration: { NoncurrentDays: 1 } });
    // As a redrive may want them, and no old version of them: S3 takes the shorter of two rules' times (S3 User Guide,
    // "Resolving conflicts in lifecycle rules",
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html).
    expect(rules.find(({ Prefix }) => Prefix === "checkpoints/")).toMatchObject({
      ExpirationInDays: 15,
      NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    });
  });

  test("every alarm tells the topic, and leads to a heading of the runbook", () => {
    const runbook = readFileSync(join(root, "docs/runbook.md"), "utf8");
    const anchors = [...runbook.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, "")
        .replaceAll(" ", "-"),
    );
    const alarms = all("AWS::CloudWatch::Alarm");
    expect(alarms.map(([id]) => id.replace(/[0-9A-F]{8}$/, ""))).toEqual(
      expect.arrayContaining(["NoSuccess", "FileSystemBusy"]),
    );
    for (const [, { Properties }] of alarms) {
      expect(Properties.AlarmActions).toHaveLength(1);
      const [, anchor] = /docs\/runbook\.md#([\w-]+)$/.exec(Properties.AlarmDescription) ?? [];
      expect(anchors).toContain(anchor);
    }
  });

  // CloudWatch API Reference, PutMetricAlarm, Period: seven days at most, and a day for periods below an hour.
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  test("no alarm looks back further than CloudWatch does", () => {
    for (const [id, { Properties }] of all("AWS::CloudWatch::Alarm")) {
      const metrics: { MetricStat?: { Period: number } }[] = Properties.Metrics ?? [];
      const periods = [Properties.Period, ...metrics.map(({ MetricStat }) => MetricStat?.Period)].filter(
        (period) => period !== undefined,
      );
      for (const period of periods)
        expect(period * Properties.EvaluationPeriods, id).toBeLessThanOrEqual(
          period < 3600 ? 86_400 : 604_800,
        );
      expect(periods, id).not.toEqual([]);
    }
  });

  // CloudFormation Template Reference, DeletionPolicy attribute: RetainExceptOnCreate keeps what Retain keeps, but for
  // what the failed creation of the stack itself had made, which would hold its fixed name against the next attempt.
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
  test("data outlives the stack unless a trial says otherwise, and a first deployment that failed leaves nothing", () => {
    const kept = [
      "AWS::S3::Bucket",
      "AWS::KMS::Key",
      "AWS::EFS::FileSystem",
      "AWS::ECR::Repository",
      "AWS::Logs::LogGroup",
    ];
    for (const type of kept)
      for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of all(type))
        expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, "RetainExceptOnCreate", "Retain"]);
    const others = Object.entries(templates[which].Resources).filter(([, { Type }]) => !kept.includes(Type));
    for (const [id, { DeletionPolicy = "Delete" }] of others)
      expect([id, DeletionPolicy]).toEqual([id, "Delete"]);
  });

  // Billing User Guide, "Organizing and tracking costs using AWS cost allocation tags".
  // https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html
  test("what costs money says by a tag which stack it is of; so do the jobs", () => {
    const tags = [
      { Key: "application", Value: "predictive-billing-pipeline" },
      { Key: "stack", Value: "PredictiveBilling" },
    ];
    const paid = [
      "S3::Bucket",
      "KMS::Key",
      "ECR::Repository",
      "Lambda::Function",
      "Logs::LogGroup",
      "SQS::Queue",
    ];
    for (const type of [...paid, "StepFunctions::StateMachine", "SNS::Topic", "CloudWatch::Alarm"])
      for (const [id, { Properties }] of all(`AWS::${type}`))
        expect([id, Properties.Tags]).toEqual([id, expect.arrayContaining(tags)]);
    for (const [id, { Properties }] of all("AWS::EFS::FileSystem"))
      expect([id, Properties.FileSystemTags]).toEqual([id, expect.arrayContaining(tags)]);
  });

  test("the images' tag is CloudFormation's to keep: a deployment that names none changes none", () => {
    const { Parameters, Outputs } = templates[which];
    expect(Parameters.ImageTag).toMatchObject({ Type: "String", Default: "initial" });
    expect(Outputs.ImageTagInUse).toEqual({ Value: { Ref: "ImageTag" } });
    const { DefinitionSubstitutions } = only("AWS::StepFunctions::StateMachine", /^StateMachine/);
    for (const job of jobNames)
      expect(JSON.stringify(DefinitionSubstitutions[`${job}ImageUri`])).toMatch(/":",\{"Ref":"ImageTag"\}\]/);
  });

  test("alarms and rules may publish to the topic: a policy of its own leaves no default", () => {
    const [, policy] = all("AWS::SNS::TopicPolicy")[0]!;
    const statements: { Effect: string; Principal: { Service?: string } }[] =
      policy.Properties.PolicyDocument.Statement;
    const allowed = statements
      .filter(({ Effect }) => Effect === "Allow")
      .map(({ Principal }) => Principal.Service);
    expect(allowed.sort()).toEqual(["cloudwatch.amazonaws.com", "events.amazonaws.com"]);
  });

  test("pbp finds the stack by its outputs", () => {
    for (const name of [
      "DataBucketName",
      "StateMachineArn",
      "LiveAliasArn",
      "ModelsStateMachineArn",
      "TopicArn",
      "FileSystemId",
    ])
      expect(Object.keys(templates[which].Outputs)).toContain(name);
  });
});

test("a stack for trials leaves nothing behind", async () => {
  const trial = await synthesize({ keepData: false });
  for (const [id, { DeletionPolicy }] of Object.entries(trial.Resources))
    expect([id, DeletionPolicy ?? "Delete"]).toEqual([id, "Delete"]);
});

test("a file system of ours is encrypted, backed up, fast at any size, and reached through a folder of it", () => {
  const [[, fileSystem] = []] = ofType(templates.created, "AWS::EFS::FileSystem");
  expect(fileSystem!.Properties).toMatchObject({
    Encrypted: true,
    ThroughputMode: "elastic",
    BackupPolicy: { Status: "ENABLED" },
  });
  for (const which of both) {
    const [[, accessPoint] = []] = ofType(templates[which], "AWS::EFS::AccessPoint");
    expect(accessPoint!.Properties).toMatchObject({
      PosixUser: { Uid: "1000" },
      RootDirectory: { Path: "/predictive-billing" },
    });
  }
});

test("an alarm when none has succeeded for more days than the deployment allows, however many; null: none", async () => {
  const alarmsOf = (template: Template) =>
    ofType(template, "AWS::CloudWatch::Alarm")
      .filter(([id]) => id.startsWith("NoSuccess"))
      .map(([, { Properties }]) => Properties);
  // The function writes a metric for each of them, also before the first success.
  const expectedModelsIn = (template: Template) =>
    ofType(template, "AWS::Lambda::Function").flatMap(
      ([, { Properties }]) => Properties.Environment?.Variables?.EXPECTED_MODELS ?? [],
    );
  const machine = ofType(templates.created, "AWS::StepFunctions::StateMachine").find(([id]) =>
    /^StateM/.test(id),
  );
  // The metric that tasks/check-last-success.ts writes.
  expect(alarmsOf(templates.created)).toMatchObject([
    {
      Namespace: "PredictiveBilling",
      MetricName: "DaysSinceSuccess",
      Dimensions: [
        { Name: "Model", Value: "keyphrases" },
        { Name: "StateMachineArn", Value: { Ref: machine![0] } },
      ],
      Statistic: "Maximum",
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 8,
      TreatMissingData: "ignore",
    },
  ]);
  expect(alarmsOf(templates.existing)).toMatchObject([{ Threshold: 95 }]);
  const two = await synthesize({ expectedEveryDays: { keyphrases: 8, "e-mail": 2 } });
  expect(expectedModelsIn(two)).toEqual(["keyphrases,e-mail"]);
  expect(alarmsOf(two)).toMatchObject([
    { AlarmName: "PredictiveBilling-NoSuccess", Threshold: 8 },
    { AlarmName: "PredictiveBilling-NoSuccess-e-mail", Threshold: 2, Dimensions: [{ Value: "e-mail" }, {}] },
  ]);
  const none = await synthesize({ expectedEveryDays: null });
  expect(alarmsOf(none)).toEqual([]);
  expect(expectedModelsIn(none)).toEqual(["none"]);
  const looks = ofType(none, "AWS::Events::Rule").filter(([, one]) => one.Properties.ScheduleExpression);
  expect(looks.map(([, one]) => one.Properties)).toMatchObject([
    { ScheduleExpression: "rate(1 hour)", State: "ENABLED" },
  ]);
});

test("two stacks in one account have no name in common", async () => {
  const namesOf = ({ Resources }: Template) =>
    Object.values(Resources).flatMap(({ Properties = {} }) =>
      Object.entries(Properties).flatMap(([field, value]) =>
        /Name$/.test(field) && typeof value === "string" ? [value.toLowerCase()] : [],
      ),
    );
  // Names that are not the stack's to choose: of metrics, of a property of AWS's.
  const amazons = new Set(
    ofType(templates.created, "AWS::CloudWatch::Alarm").map(([, { Properties }]) =>
      String(Properties.MetricName).toLowerCase(),
    ),
  );
  const names = new Set(namesOf(templates.created).filter((name) => !amazons.has(name)));
  expect(names.size).toBeGreaterThan(40);
  const others = namesOf(await synthesize({ stackName: "Another" }));
  expect(others.filter((name) => names.has(name) && name !== "live")).toEqual([]);
});

// CloudFormation Template Reference, AWS::IAM::ManagedPolicy, ManagedPolicyName: a name of one's own fails in the second
// region, unless the region is part of it. AWS::CloudWatch::Dashboard: an account's dashboards are of no region.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html
test("the same stack can stand in two regions: a name that an account has once says which", () => {
  const ofNoRegion =
    /^(?:(?:ManagedPolicy|Policy|Role|User|Group|InstanceProfile|Dashboard|Bucket)Name) AWS::(?:IAM|CloudWatch|S3)::/;
  const names = Object.values(templates.created.Resources).flatMap(({ Type, Properties = {} }) =>
    Object.entries(Properties).flatMap(([field, value]) =>
      ofNoRegion.test(`${field} ${Type}`) ? [[field, JSON.stringify(value)] as const] : [],
    ),
  );
  expect(names.map(([field]) => field).sort()).toEqual([
    "DashboardName",
    "ManagedPolicyName",
    "ManagedPolicyName",
  ]);
  for (const [, name] of names) expect(name).toMatch(/"PredictiveBilling-.*"Ref":"AWS::Region"/);
});

test("what exists already is not made", () => {
  for (const type of ["AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EFS::FileSystem", "AWS::EFS::MountTarget"]) {
    expect(ofType(templates.created, type)).not.toEqual([]);
    expect(ofType(templates.existing, type)).toEqual([]);
  }
});

const paidEndpoints = (template: Template) =>
  ofType(template, "AWS::EC2::VPCEndpoint").filter(
    ([, one]) => one.Properties.VpcEndpointType === "Interface",
  );

test("jobs may run in every zone of the VPC; functions, mount targets and the paid endpoints are in two", async () => {
  const { created } = templates;
  const subnets = (count: number) =>
    ofType(created, "AWS::EC2::Subnet")
      .slice(0, count)
      .map(([id]) => ({ Ref: id }));
  expect(ofType(created, "AWS::EC2::Subnet")).toHaveLength(3);
  const zones = ofType(created, "AWS::EC2::Subnet").map(([, { Properties }]) => Properties.AvailabilityZone);
  expect(zones).toEqual([0, 1, 2].map((zone) => ({ "Fn::Select": [zone, { "Fn::GetAZs": "" }] })));
  const [[, machine] = []] = ofType(created, "AWS::StepFunctions::StateMachine").filter(([id]) =>
    /^State/.test(id),
  );
  expect(machine!.Properties.DefinitionSubstitutions.JobSubnetIds["Fn::Join"]).toEqual([
    "",
    subnets(3).flatMap((subnet, index) => (index === 0 ? [subnet] : [",", subnet])),
  ]);
  for (const [, { Properties }] of ofType(created, "AWS::Lambda::Function").filter(
    ([, one]) => one.Properties.VpcConfig,
  ))
    expect(Properties.VpcConfig.SubnetIds).toEqual(subnets(2));
  expect(ofType(created, "AWS::EFS::MountTarget").map(([, { Properties }]) => Properties.SubnetId)).toEqual(
    subnets(2),
  );
  // The API of EFS, and of PromoteTask ECR twice and its log.
  expect(paidEndpoints(created).map(([, { Properties }]) => Properties.SubnetIds)).toEqual(
    Array(4).fill(subnets(2)),
  );
  const six = await synthesize({ zones: 6 });
  expect(ofType(six, "AWS::EC2::Subnet")).toHaveLength(6);
  expect(paidEndpoints(six)).toHaveLength(1);
});

// ECS API Reference, TaskDefinition: Fargate's pairs of cpu and memory, awsvpc, stopTimeout of at most 120 s; an access point
// takes transitEncryption, and its mount by the task role IAM.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSAuthorizationConfig.html
test("a task that promotes is locked up: no root, no capability, no place to write but the models, through their door", () => {
  const [[, task] = []] = ofType(templates.created, "AWS::ECS::TaskDefinition");
  const { Properties } = task!;
  expect(Properties).toMatchObject({
    ...{ RequiresCompatibilities: ["FARGATE"], NetworkMode: "awsvpc", Cpu: "2048", Memory: "4096" },
    Volumes: [
      {
        EFSVolumeConfiguration: {
          TransitEncryption: "ENABLED",
          AuthorizationConfig: { AccessPointId: expect.anything(), IAM: "ENABLED" },
        },
      },
    ],
  });
  expect(Properties.EphemeralStorage).toBeUndefined();
  const [container, ...more] = Properties.ContainerDefinitions;
  expect(more).toEqual([]);
  expect(container).toMatchObject({
    User: "node",
    ReadonlyRootFilesystem: true,
    LinuxParameters: { Capabilities: { Drop: ["ALL"] } },
    MountPoints: [{ ContainerPath: "/mnt/efs" }],
  });
  expect(container.StopTimeout).toBeLessThanOrEqual(120);
  // What it is told stands in the definition, where it is seen.
  expect(container).not.toHaveProperty("Environment");
  // An execution of the version before goes on with the revision before.
  expect(task!.UpdateReplacePolicy).toBe("Retain");
});

test("who does not ask for it has nothing of it, and the machine is told so", () => {
  const { existing } = templates;
  for (const type of ["AWS::ECS::Cluster", "AWS::ECS::TaskDefinition"])
    expect([ofType(templates.created, type).length, ofType(existing, type).length]).toEqual([1, 0]);
  expect(JSON.stringify(ofType(existing, "AWS::IAM::ManagedPolicy"))).not.toContain("ecs:");
  const [[, machine] = []] = ofType(existing, "AWS::StepFunctions::StateMachine").filter(([id]) =>
    /^State/.test(id),
  );
  expect(machine!.Properties.DefinitionSubstitutions).toMatchObject({
    PromoteTaskAboveMegabytes: "none",
    PromoteTaskCluster: "none",
    PromoteTaskDefinition: "none",
  });
});

test("in the government's partition every ARN and link is of that partition", async () => {
  const text = JSON.stringify(await synthesize({ partition: "aws-us-gov" }));
  expect(text).toContain("arn:aws-us-gov:states:::sagemaker:createTrainingJob.sync");
  expect(text).not.toMatch(/arn:aws:|console\.aws\.amazon\.com/);
});

// biome-ignore lint/suspicious/noExplicitAny: the request of a job.
type Request = Record<string, any>;

describe("jobs", () => {
  const [embedding, trials] = (definition.States.Jobs as ParallelState).Branches;
  const training = (trials!.States.Trials as MapState).ItemProcessor;
  const requestOf = (state: State) => (state as { Arguments: Request }).Arguments;
  const embed = requestOf(embedding!.States.Embed!);
  const train = requestOf(training.States.Train!);
  const evaluate = requestOf(definition.States.Evaluate!);

  test("are isolated from the network, inside the VPC, and encrypt what passes between instances", () => {
    for (const { NetworkConfig } of [embed, evaluate])
      expect(NetworkConfig).toMatchObject({
        EnableNetworkIsolation: true,
        EnableInterContainerTrafficEncryption: true,
        VpcConfig: { SecurityGroupIds: ["${JobSecurityGroupId}"] },
      });
    expect(train).toMatchObject({
      EnableNetworkIsolation: true,
      EnableInterContainerTrafficEncryption: true,
      VpcConfig: { SecurityGroupIds: ["${JobSecurityGroupId}"] },
    });
  });

  test("encrypt what they write, and their volumes where SageMaker takes a key", () => {
    expect(embed.ProcessingOutputConfig.KmsKeyId).toBe("${DataKeyArn}");
    expect(evaluate.ProcessingOutputConfig.KmsKeyId).toBe("${DataKeyArn}");
    expect(train.OutputDataConfig.KmsKeyId).toBe("${DataKeyArn}");
    for (const resources of [
      embed.ProcessingResources.ClusterConfig,
      evaluate.ProcessingResources.ClusterConfig,
      train.ResourceConfig,
    ])
      expect(resources).toMatch(
        /' volume-key'\) \? \{ "VolumeSizeInGB": \d+, "VolumeKmsKeyId": "\$\{DataKeyArn\}" \} : \{\}/,
      );
  });

  test("are told apart from those of another stack by name, by tag and by what the state machine may touch", async () => {
    const other = await synthesize({ stackName: "PredictiveBilling2" });
    const jobArns = (template: Template) =>
      JSON.stringify(template.Resources).match(/(?:training|processing)-job\/[^"]+/g)!;
    const [ours, theirs] = [new Set(jobArns(templates.created)), jobArns(other)];
    expect(ours.size).toBe(5);
    for (const one of ours) {
      const beginning = one.slice(0, -1);
      for (const another of theirs) expect(another.startsWith(beginning)).toBe(false);
    }
    for (const request of [embed, train, evaluate]) {
      const name: string = request.TrainingJobName ?? request.ProcessingJobName;
      expect(name).toMatch(/^\{% \$lowercase\('\$\{StackName\}'\) & '-(?:embed|train|evaluate)-'/);
      expect(request.Tags).toEqual([
        { Key: "application", Value: "predictive-billing-pipeline" },
        { Key: "stack", Value: "${StackName}" },
      ]);
    }
  });

  test("take spot only with checkpoints, and wait for it no longer than their state", () => {
    expect(train.EnableManagedSpotTraining).toContain("' spot'");
    expect(train.CheckpointConfig.LocalPath).toBe("/opt/ml/checkpoints");
    const [, runs, waits] = /MaxRuntimeInSeconds": (\d+), "MaxWaitTimeInSeconds": (\d+)/.exec(
      train.StoppingCondition,
    )!;
    const state = training!.States.Train as { TimeoutSeconds: number };
    expect(Number(runs)).toBeLessThan(Number(waits));
    expect(Number(waits)).toBeLessThan(state.TimeoutSeconds);
    expect(state.TimeoutSeconds).toBeLessThan(definition.TimeoutSeconds!);
  });

  test("get their instances in the order of the deployment, with the marks that the definition reads", () => {
    const [[, machine] = []] = ofType(templates.created, "AWS::StepFunctions::StateMachine").filter(([id]) =>
      id.startsWith("StateMachine"),
    );
    expect(machine!.Properties.DefinitionSubstitutions).toMatchObject({
      TrainInstances: "ml.g6.xlarge spot,ml.g6.xlarge,ml.g5.xlarge,ml.g4dn.xlarge",
      EmbedInstances: "ml.g6.xlarge,ml.g5.xlarge,ml.g4dn.xlarge,ml.c7i.2xlarge volume-key",
      EmbedIdleInstances: "ml.m5.xlarge volume-key,ml.m5.2xlarge volume-key",
      EvaluateInstances: "ml.c7i.2xlarge volume-key,ml.c7i.4xlarge volume-key,ml.c5.9xlarge volume-key",
    });
  });
});

/** As the stack writes it: the partition of AWS's commercial regions in place. */
const inAws = (machine: StateMachine): unknown =>
  JSON.parse(JSON.stringify(machine).replaceAll("${Partition}", "aws"));

// Lambda Developer Guide, "Control access to Lambda function URLs": since October 2025 lambda:InvokeFunctionUrl and
// lambda:InvokeFunction, the second with lambda:InvokedViaFunctionUrl; AWS_IAM for authenticated principals alone.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
test.each([
  ["receive-export", "ReceiveExport", deployments.created.dashboardRoleArn],
  ["answer", "Answer", deployments.created.serving.callerRoleArn],
])("its caller's role, and no one else, may reach %s, by its address alone and signed", (_, id, role) => {
  const doors = ({ Resources }: Template) =>
    Object.values(Resources).filter(
      ({ Type, Properties }) =>
        ["AWS::Lambda::Permission", "AWS::Lambda::Url"].includes(Type) &&
        JSON.stringify(Properties.FunctionName ?? Properties.TargetFunctionArn).includes(`"${id}`),
    );
  const TargetFunctionArn = { "Fn::GetAtt": [expect.stringMatching(new RegExp(`^${id}`)), "Arn"] };
  const grant = { FunctionName: TargetFunctionArn, Principal: role };
  expect(doors(templates.created).map(({ Properties }) => Properties)).toEqual([
    { AuthType: "AWS_IAM", TargetFunctionArn },
    { ...grant, Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "AWS_IAM" },
    { ...grant, Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true },
  ]);
  expect(templates.created.Outputs).toHaveProperty(`${id}Url`);
  expect(doors(templates.existing)).toEqual([]);
});
