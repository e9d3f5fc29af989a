import type { TaskState } from "../asl.ts";
import { limit } from "../limits.ts";
import { expression } from "../tasks.ts";
import { instancesOf, jobNetwork } from "./instances.ts";
import {
  explainJobFailure,
  jobCatchers,
  jobEnd,
  jobEnded,
  jobName,
  jobRetriers,
  jobTags,
  jobUsage,
  processingInput,
  processingOutput,
} from "./sagemaker.ts";

// A champion is scored again on this execution's test rows; which one it was is part of the name and the place.
const championGeneration = "($champion = null ? '0' : $string($champion.generation))";
const evaluationPrefix = `$run.prefix & 'evaluation/' & ${championGeneration} & '/'`;

const always = [
  processingInput<"Evaluate">("test", "{% 's3://${DataBucket}/' & $dataset.prefix & 'test.jsonl' %}"),
  processingInput<"Evaluate">("labels", "{% 's3://${DataBucket}/' & $dataset.prefix & 'labels.json' %}"),
  // Of both, only counts come out: by facet, and by how often a phrase stood in training.
  processingInput<"Evaluate">("facets", "{% 's3://${DataBucket}/' & $dataset.prefix & 'facets.jsonl' %}"),
  processingInput<"Evaluate">("train", "{% 's3://${DataBucket}/' & $dataset.prefix & 'train.jsonl' %}"),
  processingInput<"Evaluate">("challenger", "{% 's3://${DataBucket}/' & $artifacts.model.key %}"),
];
const withChampion = processingInput<"Evaluate">(
  "champion",
  "{% 's3://${DataBucket}/' & $champion.model.key %}",
);

export const evaluate: TaskState = {
  Comment: "Scores challenger and champion on the same test rows.",
  Type: "Task",
  Resource: "arn:${Partition}:states:::sagemaker:createProcessingJob.sync",
  Arguments: {
    ProcessingJobName: jobName("Evaluate", championGeneration),
    RoleArn: "${EvaluateRoleArn}",
    AppSpecification: { ImageUri: "${EvaluateImageUri}" },
    // SageMaker refuses an input without objects: no champion, no input.
    ProcessingInputs: `{% $append(${expression(always)}, $champion = null ? [] : ${expression([withChampion])}) %}`,
    ProcessingOutputConfig: {
      KmsKeyId: "${DataKeyArn}",
      Outputs: [
        processingOutput<"Evaluate">("evaluation", `{% 's3://\${DataBucket}/' & ${evaluationPrefix} %}`),
      ],
    },
    ProcessingResources: {
      ClusterConfig: instancesOf("Evaluate").resources(limit("oneInstance"), limit("evaluateVolume")),
    },
    NetworkConfig: {
      EnableNetworkIsolation: true,
      EnableInterContainerTrafficEncryption: true,
      VpcConfig: jobNetwork,
    },
    StoppingCondition: { MaxRuntimeInSeconds: limit("jobRuntime") },
    Tags: jobTags,
  },
  TimeoutSeconds: limit("jobTimeout"),
  Retry: jobRetriers,
  Catch: jobCatchers("Evaluate"),
  Assign: {
    ...jobEnd("Evaluate"),
    evaluationPrefix: `{% ${evaluationPrefix} %}`,
    // After a lost race there is a second evaluation, and it was paid for too.
    jobs: `{% $append($jobs, [${expression(jobUsage("Evaluate"))}]) %}`,
  },
  Output: `{% { "prefix": ${evaluationPrefix} } %}`,
  Next: "EvaluateEnded",
};

export const evaluateEnded = jobEnded("Evaluate", "QualityGate");

export const evaluateFailed: TaskState = explainJobFailure("Evaluate");
