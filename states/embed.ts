import type { TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import {
  explainJobFailure,
  jobCatchers,
  jobName,
  jobRetriers,
  processingInput,
  processingOutput,
} from "./tasks.ts";

export const embed: TaskState = {
  Comment:
    "Embeds the texts without a vector, and assembles the bundle's embeddings from the embedding store.",
  Type: "Task",
  Resource: "arn:${Partition}:states:::sagemaker:createProcessingJob.sync",
  Arguments: {
    ProcessingJobName: jobName("embed"),
    RoleArn: "${EmbedRoleArn}",
    AppSpecification: { ImageUri: "${EmbedImageUri}" },
    ProcessingInputs: [
      processingInput("notes", "{% 's3://${DataBucket}/' & $dataset.prefix & 'notes.jsonl' %}"),
      processingInput("missing", "{% 's3://${DataBucket}/' & $dataset.prefix & 'missing.jsonl' %}"),
      processingInput("model", "{% 's3://${DataBucket}/' & $run.baseModel.prefix %}"),
      processingInput("store", "{% 's3://${DataBucket}/' & $dataset.embedding.storePrefix %}"),
    ],
    ProcessingOutputConfig: {
      Outputs: [
        processingOutput("shard", "{% 's3://${DataBucket}/' & $dataset.embedding.storePrefix & 'shards/' %}"),
        processingOutput("bundle", "{% 's3://${DataBucket}/' & $run.prefix & 'embeddings/' %}"),
      ],
    },
    ProcessingResources: {
      ClusterConfig: {
        InstanceCount: limit("oneInstance"),
        // With nothing to embed the job only copies vectors: no GPU is rented for that.
        InstanceType:
          "{% $dataset.embedding.missing > 0 ? '${EmbedInstanceType}' : '${EmbedIdleInstanceType}' %}",
        VolumeSizeInGB: limit("embedVolume"),
      },
    },
    NetworkConfig: { EnableNetworkIsolation: true },
    StoppingCondition: { MaxRuntimeInSeconds: limit("jobRuntime") },
  },
  TimeoutSeconds: limit("jobTimeout"),
  Retry: jobRetriers,
  Catch: jobCatchers("EmbedFailed"),
  Output: "{% { 'job': $states.result.ProcessingJobName, 'prefix': $run.prefix & 'embeddings/' } %}",
  End: true,
};

export const embedFailed: TaskState = explainJobFailure("EmbeddingFailed", "Embed");
