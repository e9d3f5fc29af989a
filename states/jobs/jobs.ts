import type { ParallelState } from "../asl.ts";
import { embedAsked, embedSkipped } from "../curve.ts";
import { embed, embedFailed } from "./embed.ts";
import { firstInstance } from "./instances.ts";
import { jobEnded } from "./sagemaker.ts";
import { chosenOf, trials, trialsEnded, trialsFailed } from "./trials.ts";

export const jobs: ParallelState = {
  Comment: "Embedding and training do not need each other. A redrive keeps the branch that finished.",
  Type: "Parallel",
  Branches: [
    {
      StartAt: "EmbedAsked",
      States: {
        EmbedAsked: embedAsked,
        EmbedSkipped: embedSkipped,
        EmbedInstance: firstInstance("Embed"),
        Embed: embed,
        EmbedEnded: jobEnded("Embed", "Embedded"),
        Embedded: { Comment: "The bundle's embeddings are in the bucket.", Type: "Pass", End: true },
        EmbedFailed: embedFailed,
      },
    },
    {
      StartAt: "Trials",
      States: {
        Trials: trials,
        TrialsEnded: trialsEnded,
        TrialChosen: { Comment: "The best trial's model is the challenger.", Type: "Pass", End: true },
        TrialsFailed: trialsFailed,
      },
    },
  ],
  Assign: {
    embeddingsPrefix: "{% $states.result[0].prefix %}",
    trials: "{% $states.result[1].trials %}",
    chosen: "{% $states.result[1].chosen %}",
    modelKey: `{% ${chosenOf("$states.result[1]")}.modelKey %}`,
    // What failed before it had an instance used nothing.
    jobs: "{% $append($jobs, [$states.result[0].usage[$ != null], $states.result[1].trials.usage[$ != null]]) %}",
  },
  Output: "{% { 'embed': $states.result[0], 'train': $states.result[1] } %}",
  Next: "CurveAsked",
};
