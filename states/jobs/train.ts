import { below } from "../../schemas/bucket.ts";
import type { TaskState, Value } from "../asl.ts";
import { type InputOf, jobTable } from "../job-table.ts";
import { limit } from "../limits.ts";
import { expression } from "../tasks.ts";
import { instancesOf, jobNetwork, trialIs } from "./instances.ts";
import { jobCatchers, jobEnd, jobName, jobRetriers, jobTags, jobUsage } from "./sagemaker.ts";

const instances = instancesOf("Train");
const onDemand = { MaxRuntimeInSeconds: limit("jobRuntime") };
const onSpot = { MaxRuntimeInSeconds: limit("spotRuntime"), MaxWaitTimeInSeconds: limit("spotWait") };

/**
 * What SageMaker reads from the log. By the first two the trials are compared: training prints one line with both at its
 * end. The others are its curves: a line at every step of training.jsonl. The score of an epoch has a name of its own,
 * because the last value counts, and of two in one second either may be the last.
 */
const number = "([0-9.e+-]+)";
const metrics = {
  score: { Name: "validation:score", Regex: "validation: score=([0-9.]+) error=[0-9.]+ " },
  standardError: { Name: "validation:error", Regex: "validation: score=[0-9.]+ error=([0-9.]+) " },
  loss: { Name: "train:loss", Regex: `metrics: trainLoss=${number}` },
  learningRate: { Name: "train:learningRate", Regex: `metrics: trainLoss=.* learningRate=${number}` },
  speed: { Name: "train:piecesPerSecond", Regex: `metrics: trainLoss=.* piecesPerSecond=${number}` },
  epochScore: { Name: "validation:epochScore", Regex: `metrics: validationScore=${number}` },
  validationLoss: { Name: "validation:loss", Regex: `metrics: validationScore=.* validationLoss=${number}` },
};

function channel(name: InputOf<"Train">, uri: string): Value {
  return {
    ChannelName: name,
    InputMode: "File",
    DataSource: {
      S3DataSource: { S3Uri: uri, S3DataType: "S3Prefix", S3DataDistributionType: "FullyReplicated" },
    },
  };
}

const training = [
  channel(
    "train",
    "{% 's3://${DataBucket}/' & $dataset.prefix & ($exists($trial.trainFolder) ? $trial.trainFolder : '') & 'train.jsonl' %}",
  ),
  channel("labels", "{% 's3://${DataBucket}/' & $dataset.prefix & 'labels.json' %}"),
];
const validation = channel(
  "validation",
  "{% 's3://${DataBucket}/' & $dataset.prefix & 'validation.jsonl' %}",
);
const baseModel = channel("model", "{% 's3://${DataBucket}/' & $trial.baseModel.prefix %}");
/** What the trial's own files lie below. */
const trialNumber = "$string($trial.trial)";

export const train: TaskState = {
  Comment: "Trains one model on the training rows.",
  Type: "Task",
  Resource: "arn:${Partition}:states:::sagemaker:createTrainingJob.sync",
  Arguments: {
    TrainingJobName: jobName("Train", `'t' & ${trialNumber}`),
    RoleArn: "${TrainRoleArn}",
    AlgorithmSpecification: {
      TrainingImage: "${TrainImageUri}",
      TrainingInputMode: "File",
      MetricDefinitions: Object.values(metrics),
    },
    // SageMaker takes hyperparameters as strings.
    HyperParameters: `{% $merge([${expression({
      kind: "{% $dataset.kind %}",
      algorithm: "{% $trial.algorithm %}",
      trial: `{% ${trialNumber} %}`,
      epochs: "{% $string($trial.epochs) %}",
    })}, $each($trial.hyperparameters, function($value, $name) { { $name: $string($value) } })]) %}`,
    // No channel names the test rows: what is chosen by looking at them is not measured by them.
    InputDataConfig: `{% $append($append(${expression(training)}, $dataset.validation = null ? [] : ${expression([validation])}), ${trialIs(({ readsBaseModel }) => readsBaseModel)} ? ${expression([baseModel])} : []) %}`,
    OutputDataConfig: {
      S3OutputPath: `{% 's3://\${DataBucket}/' & $run.prefix & 'trials/' & ${trialNumber} & '/model/' %}`,
      KmsKeyId: "${DataKeyArn}",
    },
    // One place for all attempts at a trial, so that a retry or redrive continues where the last one stopped. Not below
    // the run's own prefix: gigabytes of them, which the bucket drops after days and not after a year.
    CheckpointConfig: {
      S3Uri: `{% 's3://\${DataBucket}/${below(jobTable.Train.checkpoints)}' & $run.execution & '/' & ${trialNumber} & '/' %}`,
      LocalPath: "/opt/ml/checkpoints",
    },
    ResourceConfig: instances.resources(
      `{% ${trialIs(({ severalProcesses }) => severalProcesses)} ? $number('\${TrainInstanceCount}') : 1 %}`,
      limit("trainVolume"),
    ),
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
    trial: "{% $trial.trial %}",
    algorithm: "{% $trial.algorithm %}",
    status: "completed",
    modelKey: "{% $substringAfter($states.result.ModelArtifacts.S3ModelArtifacts, 's3://${DataBucket}/') %}",
    score: finalMetric(metrics.score.Name),
    standardError: finalMetric(metrics.standardError.Name),
    failure: null,
    usage: jobUsage("Train"),
  })} %}`,
  Next: "TrainEnded",
};

/**
 * The last value that the job printed; null without a validation side. To four decimals: SageMaker keeps few digits, and
 * both engines must compare the same numbers.
 */
function finalMetric(name: string): string {
  const found = `$states.result.FinalMetricDataList[MetricName = '${name}'].Value`;
  return `{% $exists(${found}) ? $round(${found}, 4) : null %}`;
}
