import type { ChoiceState, PassState, SucceedState } from "./asl.ts";

// A learning curve trains and measures; nothing of it is embedded, judged or promoted. The first rule of a Choice is the
// way that most executions go, and that the picture draws straight down.
const asksForModel = "{% $not($exists($run.curve)) %}";

export const embedAsked: ChoiceState = {
  Comment: "A learning curve needs no vectors.",
  Type: "Choice",
  Choices: [{ Condition: asksForModel, Next: "EmbedInstance" }],
  Default: "EmbedSkipped",
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
  Choices: [{ Condition: asksForModel, Next: "CheckArtifacts" }],
  Default: "Measured",
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
