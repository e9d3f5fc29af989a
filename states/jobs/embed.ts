import type { TaskState } from "../asl.ts";
import { limit } from "../limits.ts";
import { expression } from "../tasks.ts";
import {
  explainJobFailure,
  jobEnd,
  jobUsage,
  processingInput,
  processingJob,
  processingOutput,
} from "./sagemaker.ts";

const missing = "$dataset.embedding.missing";
const instanceCount = `$min([$number('\${EmbedInstanceCount}'), $max([1, $ceil(${missing} / ${limit("textsPerInstance")})])])`;

export const embed: TaskState = {
  Comment:
    "Embeds the texts without a vector, and assembles the bundle's embeddings from the embedding store.",
  ...processingJob("Embed", {
    inputs: [
      processingInput<"Embed">("notes", "{% 's3://${DataBucket}/' & $dataset.prefix & 'notes.jsonl' %}"),
      processingInput<"Embed">("missing", "{% 's3://${DataBucket}/' & $dataset.prefix & 'missing.jsonl' %}"),
      processingInput<"Embed">("model", "{% 's3://${DataBucket}/' & $run.baseModel.prefix %}"),
      processingInput<"Embed">("store", "{% 's3://${DataBucket}/' & $dataset.embedding.storePrefix %}"),
    ],
    outputs: [
      processingOutput<"Embed">(
        "shard",
        "{% 's3://${DataBucket}/' & $dataset.embedding.storePrefix & 'shards/' %}",
      ),
      processingOutput<"Embed">("bundle", "{% 's3://${DataBucket}/' & $run.prefix & 'embeddings/' %}"),
    ],
    instanceCount: `{% ${instanceCount} %}`,
    disk: limit("embedVolume"),
    isIsolated: true,
  }),
  Assign: jobEnd("Embed"),
  Output: `{% ${expression({ prefix: "{% $run.prefix & 'embeddings/' %}", usage: jobUsage("Embed") })} %}`,
  Next: "EmbedEnded",
};

export const embedFailed: TaskState = explainJobFailure("Embed");
