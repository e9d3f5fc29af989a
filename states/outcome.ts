import type { ChoiceState, SucceedState } from "./asl.ts";

export const outcome: ChoiceState = {
  Comment: "Shows the verdict as the end of the run.",
  Type: "Choice",
  Choices: [
    { Condition: "{% $exists($promotion.generation) %}", Next: "Promoted" },
    { Condition: "{% $verdict.verdict = 'reject' %}", Next: "Rejected" },
    { Condition: "{% $verdict.verdict = 'inconclusive' %}", Next: "Inconclusive" },
  ],
  // A model that the gate would promote, and that was not.
  Default: "AwaitingApproval",
};

const output = {
  execution: "{% $states.context.Execution.Name %}",
  verdict: "{% $verdict.verdict %}",
  reasons: "{% $verdict.reasons %}",
  metrics: "{% $verdict.metrics %}",
  trial: "{% $chosen %}",
  embeddings:
    "{% { 'texts': $artifacts.embeddings.texts, 'embedded': $artifacts.embeddings.embedded, 'reused': $artifacts.embeddings.reused } %}",
  promotion: "{% $promotion %}",
  publication: "{% $publication %}",
  registration: "{% $registration %}",
  jobs: "{% $jobs %}",
  verdictKey: "{% $verdict.verdictKey %}",
  receiptKey: "{% $notice.receiptKey %}",
};

export const promoted: SucceedState = {
  Comment: "The challenger is the new champion.",
  Type: "Succeed",
  Output: output,
};

export const rejected: SucceedState = {
  Comment: "The champion stays; verdict.json says why.",
  Type: "Succeed",
  Output: output,
};

export const inconclusive: SucceedState = {
  Comment: "The test rows cannot tell the two apart at the asked confidence; the champion stays.",
  Type: "Succeed",
  Output: output,
};

export const awaitingApproval: SucceedState = {
  Comment: "The gate would promote it; a person has to approve. Nothing runs or waits meanwhile.",
  Type: "Succeed",
  Output: output,
};
