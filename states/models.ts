import { announce } from "./announce.ts";
import type { ChoiceState, FailState, StateMachine, TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { invoke } from "./tasks.ts";

const action: ChoiceState = {
  Comment: "What an operator asks for.",
  Type: "Choice",
  Choices: [
    {
      Condition: "{% $exists($states.input.action) and $states.input.action = 'history' %}",
      Next: "History",
    },
    {
      Condition: "{% $exists($states.input.action) and $states.input.action = 'rollback' %}",
      Next: "Rollback",
    },
  ],
  Default: "UnknownAction",
};

const history: TaskState = {
  Comment: "Lists the newest generations: which model was in use when, and why.",
  ...invoke("History", {}),
  TimeoutSeconds: limit("smallTaskTimeout"),
  Output: "{% $states.result.Payload %}",
  End: true,
};

const rollback: TaskState = {
  Comment: "Puts an earlier version in use again, as a new generation. Nothing is copied.",
  ...invoke("Rollback", {
    // A missing field must not be an expression without a value.
    to: "{% $exists($states.input.to) ? $states.input.to : null %}",
    reason: "{% $exists($states.input.reason) ? $states.input.reason : '' %}",
    // Who started an execution is in CloudTrail, under this name.
    actor: "{% $states.context.Execution.Name %}",
  }),
  TimeoutSeconds: limit("longTaskTimeout"),
  Assign: {
    notice: "{% $states.result.Payload.notice %}",
    promotion: "{% $states.result.Payload.promotion %}",
  },
  Next: "Announce",
};

const unknownAction: FailState = {
  Comment: "Says what may be asked for.",
  Type: "Fail",
  Error: "InvalidInput",
  Cause:
    'The input must be { "action": "history" } or { "action": "rollback", "reason": "why", "to": 41 }; "to" may be left out.',
};

/** What operators do to the models folder in the cloud; on one machine `pbp` does it directly. */
export const modelsDefinition: StateMachine = {
  Comment: "Lists the generations of the models folder, or rolls back to an earlier one.",
  QueryLanguage: "JSONata",
  TimeoutSeconds: limit("modelsMachineTimeout"),
  StartAt: "Action",
  States: {
    Action: action,
    History: history,
    Rollback: rollback,
    Announce: { ...announce, Output: "{% { 'promotion': $promotion } %}", Next: "Done" },
    Done: { Comment: "The new generation is in use.", Type: "Succeed" },
    UnknownAction: unknownAction,
  },
};

/** Everything that the cloud must say before the definition can run. */
export const modelsSubstitutionNames = [
  "Partition",
  "TopicArn",
  "HistoryFunctionArn",
  "RollbackFunctionArn",
] as const;
