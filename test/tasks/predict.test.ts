// A file of notes answered in AWS: the function through the SDK, against the counterpart of SageMaker, which holds each
// request against AWS's model of the service. That the job answers as this machine does is test/cli/deployed/cloud.test.ts.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import targetSchema from "../../schemas/installation/prediction-target.schema.json" with { type: "json" };
import { jobsOf, notesKey } from "../../schemas/installation/predictions.ts";
import type { Policy } from "../../schemas/types.ts";
import type { PolicyState } from "../../tasks/models/policy.ts";
import { handler } from "../../tasks/operators/predict.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { readJson } from "../../tasks/store/store.ts";
import { type SageMaker, startSageMaker } from "../emulator/sagemaker/sagemaker.ts";
import { trained } from "../promote/execution.ts";
import { bucket, deploy, failure } from "./deployment.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
let sagemaker: SageMaker;
let version = "";
const source = "a".repeat(64);
const [target] = targetSchema.examples;
beforeEach(async () => {
  deployment = await deploy();
  const never = (_: unknown, { onSubmitted }: { onSubmitted(accepted: object): void }) => {
    onSubmitted({ ProcessingJobArn: "arn:aws:sagemaker:us-east-1:1:processing-job/x" });
    return Promise.resolve({});
  };
  sagemaker = await startSageMaker({ Training: never as never, Processing: never as never });
  vi.stubEnv("AWS_ENDPOINT_URL_SAGEMAKER", sagemaker.endpoint);
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, "x");
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("PREDICT", JSON.stringify(target));
  await promote(await trained(deployment.store, "first"), {
    ...{ store: deployment.store, modelsFolder: deployment.models, keep: 3 },
  });
  for await (const { key } of deployment.store.list("champions/")) version = key.split("/")[1]!;
});
afterEach(async () => {
  await sagemaker.close();
  await deployment.remove();
});

const noPolicy: PolicyState = { policy: null, problem: null, withoutRule: [] };
const asked = (attempt = 1) => ({
  ...{ model: "keyphrases", generation: 1, version, source, attempt },
  policy: noPolicy,
});
const prediction = { model: "keyphrases", generation: 1, source, policy: null };

// SageMaker AI API Reference, CreateProcessingJob: names of 1 to 63 characters; ProcessingS3Input.LocalPath "must be below
// /opt/ml/processing" and S3DataType, S3InputMode and S3DataDistributionType as below; ProcessingClusterConfig.VolumeKmsKeyId not of instances with
// local storage; AppSpecification.ContainerEntrypoint, up to 100 strings of at most 256 characters.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
test("one job for a file, a generation and an attempt, with nothing of the notes in it", async () => {
  await deployment.store.write(notesKey(source), '{"recordId":"r-1","text":"Canary"}\n{"end":true}\n');
  const first = await handler(asked());
  expect(first).toEqual({
    job: `${jobsOf("PredictiveBilling", prediction)}1`,
    answers: `predictions/${source}/keyphrases/1/answers.jsonl`,
  });
  // The same again, as after a reply that was lost, or asked for by two.
  expect(await handler(asked())).toEqual(first);
  const [only, ...others] = sagemaker.requests;
  const { body } = only!;
  expect(others).toEqual([]);
  const input = `s3://${bucket}/predictions/${source}/notes.jsonl`;
  expect(body).toMatchObject({
    RoleArn: target!.roleArn,
    AppSpecification: {
      ImageUri: target!.image,
      ContainerEntrypoint: ["python", "/opt/pbp/containers/serve/predict/job.py"],
    },
    Environment: { PBP_GENERATION: "1" },
    ProcessingInputs: [
      { InputName: "notes", S3Input: { S3Uri: input, LocalPath: "/opt/ml/processing/input/notes" } },
      { InputName: "model", S3Input: { S3Uri: `s3://${bucket}/champions/${version}/serving.tar.gz` } },
    ],
    ProcessingOutputConfig: {
      KmsKeyId: target!.keyArn,
      Outputs: [{ S3Output: { S3Uri: `s3://${bucket}/predictions/${source}/keyphrases/1/` } }],
    },
    ProcessingResources: { ClusterConfig: { InstanceCount: 1, VolumeKmsKeyId: target!.keyArn } },
    NetworkConfig: { EnableNetworkIsolation: true, VpcConfig: { Subnets: target!.subnetIds } },
  });
  expect(JSON.stringify(body)).not.toContain("Canary");
  // Made for the job, where Publish has made none.
  expect(await deployment.store.head(`champions/${version}/serving.tar.gz`)).not.toBeNull();
  expect((await handler(asked(2))).job).toBe(`${jobsOf("PredictiveBilling", prediction)}2`);
});

test("the policy by label goes with the notes, and its answers are others", async () => {
  await deployment.store.write(notesKey(source), '{"end":true}\n');
  const labels = { test: { action: "block", threshold: 0.2 }, problem: { action: "flag" } } as const;
  const policy: Policy = { schemaVersion: "1.0", labels, otherwise: "allow" };
  const under = (policy: Policy) => ({ ...asked(), policy: { ...noPolicy, policy } });
  const { job, answers } = await handler(under(policy));
  const [, , given] = sagemaker.requests[0]!.body.ProcessingInputs as { S3Input: { S3Uri: string } }[];
  expect(given).toMatchObject({
    InputName: "policy",
    S3Input: {
      S3Uri: expect.stringMatching(/^s3:.*\/policy\.json$/),
      LocalPath: "/opt/ml/processing/input/policy",
    },
  });
  const key = given!.S3Input.S3Uri.replace(`s3://${bucket}/`, "");
  expect(await readJson(deployment.store, key)).toEqual(policy);
  expect(job).not.toBe((await handler(asked())).job);
  expect(answers).not.toBe((await handler(asked())).answers);
  // Written in another order it says the same; with another rule it does not.
  const turned = Object.fromEntries(Object.entries(labels).reverse());
  expect(await handler(under({ otherwise: "allow", labels: turned, schemaVersion: "1.0" }))).toEqual({
    job,
    answers,
  });
  expect((await handler(under({ ...policy, otherwise: "flag" }))).job).not.toBe(job);
});

test.each<[string, RegExp, Partial<PolicyState>]>([
  [
    "a rule for a label that the generation does not have",
    /labels that the model in use does not have: of another model\..* pbp policy set/,
    {
      policy: {
        schemaVersion: "1.0",
        labels: { "of another model": { action: "block" } },
        otherwise: "allow",
      },
    },
  ],
  [
    "a policy that cannot be read",
    /^The policy is not JSON\. .*pbp policy set/,
    { problem: "The policy is not JSON." },
  ],
  ["what is no policy", /The policy: .*must have required property/, { policy: {} as Policy }],
])("pays for no job with %s", async (_, message, state) => {
  await deployment.store.write(notesKey(source), '{"end":true}\n');
  const policy = { ...noPolicy, ...state };
  expect(await failure(handler({ ...asked(), policy }))).toEqual({
    name: "InvalidInput",
    message: expect.stringMatching(message),
  });
  expect(sagemaker.requests).toEqual([]);
});

test("an instance with storage of its own takes no key for it", async () => {
  vi.stubEnv("PREDICT", JSON.stringify({ ...target, instanceType: "ml.g5.xlarge", encryptsVolume: false }));
  await deployment.store.write(notesKey(source), '{"end":true}\n');
  await handler(asked());
  const { ProcessingResources } = sagemaker.requests[0]!.body as {
    ProcessingResources: { ClusterConfig: object };
  };
  expect(ProcessingResources.ClusterConfig).not.toHaveProperty("VolumeKmsKeyId");
});

test("names hold within SageMaker's 63 characters, and tell model, file and generation apart", () => {
  const longest = { source, model: "m".repeat(40), generation: 999_999, policy: null };
  expect(`${jobsOf("A".repeat(20), longest)}99`.length).toBeLessThanOrEqual(63);
  const names = [
    longest,
    { ...longest, model: "n" },
    { ...longest, source: "b" },
    { ...longest, generation: 1 },
  ];
  expect(new Set(names.map((one) => jobsOf("Pbp", one))).size).toBe(4);
});

test.each<[string, string, RegExp, () => unknown]>([
  ["notes that are not there", "InvalidInput", /The notes are not there/, () => undefined],
  [
    "a deployment without such jobs",
    "InvalidInput",
    /predict\.instanceType/,
    () => vi.stubEnv("PREDICT", "none"),
  ],
  ["a target that is damaged", "TaskFailed", /PREDICT/, () => vi.stubEnv("PREDICT", '{"image":""}')],
  [
    "what SageMaker refuses, in its words",
    "PredictionFailed",
    /SageMaker says .*instanceType/i,
    async () => {
      await deployment.store.write(notesKey(source), '{"end":true}\n');
      vi.stubEnv("PREDICT", JSON.stringify({ ...target, instanceType: "ml.none.xlarge" }));
    },
  ],
])("refuses %s", async (_, name, message, prepare) => {
  await prepare();
  expect(await failure(handler(asked()))).toEqual({ name, message: expect.stringMatching(message) });
});

test.each([{ source: "../x" }, { attempt: 100 }, { model: "../other" }, { version: "x" }])(
  "an operator's slip is refused: %o",
  async (slip) => {
    expect((await failure(handler({ ...asked(), ...slip }))).name).toBe("InvalidInput");
  },
);
