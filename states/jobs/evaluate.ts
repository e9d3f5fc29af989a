import type { TaskState } from "../asl.ts";
import { limit } from "../limits.ts";
import { expression } from "../tasks.ts";
import {
  explainJobFailure,
  jobEnd,
  jobEnded,
  jobUsage,
  processingInput,
  processingJob,
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
  ...processingJob("Evaluate", {
    suffix: championGeneration,
    // SageMaker refuses an input without objects: no champion, no input.
    inputs: `{% $append(${expression(always)}, $champion = null ? [] : ${expression([withChampion])}) %}`,
    outputs: [
      processingOutput<"Evaluate">("evaluation", `{% 's3://\${DataBucket}/' & ${evaluationPrefix} %}`),
    ],
    instanceCount: limit("oneInstance"),
    disk: limit("evaluateVolume"),
    isIsolated: true,
  }),
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
