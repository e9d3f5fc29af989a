import { below } from "../../schemas/bucket.ts";
import type { TaskState, Value } from "../asl.ts";
import { type InputOf, jobTable } from "../job-table.ts";
import { limit } from "../limits.ts";
import { expression } from "../tasks.ts";
import { instancesOf, jobNetwork } from "./instances.ts";
import {
  explainJobFailure,
  jobCatchers,
  jobEnd,
  jobName,
  jobRetriers,
  jobTags,
  jobUsage,
} from "./sagemaker.ts";

const instances = instancesOf("Train");
const onDemand = { MaxRuntimeInSeconds: limit("jobRuntime") };
const onSpot = { MaxRuntimeInSeconds: limit("spotRuntime"), MaxWaitTimeInSeconds: limit("spotWait") };

function channel(name: InputOf<"Train">, uri: string): Value {
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
    TrainingJobName: jobName("Train"),
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
    OutputDataConfig: {
      S3OutputPath: "{% 's3://${DataBucket}/' & $run.prefix & 'model/' %}",
      KmsKeyId: "${DataKeyArn}",
    },
    // One place for all attempts of an execution, so that a retry or redrive continues where the last one stopped. Not
    // below the run's own prefix: gigabytes of them, which the bucket drops after days and not after a year.
    CheckpointConfig: {
      S3Uri: `{% 's3://\${DataBucket}/${below(jobTable.Train.checkpoints)}' & $run.execution & '/' %}`,
      LocalPath: "/opt/ml/checkpoints",
    },
    ResourceConfig: instances.resources("{% $number('${TrainInstanceCount}') %}"),
    VpcConfig: jobNetwork,
    EnableNetworkIsolation: true,
    EnableInterContainerTrafficEncryption: true,
    // Spot is safe here because the job keeps checkpoints.
    EnableManagedSpotTraining: `{% ${instances.isSpot} %}`,
    StoppingCondition: `{% ${instances.isSpot} ? ${expression(onSpot)} : ${expression(onDemand)} %}`,
    Tags: jobTags,
  },
  TimeoutSeconds: limit("jobTimeout"),
  Retry: jobRetriers,
  Catch: jobCatchers("Train"),
  Assign: jobEnd("Train"),
  Output: `{% ${expression({
    modelKey: "{% $substringAfter($states.result.ModelArtifacts.S3ModelArtifacts, 's3://${DataBucket}/') %}",
    usage: jobUsage("Train"),
  })} %}`,
  Next: "TrainEnded",
};

export const trainFailed: TaskState = explainJobFailure("Train");
