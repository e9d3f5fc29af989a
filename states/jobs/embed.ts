import type { TaskState } from "../asl.ts";
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
  processingInput,
  processingOutput,
} from "./sagemaker.ts";

const missing = "$dataset.embedding.missing";
const instanceCount = `$min([$number('\${EmbedInstanceCount}'), $max([1, $ceil(${missing} / ${limit("textsPerInstance")})])])`;

export const embed: TaskState = {
  Comment:
    "Embeds the texts without a vector, and assembles the bundle's embeddings from the embedding store.",
  Type: "Task",
  Resource: "arn:${Partition}:states:::sagemaker:createProcessingJob.sync",
  Arguments: {
    ProcessingJobName: jobName("Embed"),
    RoleArn: "${EmbedRoleArn}",
    AppSpecification: { ImageUri: "${EmbedImageUri}" },
    ProcessingInputs: [
      processingInput<"Embed">("notes", "{% 's3://${DataBucket}/' & $dataset.prefix & 'notes.jsonl' %}"),
      processingInput<"Embed">("missing", "{% 's3://${DataBucket}/' & $dataset.prefix & 'missing.jsonl' %}"),
      processingInput<"Embed">("model", "{% 's3://${DataBucket}/' & $run.baseModel.prefix %}"),
      processingInput<"Embed">("store", "{% 's3://${DataBucket}/' & $dataset.embedding.storePrefix %}"),
    ],
    ProcessingOutputConfig: {
      KmsKeyId: "${DataKeyArn}",
      Outputs: [
        processingOutput<"Embed">(
          "shard",
          "{% 's3://${DataBucket}/' & $dataset.embedding.storePrefix & 'shards/' %}",
        ),
        processingOutput<"Embed">("bundle", "{% 's3://${DataBucket}/' & $run.prefix & 'embeddings/' %}"),
      ],
    },
    ProcessingResources: {
      ClusterConfig: instancesOf("Embed").resources(`{% ${instanceCount} %}`, limit("embedVolume")),
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
  Catch: jobCatchers("Embed"),
  Assign: jobEnd("Embed"),
  Output: `{% ${expression({ prefix: "{% $run.prefix & 'embeddings/' %}", usage: jobUsage("Embed") })} %}`,
  Next: "EmbedEnded",
};

export const embedFailed: TaskState = explainJobFailure("Embed");
