import type { ChoiceState, PassState, SucceedState } from "./asl.ts";

/** A learning curve trains and measures; nothing of it is embedded, judged or promoted. */
export const asksForCurve = "{% $exists($run.curve) %}";

export const embedAsked: ChoiceState = {
  Comment: "A learning curve needs no vectors.",
  Type: "Choice",
  Choices: [{ Condition: asksForCurve, Next: "EmbedSkipped" }],
  Default: "EmbedInstance",
};

export const embedSkipped: PassState = {
  Comment: "Ends the branch without embeddings.",
  Type: "Pass",
  Output: { prefix: null, usage: null },
  End: true,
};

export const curveAsked: ChoiceState = {
  Comment: "A learning curve ends here: nothing is judged, so nothing is promoted or rejected.",
  Type: "Choice",
  Choices: [{ Condition: asksForCurve, Next: "Measured" }],
  Default: "CheckArtifacts",
};

export const measured: SucceedState = {
  Comment: "The trials' scores on the validation side are the learning curve.",
  Type: "Succeed",
  Output: {
    execution: "{% $states.context.Execution.Name %}",
    trials: "{% $trials %}",
    jobs: "{% $jobs %}",
  },
};
