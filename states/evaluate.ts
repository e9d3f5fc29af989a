import type { TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import {
  explainJobFailure,
  expression,
  jobCatchers,
  jobName,
  jobRetriers,
  processingInput,
  processingOutput,
} from "./tasks.ts";

// A champion is scored again on this execution's test rows; which one it was is part of the name and the place.
const championGeneration = "($champion = null ? '0' : $string($champion.generation))";
const evaluationPrefix = `$run.prefix & 'evaluation/' & ${championGeneration} & '/'`;

const always = [
  processingInput("test", "{% 's3://${DataBucket}/' & $dataset.prefix & 'test.jsonl' %}"),
  processingInput("labels", "{% 's3://${DataBucket}/' & $dataset.prefix & 'labels.json' %}"),
  processingInput("challenger", "{% 's3://${DataBucket}/' & $artifacts.model.key %}"),
];
const withChampion = processingInput("champion", "{% 's3://${DataBucket}/' & $champion.model.key %}");

export const evaluate: TaskState = {
  Comment: "Scores challenger and champion on the same test rows.",
  Type: "Task",
  Resource: "arn:${Partition}:states:::sagemaker:createProcessingJob.sync",
  Arguments: {
    ProcessingJobName: jobName("evaluate", championGeneration),
    RoleArn: "${EvaluateRoleArn}",
    AppSpecification: { ImageUri: "${EvaluateImageUri}" },
    // SageMaker refuses an input without objects: no champion, no input.
    ProcessingInputs: `{% $append(${expression(always)}, $champion = null ? [] : ${expression([withChampion])}) %}`,
    ProcessingOutputConfig: {
      Outputs: [processingOutput("evaluation", `{% 's3://\${DataBucket}/' & ${evaluationPrefix} %}`)],
    },
    ProcessingResources: {
      ClusterConfig: {
        InstanceCount: limit("oneInstance"),
        InstanceType: "${EvaluateInstanceType}",
        VolumeSizeInGB: limit("evaluateVolume"),
      },
    },
    NetworkConfig: { EnableNetworkIsolation: true },
    StoppingCondition: { MaxRuntimeInSeconds: limit("jobRuntime") },
  },
  TimeoutSeconds: limit("jobTimeout"),
  Retry: jobRetriers,
  Catch: jobCatchers("EvaluateFailed"),
  Assign: { evaluationPrefix: `{% ${evaluationPrefix} %}` },
  Output: `{% { 'job': $states.result.ProcessingJobName, 'prefix': ${evaluationPrefix} } %}`,
  Next: "QualityGate",
};

export const evaluateFailed: TaskState = explainJobFailure("EvaluationFailed", "Evaluate");
