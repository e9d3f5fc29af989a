import { defaultModel } from "../schemas/registered-models.ts";
import { announce } from "./announce.ts";
import type { ChoiceState, FailState, StateMachine, TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { invoke, promotionRetriers } from "./tasks.ts";

const actions = {
  history: "History",
  rollback: "Rollback",
  promote: "ForcePromotion",
  traffic: "SetTraffic",
  policy: "SetPolicy",
};

const action: ChoiceState = {
  Comment: "What an operator asks for.",
  Type: "Choice",
  Choices: Object.entries(actions).map(([name, Next]) => ({
    Condition: `{% $exists($states.input.action) and $states.input.action = '${name}' %}`,
    Next,
  })),
  Default: "UnknownAction",
};

// A missing field must not be an expression without a value.
const given = (field: string, otherwise: string) =>
  `{% $exists($states.input.${field}) ? $states.input.${field} : ${otherwise} %}`;
const model = given("model", `'${defaultModel}'`);

const history: TaskState = {
  Comment: "Lists the newest generations: which model was in use when, and why.",
  ...invoke("History", { model }),
  TimeoutSeconds: limit("smallTaskTimeout"),
  Output: "{% $states.result.Payload %}",
  End: true,
};

// Who started an execution is in CloudTrail, under this name.
const actor = "{% $states.context.Execution.Name %}";
/** The message to announce, and what the execution ends with: a field of the function's answer. */
const resultOf = (field: string) => ({
  notice: "{% $states.result.Payload.notice %}",
  outcome: `{% { '${field}': $states.result.Payload.${field} } %}`,
});

const rollback: TaskState = {
  Comment: "Puts an earlier version in use again, as a new generation. Nothing is copied.",
  ...invoke("Rollback", { model, to: given("to", "null"), reason: given("reason", "''"), actor }),
  Retry: promotionRetriers,
  TimeoutSeconds: limit("longTaskTimeout"),
  Assign: resultOf("promotion"),
  Next: "Announce",
};

const forcePromotion: TaskState = {
  Comment:
    "Promotes the model of an execution whatever its verdict, with the reason in the log of its registered model.",
  ...invoke("ForcePromotion", {
    execution: given("execution", "''"),
    reason: given("reason", "''"),
    actor,
  }),
  Retry: promotionRetriers,
  TimeoutSeconds: limit("longTaskTimeout"),
  Assign: resultOf("promotion"),
  Next: "Announce",
};

const setTraffic: TaskState = {
  Comment: "Says which generation answers beside the one in use, and for which share of the callers.",
  // An arm that was forgotten is refused; null means that none is wanted any more.
  ...invoke("SetTraffic", { model, arm: given("arm", "''"), reason: given("reason", "''"), actor }),
  Retry: promotionRetriers,
  TimeoutSeconds: limit("longTaskTimeout"),
  Assign: resultOf("traffic"),
  Next: "Announce",
};

const setPolicy: TaskState = {
  Comment: "Says what applications are to do with a text, by the labels that the model finds.",
  ...invoke("SetPolicy", { model, policy: given("policy", "''"), actor }),
  Retry: promotionRetriers,
  TimeoutSeconds: limit("smallTaskTimeout"),
  Assign: resultOf("policy"),
  Next: "Announce",
};

const unknownAction: FailState = {
  Comment: "Says what may be asked for.",
  Type: "Fail",
  Error: "InvalidInput",
  Cause:
    'The input must be { "action": "history" } or { "action": "rollback", "reason": "why", "to": 41 }, where "to" may be left out, or { "action": "promote", "execution": "its name", "reason": "why" } or { "action": "traffic", "arm": { "generation": 41, "weight": 10, "shadow": false }, "reason": "why" }, where "arm": null stops it, or { "action": "policy", "policy": { … } }. All but promote take "model": "name", too.',
};

/** What operators do to the models folder in the cloud; on one machine `pbp` does it directly. */
export const modelsDefinition: StateMachine = {
  Comment:
    "Lists the generations of the models folder, rolls back to an earlier one, promotes against the gate, shares the traffic between two of them, or sets the policy by label.",
  QueryLanguage: "JSONata",
  TimeoutSeconds: limit("modelsMachineTimeout"),
  StartAt: "Action",
  States: {
    Action: action,
    History: history,
    Rollback: rollback,
    ForcePromotion: forcePromotion,
    SetTraffic: setTraffic,
    SetPolicy: setPolicy,
    Announce: { ...announce, Output: "{% $outcome %}", Next: "Done" },
    Done: { Comment: "It is in force.", Type: "Succeed" },
    UnknownAction: unknownAction,
  },
};
