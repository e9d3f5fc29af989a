// A file of notes answered in AWS: the function through the SDK, against the counterpart of SageMaker, which holds each
// request against AWS's model of the service. That the job answers as this machine does is test/cli/cloud.test.ts.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import targetSchema from "../../schemas/prediction-target.schema.json" with { type: "json" };
import { jobsOf, notesKey } from "../../schemas/predictions.ts";
import { handler } from "../../tasks/operators/predict.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { type SageMaker, startSageMaker } from "../emulator/sagemaker.ts";
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

const asked = (attempt = 1) => ({ model: "keyphrases", generation: 1, version, source, attempt });

// SageMaker AI API Reference, CreateProcessingJob: names of 1 to 63 characters; ProcessingS3Input.LocalPath "must be below
// /opt/ml/processing" and S3DataType, S3InputMode and S3DataDistributionType as below; ProcessingClusterConfig.VolumeKmsKeyId not of instances with
// local storage; AppSpecification.ContainerEntrypoint, up to 100 strings of at most 256 characters.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
test("one job for a file, a generation and an attempt, with nothing of the notes in it", async () => {
  await deployment.store.write(notesKey(source), '{"recordId":"r-1","text":"Canary"}\n{"end":true}\n');
  const first = await handler(asked());
  expect(first).toEqual({ job: `${jobsOf("PredictiveBilling", asked())}1` });
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
  expect((await handler(asked(2))).job).toBe(`${jobsOf("PredictiveBilling", asked())}2`);
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
  const longest = { source, model: "m".repeat(40), generation: 999_999 };
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
