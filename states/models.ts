import { defaultModel } from "../schemas/models/registered-models.ts";
import { announce } from "./announce.ts";
import type { ChoiceState, FailState, PassState, StateMachine, TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { publish } from "./publish.ts";
import { register } from "./register.ts";
import { invoke, promotionRetriers } from "./tasks.ts";

const actions = {
  history: "History",
  lineage: "Lineage",
  rollback: "Rollback",
  promote: "ForcePromotion",
  approve: "Approve",
  decline: "Decline",
  publish: "InUse",
  predict: "PolicyInForce",
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

const lineage: TaskState = {
  Comment: "Tells what went into a generation's bundle, from the bundle alone.",
  ...invoke("History", { model, lineageOf: given("generation", "null") }),
  TimeoutSeconds: limit("smallTaskTimeout"),
  Output: "{% $states.result.Payload.lineage %}",
  End: true,
};

// Who started an execution is in CloudTrail, under this name.
const actor = "{% $states.context.Execution.Name %}";
/** The message to announce, and what the execution ends with: a field of the function's answer. */
const resultOf = (field: string) => ({
  notice: "{% $states.result.Payload.notice %}",
  outcome: `{% { '${field}': $states.result.Payload.${field} } %}`,
});

/** As $promoted: what Publish must know of an entry of the generation log, which does not name the default model. */
const promotedBy = (entry: string) =>
  `{ 'model': $exists(${entry}.model) ? ${entry}.model : '${defaultModel}', 'generation': ${entry}.generation, 'version': ${entry}.version }`;
/** As $news: what Register must know of it. What an entry does not have is left out. */
const newsOf = (entry: string) => {
  const told = ["action", "from", "actor", "approvedBy", "reason"].map(
    (field) => `'${field}': ${entry}.${field}`,
  );
  return `{ 'execution': null, 'promotion': $merge([${promotedBy(entry)}, { ${told.join(", ")} }]), 'declined': null }`;
};
const promotion = {
  ...resultOf("promotion"),
  promoted: `{% ${promotedBy("$states.result.Payload.promotion")} %}`,
  news: `{% ${newsOf("$states.result.Payload.promotion")} %}`,
  // null for a rollback: what it puts in use again was made by a run whose receipt tells of an earlier generation.
  madeBy: "{% $states.result.Payload.promotion.execution %}",
};

const rollback: TaskState = {
  Comment: "Puts an earlier version in use again, as a new generation. Nothing is copied.",
  ...invoke("Rollback", { model, to: given("to", "null"), reason: given("reason", "''"), actor }),
  Retry: promotionRetriers,
  TimeoutSeconds: limit("longTaskTimeout"),
  Assign: promotion,
  Next: "Publish",
};

const forcePromotion: TaskState = {
  Comment:
    "Promotes the model of an execution whatever its verdict, with the reason in the log of its registered model.",
  ...invoke("ForcePromotion", {
    execution: given("execution", "''"),
    reason: given("reason", "''"),
    by: given("by", "null"),
    actor,
  }),
  Retry: promotionRetriers,
  TimeoutSeconds: limit("longTaskTimeout"),
  Assign: promotion,
  Next: "Publish",
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

/** Both ask one function; two states, so that the history says what was done. */
const decision = (action: "approve" | "decline") => ({
  ...invoke("Approve", {
    action,
    execution: given("execution", "''"),
    reason: given("reason", "''"),
    by: given("by", "''"),
    actor,
  }),
  Retry: promotionRetriers,
  TimeoutSeconds: limit("longTaskTimeout"),
});

const approve: TaskState = {
  Comment: "Promotes the model of an execution that waits for a person's approval.",
  ...decision("approve"),
  Assign: promotion,
  Next: "Publish",
};

const decline: TaskState = {
  Comment: "Closes an execution that waits for approval; the model in use stays.",
  ...decision("decline"),
  Assign: {
    ...resultOf("promotion"),
    publication: { status: "none", endpoint: null, message: "Nothing was promoted." },
    news: "{% { 'execution': $states.input.execution, 'promotion': null, 'declined': { 'by': $states.input.by, 'reason': $states.input.reason } } %}",
    madeBy: "{% $states.input.execution %}",
  },
  Next: "Register",
};

const newest = "$states.result.Payload.generations[0]";
const inUse: TaskState = {
  Comment: "Reads which generation is in use, so that it is published again.",
  ...invoke("History", { model }),
  TimeoutSeconds: limit("smallTaskTimeout"),
  Assign: {
    promoted: `{% $exists(${newest}) ? ${promotedBy(newest)} : null %}`,
    news: `{% $exists(${newest}) ? ${newsOf(newest)} : null %}`,
    madeBy: `{% $exists(${newest}) ? ${newest}.execution : null %}`,
    notice: `{% { 'subject': 'To be published again', 'message': $exists(${newest}) ? 'Generation ' & ${newest}.generation & ' is ' & ${newest}.version & '.' : '' } %}`,
    outcome: `{% {} %}`,
  },
  Next: "AnyInUse",
};

const anyInUse: ChoiceState = {
  Comment: "Of a registered model that nothing was promoted for, nothing can be published.",
  Type: "Choice",
  Choices: [{ Condition: "{% $exists($promoted.version) %}", Next: "Publish" }],
  Default: "NothingInUse",
};

const nothingInUse: FailState = {
  Comment: "Says so.",
  Type: "Fail",
  Error: "InvalidInput",
  Cause:
    "No model of this name was ever promoted, so there is nothing to publish. The action history lists the registered models.",
};

const policyInForce: TaskState = {
  Comment:
    "Reads the policy by label, which the job is to apply: its function cannot reach the models folder.",
  ...invoke("History", { model }),
  TimeoutSeconds: limit("smallTaskTimeout"),
  Assign: { policy: "{% $states.result.Payload.policy %}" },
  Output: "{% $states.input %}",
  Next: "Predict",
};

const predict: TaskState = {
  Comment:
    "Starts the job that answers a file of notes by a generation, or finds the one that was started before.",
  ...invoke("Predict", {
    model,
    generation: given("generation", "null"),
    version: given("version", "''"),
    source: given("digest", "''"),
    attempt: given("attempt", "1"),
    policy: "{% $policy %}",
  }),
  TimeoutSeconds: limit("longTaskTimeout"),
  Output: "{% $states.result.Payload %}",
  End: true,
};

const publishPromoted = publish(
  {
    model: "{% $promoted.model %}",
    generation: "{% $promoted.generation %}",
    version: "{% $promoted.version %}",
  },
  "Register",
);

const registerNews = register("{% $news %}", "Told");

const told: PassState = {
  Comment:
    "Puts what became of the endpoint and of the Model Registry behind the message, and into what the execution ends with.",
  Type: "Pass",
  Assign: {
    notice:
      "{% { 'subject': $notice.subject, 'message': $join([$notice.message, $filter([$publication, $registration], function($one) { $one.status != 'none' }).message], '\\n') } %}",
    outcome: "{% $merge([$outcome, { 'publication': $publication, 'registration': $registration }]) %}",
  },
  Next: "OfRun",
};

const ofRun: ChoiceState = {
  Comment: "Whether it is the newest that is to be said of a run's model.",
  Type: "Choice",
  Choices: [{ Condition: "{% $madeBy != null %}", Next: "AmendReceipt" }],
  Default: "Announce",
};

const amendReceipt: TaskState = {
  Comment:
    "Lets the receipt and the pages of the run say it: they were written before. Whatever fails here, the message says it all the same.",
  ...invoke("Notify", {
    execution: "{% $madeBy %}",
    publication: "{% $publication %}",
    registration: "{% $registration %}",
  }),
  TimeoutSeconds: limit("smallTaskTimeout"),
  Catch: [{ ErrorEquals: ["States.ALL"], Next: "Announce" }],
  Next: "Announce",
};

const unknownAction: FailState = {
  Comment: "Says what may be asked for.",
  Type: "Fail",
  Error: "InvalidInput",
  Cause:
    'The input must be { "action": "history" } or { "action": "lineage", "generation": 3 } or { "action": "rollback", "reason": "why", "to": 41 }, where "to" may be left out, or { "action": "promote", "execution": "its name", "reason": "why" }, or the same with "approve" or "decline" and "by": "who you are", or { "action": "traffic", "arm": { "generation": 41, "weight": 10, "shadow": false }, "reason": "why" }, where "arm": null stops it, or { "action": "policy", "policy": { … } }, or { "action": "publish" }, or { "action": "predict", "generation": 41, "version": "its version", "digest": "that of the notes", "attempt": 1 }. All but promote, approve and decline take "model": "name", too.',
};

/** What operators do to the models folder in the cloud; on one machine `pbp` does it directly. */
export const modelsDefinition: StateMachine = {
  Comment:
    "Lists the generations of the models folder, tells what went into one, rolls back to an earlier one, promotes against the gate, approves or declines what waits, shares the traffic between two of them, sets the policy by label, publishes the one in use again, or answers a file of notes by one.",
  QueryLanguage: "JSONata",
  TimeoutSeconds: limit("modelsMachineTimeout"),
  StartAt: "Action",
  States: {
    Action: action,
    History: history,
    Lineage: lineage,
    Rollback: rollback,
    ForcePromotion: forcePromotion,
    Approve: approve,
    Decline: decline,
    InUse: inUse,
    AnyInUse: anyInUse,
    NothingInUse: nothingInUse,
    PolicyInForce: policyInForce,
    Predict: predict,
    Publish: publishPromoted,
    Register: registerNews,
    Told: told,
    OfRun: ofRun,
    AmendReceipt: amendReceipt,
    SetTraffic: setTraffic,
    SetPolicy: setPolicy,
    Announce: { ...announce, Output: "{% $outcome %}", Next: "Done" },
    Done: { Comment: "It is in force.", Type: "Succeed" },
    UnknownAction: unknownAction,
  },
};
