// AWS's model of SageMaker refuses what SageMaker would: else the requests of the pipeline pass for nothing.
import { expect, test } from "vitest";
import { processingRequest, trainingRequest } from "../../runners/job-world.ts";
import { requestProblems } from "./service-model.ts";

const instance = { InstanceCount: 1, InstanceType: "ml.m5.xlarge", VolumeSizeInGB: 30 };
const good = trainingRequest("job-1", "train", {
  RoleArn: "arn:aws:iam::000000000000:role/train",
  ResourceConfig: instance,
});

test("requests of the right form have no problems", () => {
  expect(requestProblems("CreateTrainingJob", good)).toEqual([]);
  const processing = processingRequest("job-1", "embed", {
    ProcessingResources: { ClusterConfig: instance },
  });
  expect(requestProblems("CreateProcessingJob", processing)).toEqual([]);
});

test.each<[string, object, RegExp]>([
  ["a missing member", { RoleArn: undefined }, /lacks RoleArn/],
  ["an unknown member", { Spot: true }, /has no Spot/],
  ["a name that is none", { TrainingJobName: "-job" }, /TrainingJobName must match/],
  ["a name too long", { TrainingJobName: "j".repeat(64) }, /TrainingJobName .*63/],
  [
    "an instance type that does not exist",
    { ResourceConfig: { ...instance, InstanceType: "ml.x" } },
    /InstanceType is none/,
  ],
  ["a number as a hyperparameter", { HyperParameters: { epochs: 3 } }, /epochs must be a string/],
  ["no run time", { StoppingCondition: { MaxRuntimeInSeconds: 0 } }, /MaxRuntimeInSeconds .*from 1/],
  ["text for a switch", { EnableNetworkIsolation: "true" }, /EnableNetworkIsolation must be true or false/],
])("%s is a problem", (_, change, problem) => {
  expect(requestProblems("CreateTrainingJob", { ...good, ...change }).join("\n")).toMatch(problem);
});

test("a value of a package's metadata has neither comma nor parenthesis, as AWS's own pattern says it", () => {
  const update = (value: string) =>
    requestProblems("UpdateModelPackage", {
      ModelPackageArn: "arn:aws:sagemaker:us-east-1:000000000000:model-package/pbp-keyphrases/1",
      CustomerMetadataProperties: { verdict: value },
    });
  expect(update("promote")).toEqual([]);
  expect(update("better, by 0.01").join()).toMatch(/must match/);
  expect(update("x".repeat(257)).join()).toMatch(/256/);
});
