import type { ParallelState } from "../asl.ts";
import { embed, embedFailed } from "./embed.ts";
import { firstInstance } from "./instances.ts";
import { jobEnded } from "./sagemaker.ts";
import { train, trainFailed } from "./train.ts";

export const jobs: ParallelState = {
  Comment: "Embedding and fine-tuning do not need each other. A redrive keeps the branch that finished.",
  Type: "Parallel",
  Branches: [
    {
      StartAt: "EmbedInstance",
      States: {
        EmbedInstance: firstInstance("Embed"),
        Embed: embed,
        EmbedEnded: jobEnded("Embed", "Embedded"),
        Embedded: { Comment: "The bundle's embeddings are in the bucket.", Type: "Pass", End: true },
        EmbedFailed: embedFailed,
      },
    },
    {
      StartAt: "TrainInstance",
      States: {
        TrainInstance: firstInstance("Train"),
        Train: train,
        TrainEnded: jobEnded("Train", "Trained"),
        Trained: { Comment: "The model's archive is in the bucket.", Type: "Pass", End: true },
        TrainFailed: trainFailed,
      },
    },
  ],
  Assign: {
    embeddingsPrefix: "{% $states.result[0].prefix %}",
    modelKey: "{% $states.result[1].modelKey %}",
    jobs: "{% [$states.result.usage] %}",
  },
  Output: "{% { 'embed': $states.result[0], 'train': $states.result[1] } %}",
  Next: "CheckArtifacts",
};
