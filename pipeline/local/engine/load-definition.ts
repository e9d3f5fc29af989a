import { type Definition, innerMachines, type State } from "./definition.ts";
import { EngineError } from "./engine-error.ts";
import { expressionProblem, isExpression } from "./jsonata.ts";

type Fields = Record<string, unknown>;
/** Notes a problem unless what should hold does. */
type Check = (holds: boolean, place: string, problem: string) => void;

const LEAVING = ["Assign", "Output", "Next", "End"];
const FIELDS: Record<State["Type"], string[]> = {
  Task: ["Resource", "Arguments", "TimeoutSeconds", "Retry", "Catch", ...LEAVING],
  Parallel: ["Branches", "Arguments", "Retry", "Catch", ...LEAVING],
  Map: ["Items", "ItemSelector", "ItemProcessor", "MaxConcurrency", "Retry", "Catch", ...LEAVING],
  Pass: LEAVING,
  Wait: ["Seconds", "Timestamp", ...LEAVING],
  Choice: ["Choices", "Default", "Assign", "Output"],
  Succeed: ["Output"],
  Fail: ["Error", "Cause"],
};
const RULE_FIELDS = ["Condition", "Next", "Assign", "Output", "Comment"];
const CATCHER_FIELDS = ["ErrorEquals", "Next", "Assign", "Output", "Comment"];
const RETRIER_FIELDS = [
  "ErrorEquals",
  "IntervalSeconds",
  "MaxAttempts",
  "BackoffRate",
  "MaxDelaySeconds",
  "JitterStrategy",
  "Comment",
];
const MACHINE_FIELDS = ["Comment", "QueryLanguage", "Version", "TimeoutSeconds", "StartAt", "States"];
const JSONPATH_FIELDS =
  /^(InputPath|OutputPath|ResultPath|Parameters|ResultSelector|Result|Variable|\w+Path|.*\.\$)$/;
/** Step Functions allows any identifier of up to 80 characters. */
const VARIABLE = /^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u;
/** The names under States. that a task, branch or expression can fail with here; any other never matches. */
const STATES_ERRORS =
  /^States\.(ALL|TaskFailed|Timeout|HeartbeatTimeout|Permissions|QueryEvaluationError|BranchFailed|NoChoiceMatched)$/;

/**
 * Checks a definition and returns it typed. Throws InvalidDefinition naming every place that breaks the language, or
 * that uses what Step Functions has and this engine has not: JSONPath, distributed Map with its readers and batches,
 * HeartbeatSeconds, Credentials, activities and task tokens.
 */
export function loadDefinition(definition: unknown, resources: string[]): Definition {
  const problems: string[] = [];
  const check: Check = (holds, place, problem) => {
    if (!holds) problems.push(`${place} ${problem}`);
  };
  if (isFields(definition)) {
    checkFields(definition, MACHINE_FIELDS, "definition", check);
    check(definition.QueryLanguage === "JSONata", "QueryLanguage", "must be JSONata");
    checkNumber(definition, "TimeoutSeconds", 1, "definition", check);
    checkMachine(definition, "", { resources, names: new Set(), outer: new Set() }, check);
  } else {
    check(false, "definition", "must be an object");
  }
  if (problems.length > 0) throw new EngineError("InvalidDefinition", problems.join("; "));
  return definition as Definition;
}

type Around = { resources: string[]; names: Set<string>; outer: Set<string> };

function checkMachine(machine: Fields, place: string, around: Around, check: Check): void {
  if (!isFields(machine.States) || typeof machine.StartAt !== "string") {
    check(false, place || "definition", "needs StartAt and States");
    return;
  }
  const prefix = place === "" ? "" : `${place}.`;
  const states = new Map<string, Fields>();
  for (const [name, state] of Object.entries(machine.States)) {
    const isFree = !around.names.has(name) && name.length <= 80;
    check(isFree, prefix + name, "needs a unique name of at most 80 characters");
    around.names.add(name);
    if (isFields(state)) checkState(state, prefix + name, around.resources, check);
    else check(false, prefix + name, "must be an object");
    states.set(name, isFields(state) ? state : {});
  }
  checkPaths(machine.StartAt, states, place, prefix, check);

  const own = new Set([...states.values()].flatMap(assignedBy));
  for (const name of own) {
    check(!around.outer.has(name), place, `assigns $${name}, which belongs to a scope around it`);
    check(name !== "states" && VARIABLE.test(name), place || "definition", `cannot assign $${name}`);
  }
  const outer = new Set([...around.outer, ...own]);
  for (const [name, state] of states) {
    for (const [index, inner] of innerMachines(state as State)
      .filter(isFields)
      .entries()) {
      checkMachine(inner, `${prefix}${name}[${index}]`, { ...around, outer }, check);
    }
  }
}

/** Every path leads to a state of the same graph, and to every state leads a path. */
function checkPaths(
  start: string,
  states: Map<string, Fields>,
  place: string,
  prefix: string,
  check: Check,
): void {
  const reached = new Set<string>();
  const follow = (from: string, target: string): void => {
    const state = states.get(target);
    check(state !== undefined, from, `leads to ${target}, which is not a state on the same level`);
    if (state === undefined || reached.has(target)) return;
    reached.add(target);
    for (const next of nextOf(state)) follow(prefix + target, next);
  };
  follow(`${place || "definition"}.StartAt`, start);
  for (const name of states.keys()) check(reached.has(name), prefix + name, "is never reached");
}

function checkState(state: Fields, place: string, resources: string[], check: Check): void {
  const type = state.Type as State["Type"];
  if (!Object.hasOwn(FIELDS, String(type))) {
    check(false, `${place}.Type`, `must be one of ${Object.keys(FIELDS).join(", ")}`);
    return;
  }
  checkFields(state, [...FIELDS[type], "Type", "Comment", "QueryLanguage"], place, check);
  const { QueryLanguage = "JSONata", Branches: _branches, ItemProcessor, ...rest } = state;
  check(QueryLanguage === "JSONata", `${place}.QueryLanguage`, "must be JSONata");
  if (FIELDS[type].includes("Next")) {
    check("Next" in state !== (state.End === true), place, "needs either Next or End: true");
  }
  checkExpressions(rest, place, check);
  checkRules(state, "Retry", RETRIER_FIELDS, place, check);
  checkRules(state, "Catch", CATCHER_FIELDS, place, check);
  checkNumber(state, "TimeoutSeconds", 1, place, check);
  checkNumber(state, "Seconds", 0, place, check);
  checkNumber(state, "MaxConcurrency", 0, place, check);
  const inner = type === "Map" ? [ItemProcessor].filter(isFields) : rulesOf(state, "Branches");
  for (const [index, machine] of inner.entries()) {
    const allowed = ["Comment", "StartAt", "States", ...(type === "Map" ? ["ProcessorConfig"] : [])];
    checkFields(machine, allowed, `${place}[${index}]`, check);
  }
  switch (type) {
    case "Task":
      check(
        resources.includes(String(state.Resource)),
        `${place}.Resource`,
        `${state.Resource} has no runner here`,
      );
      break;
    case "Wait":
      check("Seconds" in state !== "Timestamp" in state, place, "needs either Seconds or Timestamp");
      break;
    case "Choice":
      check(rulesOf(state, "Choices").length > 0, place, "needs Choices");
      for (const [index, rule] of rulesOf(state, "Choices").entries()) {
        checkFields(rule, RULE_FIELDS, `${place}.Choices[${index}]`, check);
        check(
          "Condition" in rule && "Next" in rule,
          `${place}.Choices[${index}]`,
          "needs Condition and Next",
        );
      }
      break;
    case "Parallel":
      check(inner.length > 0, place, "needs Branches");
      break;
    case "Map": {
      check(inner.length > 0, place, "needs an ItemProcessor");
      const { Mode = "INLINE" } = (inner[0]?.ProcessorConfig ?? {}) as Fields;
      check(Mode === "INLINE", `${place}[0].ProcessorConfig.Mode`, "must be INLINE");
    }
  }
}

function checkRules(
  state: Fields,
  field: "Retry" | "Catch",
  allowed: string[],
  place: string,
  check: Check,
): void {
  const rules = rulesOf(state, field);
  for (const [index, rule] of rules.entries()) {
    const where = `${place}.${field}[${index}]`;
    checkFields(rule, allowed, where, check);
    const names = Array.isArray(rule.ErrorEquals) ? rule.ErrorEquals.map(String) : [];
    check(names.length > 0, where, "needs ErrorEquals");
    const isAloneAndLast = names.length === 1 && index === rules.length - 1;
    check(!names.includes("States.ALL") || isAloneAndLast, where, "States.ALL must stand alone and last");
    for (const name of names) {
      check(!name.startsWith("States.") || STATES_ERRORS.test(name), where, `cannot match ${name}`);
    }
    check(field === "Retry" || "Next" in rule, where, "needs Next");
    checkNumber(rule, "IntervalSeconds", 1, where, check);
    checkNumber(rule, "MaxAttempts", 0, where, check);
    checkNumber(rule, "MaxDelaySeconds", 1, where, check);
    const { BackoffRate = 1, JitterStrategy = "NONE" } = rule;
    check(typeof BackoffRate === "number" && BackoffRate >= 1, `${where}.BackoffRate`, "must be at least 1");
    check(
      ["NONE", "FULL"].includes(String(JitterStrategy)),
      `${where}.JitterStrategy`,
      "must be FULL or NONE",
    );
  }
}

function checkFields(fields: Fields, allowed: string[], place: string, check: Check): void {
  for (const name of Object.keys(fields)) {
    const problem = JSONPATH_FIELDS.test(name) ? "belongs to JSONPath" : "is not supported";
    check(allowed.includes(name), `${place}.${name}`, problem);
  }
}

function checkExpressions(value: unknown, place: string, check: Check): void {
  if (typeof value === "string" && isExpression(value)) {
    const problem = expressionProblem(value);
    check(problem === null, place, problem ?? "");
  } else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      check(!key.endsWith(".$"), `${place}.${key}`, "belongs to JSONPath");
      checkExpressions(part, Array.isArray(value) ? `${place}[${key}]` : `${place}.${key}`, check);
    }
  }
}

/** A whole number; a field that takes JSONata is checked again when it is evaluated. */
function checkNumber(fields: Fields, name: string, least: number, place: string, check: Check): void {
  const value = fields[name];
  if (value === undefined || (typeof value === "string" && isExpression(value))) return;
  const isFit = Number.isInteger(value) && Number(value) >= least;
  check(isFit, `${place}.${name}`, `must be a whole number from ${least}`);
}

function nextOf(state: Fields): string[] {
  const rules = [...rulesOf(state, "Choices"), ...rulesOf(state, "Catch")].map((rule) => rule.Next);
  return [state.Next, state.Default, ...rules].filter((next) => next !== undefined).map(String);
}

function assignedBy(state: Fields): string[] {
  const places = [state, ...rulesOf(state, "Choices"), ...rulesOf(state, "Catch")];
  return places.flatMap(({ Assign }) => (isFields(Assign) ? Object.keys(Assign) : []));
}

function rulesOf(state: Fields, field: string): Fields[] {
  const rules = state[field];
  return Array.isArray(rules) ? rules.filter(isFields) : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
