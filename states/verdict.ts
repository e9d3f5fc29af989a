import type { ChoiceState } from "./asl.ts";

export const verdict: ChoiceState = {
  Comment: "Only a promote goes to EFS. A rejected model is a successful run.",
  Type: "Choice",
  Choices: [{ Condition: "{% $verdict.verdict = 'promote' %}", Next: "ApprovalAsked" }],
  Default: "Notify",
};

export const approvalAsked: ChoiceState = {
  Comment: "A model that a person has yet to approve is not promoted by this run.",
  Type: "Choice",
  Choices: [{ Condition: "{% $run.approval = 'none' %}", Next: "PromoteHost" }],
  // The registry is told that it waits.
  Default: "Register",
};
