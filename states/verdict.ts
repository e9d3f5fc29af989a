import type { ChoiceState } from "./asl.ts";

export const verdict: ChoiceState = {
  Comment: "Only a promote goes to EFS. A rejected model is a successful run.",
  Type: "Choice",
  Choices: [{ Condition: "{% $verdict.verdict = 'promote' %}", Next: "Promote" }],
  Default: "Notify",
};
