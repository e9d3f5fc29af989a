import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FileStore, openFileStore } from "../../tasks/store/fs.ts";
import { contextOf } from "./helpers.ts";
import { jobWorld, processingRequest, trainingRequest } from "./job-world.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-requests-"));
const world = jobWorld(folder);
let store: FileStore;

beforeAll(async () => {
  store = await openFileStore(world.home.store, "pbp-local");
  await store.write("data/train.jsonl", "row\n");
  await store.write("data/model/config.json", "{}");
  world.container("trainer", "");
});
afterAll(() => rmSync(folder, { recursive: true }));

test("an empty prefix and a bucket that is not there are refused before anything starts", async () => {
  world.container("never", "");
  const { processing } = world.runners(store);
  const request = (uri: string) =>
    processingRequest("never", "never", {
      ProcessingInputs: [
        {
          InputName: "x",
          S3Input: { S3Uri: uri, LocalPath: "/opt/ml/processing/input/x", S3DataType: "S3Prefix" },
        },
      ],
    });
  for (const uri of ["s3://pbp-local/nothing/", "s3://pbp-local/data/tra", "s3://elsewhere/data/"])
    await expect(processing(request(uri), contextOf())).rejects.toMatchObject({
      error: "SageMaker.AmazonSageMakerException",
    });
  expect(existsSync(join(world.home.jobs, "never"))).toBe(false);
});

test("a key that would climb out of its channel is refused", async () => {
  world.container("climber", "");
  await store.write("evil/../../escaped", "x");
  const request = processingRequest("climber", "climber", {
    ProcessingInputs: [
      {
        InputName: "x",
        S3Input: {
          S3Uri: "s3://pbp-local/evil/",
          LocalPath: "/opt/ml/processing/input/x",
          S3DataType: "S3Prefix",
        },
      },
    ],
  });
  await expect(world.runners(store).processing(request, contextOf())).rejects.toMatchObject({
    error: "SageMaker.AmazonSageMakerException",
  });
});

test.each([
  ["a name with an underscore", { TrainingJobName: "a_b" }],
  ["a name of 64 characters", { TrainingJobName: "a".repeat(64) }],
  ["a hyperparameter that is no string", { HyperParameters: { epochs: 3 } }],
  ["a misspelt parameter", { StopingCondition: {} }],
  ["no role", { RoleArn: undefined }],
  ["no run time", { StoppingCondition: { MaxRuntimeInSeconds: 0 } }],
  ["an image that is not ours", { AlgorithmSpecification: image("pbp-local/absent") }],
  ["an image that climbs", { AlgorithmSpecification: image("pbp-local/..") }],
  ["checkpoints outside /opt/ml", { CheckpointConfig: { S3Uri: "s3://pbp-local/c", LocalPath: "/etc" } }],
])("a training request with %s is refused", async (_, change) => {
  const request = { ...trainingRequest("refused", "trainer"), ...change };
  await expect(world.runners(store).training(request, contextOf())).rejects.toMatchObject({
    error: "SageMaker.AmazonSageMakerException",
  });
});

function image(uri: string) {
  return { TrainingImage: uri, TrainingInputMode: "File" };
}
