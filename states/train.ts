import type { TaskState, Value } from "./asl.ts";
import { limit } from "./limits.ts";
import { explainJobFailure, jobCatchers, jobName, jobRetriers } from "./tasks.ts";

function channel(name: string, uri: string): Value {
  return {
    ChannelName: name,
    InputMode: "File",
    DataSource: {
      S3DataSource: { S3Uri: uri, S3DataType: "S3Prefix", S3DataDistributionType: "FullyReplicated" },
    },
  };
}

export const train: TaskState = {
  Comment: "Fine-tunes the base model on the training rows.",
  Type: "Task",
  Resource: "arn:${Partition}:states:::sagemaker:createTrainingJob.sync",
  Arguments: {
    TrainingJobName: jobName("train"),
    RoleArn: "${TrainRoleArn}",
    AlgorithmSpecification: { TrainingImage: "${TrainImageUri}", TrainingInputMode: "File" },
    // SageMaker takes hyperparameters as strings.
    HyperParameters: {
      epochs: "{% $string($run.epochs) %}",
      batchSize: "{% $string($run.hyperparameters.batchSize) %}",
      learningRate: "{% $string($run.hyperparameters.learningRate) %}",
      maxSequenceLength: "{% $string($run.hyperparameters.maxSequenceLength) %}",
      seed: "{% $string($run.hyperparameters.seed) %}",
    },
    InputDataConfig: [
      channel("train", "{% 's3://${DataBucket}/' & $dataset.prefix & 'train.jsonl' %}"),
      channel("labels", "{% 's3://${DataBucket}/' & $dataset.prefix & 'labels.json' %}"),
      channel("model", "{% 's3://${DataBucket}/' & $run.baseModel.prefix %}"),
    ],
    OutputDataConfig: { S3OutputPath: "{% 's3://${DataBucket}/' & $run.prefix & 'model/' %}" },
    // One place for all attempts of an execution, so that a retry or redrive goes on where the last one stopped.
    CheckpointConfig: {
      S3Uri: "{% 's3://${DataBucket}/' & $run.prefix & 'checkpoints/' %}",
      LocalPath: "/opt/ml/checkpoints",
    },
    ResourceConfig: {
      InstanceCount: limit("oneInstance"),
      InstanceType: "${TrainInstanceType}",
      VolumeSizeInGB: limit("trainVolume"),
    },
    EnableNetworkIsolation: true,
    StoppingCondition: { MaxRuntimeInSeconds: limit("jobRuntime") },
  },
  TimeoutSeconds: limit("jobTimeout"),
  Retry: jobRetriers,
  Catch: jobCatchers("TrainFailed"),
  Output:
    "{% { 'job': $states.result.TrainingJobName, 'modelKey': $substringAfter($states.result.ModelArtifacts.S3ModelArtifacts, 's3://${DataBucket}/') } %}",
  End: true,
};

export const trainFailed: TaskState = explainJobFailure("TrainingFailed", "Train");
