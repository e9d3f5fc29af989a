import { type Definition, innerMachines, type State } from "./definition.ts";
import { EngineError } from "./engine-error.ts";
import { expressionProblem, isExpression } from "./jsonata.ts";

type Fields = Record<string, unknown>;
type Report = (place: string, problem: string) => void;

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
/** The names under States. that a task, branch or expression can fail with here; any other never matches. */
const STATES_ERRORS =
  /^States\.(ALL|TaskFailed|Timeout|HeartbeatTimeout|Permissions|QueryEvaluationError|BranchFailed|NoChoiceMatched)$/;

/**
 * Checks a definition and returns it typed. What Step Functions has and this engine has not, so refuses: JSONPath,
 * distributed Map and its item reader and batcher, HeartbeatSeconds, Credentials, activities and task tokens. Throws InvalidDefinition naming every place that breaks the language, or
 * uses a part of it that this engine does not have.
 */
export function loadDefinition(definition: unknown, resources: string[]): Definition {
  const problems: string[] = [];
  const report: Report = (place, problem) => problems.push(`${place} ${problem}`);
  if (isFields(definition)) {
    checkFields(definition, MACHINE_FIELDS, "definition", report);
    if (definition.QueryLanguage !== "JSONata") report("QueryLanguage", "must be JSONata");
    checkNumber(definition, "TimeoutSeconds", 1, "definition", report);
    checkMachine(definition, "", { resources, names: new Set(), outer: new Set() }, report);
  } else {
    report("definition", "must be an object");
  }
  if (problems.length > 0) throw new EngineError("InvalidDefinition", problems.join("; "));
  return definition as Definition;
}

type Around = { resources: string[]; names: Set<string>; outer: Set<string> };

function checkMachine(machine: Fields, place: string, around: Around, report: Report): void {
  const states = machine.States;
  if (!isFields(states) || typeof machine.StartAt !== "string") {
    report(place || "definition", "needs StartAt and States");
    return;
  }
  const prefix = place === "" ? "" : `${place}.`;
  for (const [name, state] of Object.entries(states)) {
    if (around.names.has(name) || name.length > 80)
      report(prefix + name, "needs a name of its own, 80 characters at most");
    around.names.add(name);
    if (isFields(state)) checkState(state, prefix + name, around.resources, report);
    else report(prefix + name, "must be an object");
  }
  const targets = Object.entries(states).map(
    ([name, state]) => [name, isFields(state) ? nextOf(state) : []] as const,
  );
  for (const [name, next] of [[`${place || "definition"}.StartAt`, [machine.StartAt]] as const, ...targets]) {
    for (const target of next) {
      if (!Object.hasOwn(states, String(target)))
        report(name, `leads to ${String(target)}, which is not a state beside it`);
    }
  }
  const reached = new Set<unknown>([machine.StartAt]);
  for (const name of reached)
    for (const next of Object.fromEntries(targets)[String(name)] ?? []) reached.add(next);
  for (const name of Object.keys(states)) if (!reached.has(name)) report(prefix + name, "is never reached");

  const own = new Set(Object.values(states).flatMap((state) => (isFields(state) ? assignedBy(state) : [])));
  for (const name of own) {
    if (around.outer.has(name)) report(place, `assigns $${name}, which belongs to a scope around it`);
    if (name === "states" || !/^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u.test(name))
      report(place, `cannot assign $${name}`);
  }
  const outer = new Set([...around.outer, ...own]);
  for (const [name, state] of Object.entries(states)) {
    if (!isFields(state)) continue;
    const inner = innerMachines(state as State).filter(isFields);
    for (const [index, branch] of inner.entries()) {
      checkMachine(branch, `${prefix}${name}[${index}]`, { ...around, outer }, report);
    }
  }
}

function checkState(state: Fields, place: string, resources: string[], report: Report): void {
  const type = state.Type as State["Type"];
  if (!Object.hasOwn(FIELDS, String(type))) {
    report(`${place}.Type`, `must be one of ${Object.keys(FIELDS).join(", ")}`);
    return;
  }
  checkFields(state, [...FIELDS[type], "Type", "Comment", "QueryLanguage"], place, report);
  if ("QueryLanguage" in state && state.QueryLanguage !== "JSONata")
    report(`${place}.QueryLanguage`, "must be JSONata");
  if (FIELDS[type].includes("Next") && "Next" in state === (state.End === true)) {
    report(place, "needs either Next or End: true");
  }
  const { Branches: _branches, ItemProcessor: _processor, ...rest } = state;
  checkExpressions(rest, place, report);
  checkRules(state, "Retry", RETRIER_FIELDS, place, report);
  checkRules(state, "Catch", CATCHER_FIELDS, place, report);
  switch (type) {
    case "Task":
      if (!resources.includes(String(state.Resource)))
        report(`${place}.Resource`, `${state.Resource} has no runner here`);
      checkNumber(state, "TimeoutSeconds", 1, place, report);
      break;
    case "Wait":
      if ("Seconds" in state === "Timestamp" in state) report(place, "needs either Seconds or Timestamp");
      checkNumber(state, "Seconds", 0, place, report);
      break;
    case "Choice":
      if (rulesOf(state, "Choices").length === 0) report(place, "needs Choices");
      for (const [index, rule] of rulesOf(state, "Choices").entries()) {
        checkFields(rule, RULE_FIELDS, `${place}.Choices[${index}]`, report);
        if (!("Condition" in rule && "Next" in rule))
          report(`${place}.Choices[${index}]`, "needs Condition and Next");
      }
      break;
    case "Parallel":
      if (!Array.isArray(state.Branches) || state.Branches.length === 0) report(place, "needs Branches");
      for (const [index, branch] of rulesOf(state, "Branches").entries()) {
        checkFields(branch, ["Comment", "StartAt", "States"], `${place}[${index}]`, report);
      }
      break;
    case "Map": {
      const processor = state.ItemProcessor;
      if (!isFields(processor)) report(place, "needs an ItemProcessor");
      else checkFields(processor, ["Comment", "ProcessorConfig", "StartAt", "States"], `${place}[0]`, report);
      const config = isFields(processor)
        ? (processor.ProcessorConfig ?? { Mode: "INLINE" })
        : { Mode: "INLINE" };
      if (!isFields(config) || config.Mode !== "INLINE")
        report(`${place}[0].ProcessorConfig.Mode`, "must be INLINE");
      checkNumber(state, "MaxConcurrency", 0, place, report);
    }
  }
}

function checkRules(
  state: Fields,
  field: "Retry" | "Catch",
  allowed: string[],
  place: string,
  report: Report,
): void {
  const rules = rulesOf(state, field);
  for (const [index, rule] of rules.entries()) {
    const where = `${place}.${field}[${index}]`;
    checkFields(rule, allowed, where, report);
    const names = Array.isArray(rule.ErrorEquals) ? rule.ErrorEquals : [];
    if (names.length === 0) report(where, "needs ErrorEquals");
    if (names.includes("States.ALL") && (names.length > 1 || index < rules.length - 1)) {
      report(where, "States.ALL must stand alone and last");
    }
    for (const name of names) {
      if (String(name).startsWith("States.") && !STATES_ERRORS.test(String(name)))
        report(where, `cannot match ${name}`);
    }
    if (field === "Catch" && !("Next" in rule)) report(where, "needs Next");
    checkNumber(rule, "IntervalSeconds", 1, where, report);
    checkNumber(rule, "MaxAttempts", 0, where, report);
    checkNumber(rule, "MaxDelaySeconds", 1, where, report);
    const { BackoffRate = 1, JitterStrategy = "NONE" } = rule;
    if (typeof BackoffRate !== "number" || BackoffRate < 1)
      report(`${where}.BackoffRate`, "must be at least 1");
    if (JitterStrategy !== "NONE" && JitterStrategy !== "FULL")
      report(`${where}.JitterStrategy`, "must be FULL or NONE");
  }
}

function checkFields(fields: Fields, allowed: string[], place: string, report: Report): void {
  for (const name of Object.keys(fields)) {
    if (allowed.includes(name)) continue;
    report(`${place}.${name}`, JSONPATH_FIELDS.test(name) ? "belongs to JSONPath" : "is not supported");
  }
}

function checkExpressions(value: unknown, place: string, report: Report): void {
  if (typeof value === "string" && isExpression(value)) {
    const problem = expressionProblem(value);
    if (problem !== null) report(place, problem);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      if (key.endsWith(".$")) report(`${place}.${key}`, "belongs to JSONPath");
      checkExpressions(part, Array.isArray(value) ? `${place}[${key}]` : `${place}.${key}`, report);
    }
  }
}

/** A whole number; a field that takes JSONata is checked again when it is evaluated. */
function checkNumber(fields: Fields, name: string, least: number, place: string, report: Report): void {
  const value = fields[name];
  if (value === undefined || (typeof value === "string" && isExpression(value))) return;
  if (!Number.isInteger(value) || Number(value) < least)
    report(`${place}.${name}`, `must be a whole number from ${least}`);
}

function nextOf(state: Fields): unknown[] {
  const rules = [...rulesOf(state, "Choices"), ...rulesOf(state, "Catch")].map((rule) => rule.Next);
  return [state.Next, state.Default, ...rules].filter((next) => next !== undefined);
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
