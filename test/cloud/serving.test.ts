// What the stack has for the endpoints that Publish makes: a role, an image, alarms and a rule; and nothing of it without.
import { tmpdir } from "node:os";
import { App, Stack } from "aws-cdk-lib";
import { Vpc } from "aws-cdk-lib/aws-ec2";
import { Repository } from "aws-cdk-lib/aws-ecr";
import { Key } from "aws-cdk-lib/aws-kms";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { readConfiguration } from "../../pipeline/cloud/configuration.ts";
import { hosting } from "../../pipeline/cloud/serving/hosting.ts";
import targetSchema from "../../schemas/installation/serving-target.schema.json" with { type: "json" };
import type { ServingTarget } from "../../schemas/types.ts";
import { door } from "../../tasks/lambda/door.ts";
import { deployments, ofType, synthesize, type Template } from "./deployments.ts";
import { grantsIn, permissionsOf } from "./statements.ts";

const serverless = { mode: "serverless", memoryMegabytes: 3072, maxConcurrency: 8 };
let created: Template;
beforeAll(async () => {
  created = await synthesize(deployments.created);
});

const named = (template: Template, what: RegExp) =>
  Object.keys({ ...template.Resources, ...template.Outputs }).filter((id) => what.test(id));

test("without serving there is nothing of it, and nobody but alarms publishes", async () => {
  const none = await synthesize({});
  const isOfIt = /^(?:Serv|Endpoint(?!s)|Answer)/;
  expect(named(created, isOfIt).length).toBeGreaterThan(5);
  expect(named(none, isOfIt)).toEqual([]);
  expect(JSON.stringify(none)).not.toMatch(/serving\.tar\.gz|AWS\/SageMaker|sagemaker\/Endpoints/);
  const publishers = (template: Template) => {
    const [[, policy] = []] = ofType(template, "AWS::SNS::TopicPolicy");
    const statements = policy!.Properties.PolicyDocument.Statement as Parameters<typeof grantsIn>[0];
    return grantsIn(statements.filter(({ Effect }) => Effect === "Allow"));
  };
  const alarms =
    'cloudwatch.amazonaws.com sns:Publish if {"StringEquals":{"aws:SourceAccount":"${AWS::AccountId}"}}';
  expect(publishers(none)).toEqual([alarms]);
  // EventBridge User Guide, "Using resource-based policies", Amazon SNS permissions.
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
  expect(publishers(created)).toEqual([alarms, "events.amazonaws.com sns:Publish"]);
});

// SageMaker AI Developer Guide, "Amazon SageMaker AI metrics in Amazon CloudWatch", endpoint invocation metrics: namespace
// AWS/SageMaker, dimensions EndpointName and VariantName, by the minute; errors count 1 for each that failed and 0 for
// each other request, so that their average is a share; latency in microseconds.
// https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
// "Auto-Rollback Configuration and Monitoring", alarm examples: missing data is no error, since a fleet without traffic
// has none. https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
test("each model that the deployment names has alarms on errors and latency, which roll a canary back", async () => {
  const days = { expectedEveryDays: { keyphrases: 8, specialty: 95 } };
  const template = await synthesize({ ...deployments.created, ...days });
  const alarms = ofType(template, "AWS::CloudWatch::Alarm").filter(([id]) => /^Endpoint/.test(id));
  const all = {
    Namespace: "AWS/SageMaker",
    Statistic: "Average",
    Period: 60,
    EvaluationPeriods: 3,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "notBreaching",
    AlarmActions: [{ Ref: expect.stringMatching(/^Notices/) }],
  };
  expect(alarms.map(([, { Properties }]) => Properties)).toEqual(
    ["keyphrases", "specialty"].flatMap((model) =>
      [
        { AlarmName: "Errors", MetricName: "Invocation5XXErrors", Threshold: 0.05 },
        { AlarmName: "Latency", MetricName: "ModelLatency", Threshold: 5_000_000 },
      ].map((one) =>
        expect.objectContaining({
          ...all,
          ...one,
          AlarmName: `PredictiveBilling-Endpoint${one.AlarmName}-${model}`,
          Dimensions: [
            { Name: "EndpointName", Value: `predictivebilling-${model}` },
            { Name: "VariantName", Value: "AllTraffic" },
          ],
        }),
      ),
    ),
  );
});

// SageMaker AI Developer Guide, "Events that Amazon SageMaker AI sends to Amazon EventBridge", endpoint state change: the
// status is written IN_SERVICE, where DescribeEndpoint writes InService.
// https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
test("an endpoint that failed or rolled back is told to the topic, or waits in the queue", () => {
  const [[, rule] = []] = ofType(created, "AWS::Events::Rule").filter(([id]) => /^EndpointFailed/.test(id));
  expect(rule!.Properties.EventPattern).toEqual({
    source: ["aws.sagemaker"],
    "detail-type": ["SageMaker Endpoint State Change"],
    detail: {
      EndpointName: [{ prefix: "predictivebilling-" }],
      EndpointStatus: ["FAILED", "ROLLING_BACK", "UPDATE_ROLLBACK_FAILED"],
    },
  });
  const [target, ...more] = rule!.Properties.Targets;
  expect(more).toEqual([]);
  expect(target).toMatchObject({
    Arn: { Ref: expect.stringMatching(/^Notices/) },
    DeadLetterConfig: { Arn: { "Fn::GetAtt": [expect.stringMatching(/^Undelivered/), "Arn"] } },
    InputTransformer: {
      InputTemplate: expect.stringContaining("docs/runbook.md#an-endpoint-failed"),
      InputPathsMap: expect.objectContaining({ "detail-EndpointName": "$.detail.EndpointName" }),
    },
  });
});

// SageMaker AI Developer Guide, "Give SageMaker AI Hosted Endpoints Access to Resources in Your Amazon VPC": the model's
// archive through the S3 endpoint. https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html
test("nothing reaches the instances through the VPC, and they reach nothing but by TLS", () => {
  const [[, group] = []] = ofType(created, "AWS::EC2::SecurityGroup").filter(([id]) => /^Serving/.test(id));
  expect(group!.Properties.SecurityGroupIngress).toBeUndefined();
  expect(group!.Properties.SecurityGroupEgress).toEqual([
    expect.objectContaining({ IpProtocol: "tcp", FromPort: 443, ToPort: 443 }),
  ]);
  const groups = ofType(created, "AWS::EC2::SecurityGroupIngress");
  expect(JSON.stringify(groups)).not.toMatch(/"Serving/);
});

test("a serverless endpoint's role has nothing of a VPC, a volume or alarms", async () => {
  const template = await synthesize({ serving: serverless });
  const actions = permissionsOf(template, "ServeRole").map(({ action }) => action);
  expect(actions).toContain("s3:GetObject");
  expect(actions.filter((action) => /^ec2:|CreateGrant|DescribeAlarms/.test(action))).toEqual([]);
  expect(named(template, /^Serving/)).toEqual([]);
});

describe("Publish is told", () => {
  const check = door<ServingTarget>(targetSchema, { what: "SERVING", name: "TaskFailed" });
  /** As AWS fills it in, with an account's names in the places of references. */
  function told(written: object): ServingTarget {
    // Nothing is written: the app is not synthesised. Without an outdir it would make one, and leave it.
    const stack = new Stack(new App({ outdir: tmpdir() }), "PredictiveBilling");
    const vpc = Vpc.fromVpcAttributes(stack, "Vpc", {
      vpcId: "vpc-1",
      availabilityZones: ["a", "b"],
      privateSubnetIds: ["subnet-1a", "subnet-2b"],
    });
    const made = hosting(
      {
        stack,
        key: Key.fromKeyArn(stack, "Key", "arn:aws:kms:eu-west-1:123456789012:key/1"),
        bucket: Bucket.fromBucketName(stack, "Data", "data"),
        network: { vpc, subnets: [], jobSubnets: vpc.privateSubnets, securityGroup: undefined as never },
        imageTag: "abc",
        repository: new Repository(stack, "ServeImages"),
      },
      readConfiguration(written),
    );
    const [, parts] = stack.resolve(made!.target)["Fn::Join"] as [string, unknown[]];
    const inAccount: [RegExp, string][] = [
      [/"ServeRole/, "arn:aws:iam::123456789012:role/serve"],
      [/"Serving/, "sg-1a"],
    ];
    const filled = parts.map((part) =>
      typeof part === "string"
        ? part
        : (inAccount.find(([reference]) => reference.test(JSON.stringify(part)))?.[1] ?? "x"),
    );
    return check(JSON.parse(filled.join("")));
  }
  const stack = {
    image: expect.stringMatching(/:abc$/),
    roleArn: "arn:aws:iam::123456789012:role/serve",
    stackName: "PredictiveBilling",
    tags: { application: "predictive-billing-pipeline", stack: "PredictiveBilling" },
  };

  test("of a serverless endpoint its settings and no more", () => {
    expect(told({ serving: { ...serverless, callerRoleArn: "arn:aws:iam::123456789012:role/w" } })).toEqual({
      ...serverless,
      ...stack,
    });
  });

  test("of instances the network, the volume's key unless NVMe encrypts itself, and the alarms", () => {
    const instance = { mode: "instance", instanceType: "ml.m5.large", instanceCount: 2, canaryPercent: 50 };
    const inVpc = {
      subnetIds: ["subnet-1a", "subnet-2b"],
      securityGroupId: "sg-1a",
      watchedModels: ["keyphrases"],
    };
    const keyArn = "arn:aws:kms:eu-west-1:123456789012:key/1";
    expect(told({ serving: instance })).toEqual({ ...instance, ...stack, ...inVpc, keyArn });
    const nvme = { ...instance, instanceType: "ml.m5d.large" };
    expect(told({ serving: nvme })).toEqual({ ...nvme, ...stack, ...inVpc });
  });
});
