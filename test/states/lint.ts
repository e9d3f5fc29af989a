import jsonata from "jsonata";
import { errorMeanings } from "../../schemas/tables/errors.ts";
import { awsErrorNames, machinesIn, type State, type StateMachine } from "../../states/asl.ts";
import { type Limit, limits } from "../../states/limits.ts";

/** Functions that AWS adds to JSONata; `$eval` is taken away. Source: Step Functions Developer Guide, "Transforming data". */
const awsFunctions = ["partition", "range", "hash", "random", "uuid", "parse"];
const builtIns = new Set([...awsFunctions, "states", "", "$"]);
const jsonPathFields = [
  "InputPath",
  "OutputPath",
  "ResultPath",
  "ResultSelector",
  "Parameters",
  "ItemsPath",
  "Result",
];

/** Everything wrong with a definition that the two public validators do not see, one sentence each. */
export function lint(machine: StateMachine): string[] {
  const problems: string[] = [];
  if (machine.QueryLanguage !== "JSONata") problems.push("The machine's QueryLanguage is not JSONata.");
  lintScope(machine, new Set(), problems);
  return problems;
}

function lintScope(machine: StateMachine, outer: ReadonlySet<string>, problems: string[]): void {
  for (const [name, assigned] of assignedOnEntry(machine, outer)) {
    const state = machine.States[name]!;
    const {
      Branches: _,
      ItemProcessor: __,
      ...own
    } = state as State & Record<"Branches" | "ItemProcessor", unknown>;
    lintVariables(name, own, assigned, problems);
    lintErrors(name, state, problems);
    // What is assigned is data: the beginning of a count has no reason to give.
    lintNumbers(name, { ...own, Assign: {} }, problems);
    lintJsonPath(name, own, problems);
    for (const inner of machinesIn(state)) lintScope(inner, assigned, problems);
  }
}

/** The edges out of a state: where it can go, and what is assigned on the way. */
function edges(state: State): { to: string; assigns: string[] }[] {
  const own = Object.keys(("Assign" in state && state.Assign) || {});
  const found: { to: string; assigns: string[] }[] = [];
  if ("Next" in state && state.Next) found.push({ to: state.Next, assigns: own });
  if (state.Type === "Choice") {
    for (const choice of state.Choices) found.push({ to: choice.Next, assigns: [] });
    found.push({ to: state.Default, assigns: own });
  }
  if (state.Type === "Task")
    for (const catcher of state.Catch ?? [])
      found.push({ to: catcher.Next, assigns: Object.keys(catcher.Assign ?? {}) });
  return found;
}

/** For each reachable state the variables that are set on every way to it. */
function assignedOnEntry(
  machine: StateMachine,
  outer: ReadonlySet<string>,
): Map<string, ReadonlySet<string>> {
  const onEntry = new Map<string, ReadonlySet<string>>([[machine.StartAt, outer]]);
  const work = [machine.StartAt];
  while (work.length > 0) {
    const name = work.pop()!;
    const here = onEntry.get(name)!;
    for (const { to, assigns } of edges(machine.States[name]!)) {
      const after = new Set([...here, ...assigns]);
      const before = onEntry.get(to);
      const both = before ? new Set([...before].filter((variable) => after.has(variable))) : after;
      if (before && both.size === before.size) continue;
      onEntry.set(to, both);
      work.push(to);
    }
  }
  return onEntry;
}

function lintVariables(name: string, state: object, assigned: ReadonlySet<string>, problems: string[]): void {
  for (const text of strings(state)) {
    const expression = /^\{%([\s\S]*)%\}$/.exec(text)?.[1];
    if (expression === undefined) {
      if (text.includes("{%") || text.includes("%}")) problems.push(`${name}: half an expression: ${text}`);
      continue;
    }
    for (const variable of freeVariables(expression))
      if (!assigned.has(variable))
        problems.push(`${name}: $${variable} is not set on every way to this state.`);
  }
}

/** Variables and functions that an expression uses without binding them itself. JSONata's own functions are known. */
function freeVariables(expression: string): Set<string> {
  const used = new Set<string>();
  const bound = new Set<string>();
  walk(jsonata(expression).ast());
  function walk(node: unknown): void {
    if (node === null || typeof node !== "object") return;
    const { type, value, lhs, ...rest } = node as {
      type?: string;
      value?: unknown;
      lhs?: { value?: unknown };
    };
    if (type === "variable" && typeof value === "string") used.add(value);
    if (type === "bind" && typeof lhs?.value === "string") bound.add(lhs.value);
    if (type === "lambda")
      for (const parameter of (rest as { arguments: { value: string }[] }).arguments)
        bound.add(parameter.value);
    for (const part of Object.values(node)) walk(part);
  }
  return new Set(
    [...used].filter((variable) => !bound.has(variable) && !builtIns.has(variable) && !isFunction(variable)),
  );
}

function isFunction(name: string): boolean {
  // JSONata registers its own functions under their names: an unknown one evaluates to nothing.
  return name !== "eval" && name in knownFunctions;
}
const knownFunctions = Object.fromEntries(
  (
    "abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl decodeUrlComponent " +
    "distinct each encodeUrl encodeUrlComponent error exists filter floor formatBase formatInteger formatNumber fromMillis " +
    "join keys length lookup lowercase map match max merge millis min not now number pad parseInteger power random reduce " +
    "replace reverse round shuffle sift single sort split spread sqrt string substring substringAfter substringBefore sum " +
    "toMillis trim type uppercase zip"
  )
    .split(" ")
    .map((name) => [name, true]),
);

function lintErrors(name: string, state: State, problems: string[]): void {
  if (state.Type !== "Task") return;
  const known = new Set<string>([...Object.keys(errorMeanings), ...awsErrorNames]);
  for (const [kind, handlers] of [
    ["Retry", state.Retry ?? []],
    ["Catch", state.Catch ?? []],
  ] as const)
    handlers.forEach(({ ErrorEquals }, index) => {
      for (const error of ErrorEquals)
        if (!known.has(error)) problems.push(`${name}: ${kind} names ${error}, which nothing throws.`);
      if (!(ErrorEquals as readonly string[]).includes("States.ALL")) return;
      if (ErrorEquals.length > 1) problems.push(`${name}: States.ALL must stand alone in ${kind}.`);
      if (index < handlers.length - 1) problems.push(`${name}: States.ALL must be the last of ${kind}.`);
    });
}

function lintNumbers(name: string, value: object, problems: string[]): void {
  const known: Limit[] = Object.values(limits);
  for (const [field, part] of Object.entries(value)) {
    if (typeof part === "number" && !known.some((limit) => limit.field === field && limit.value === part))
      problems.push(`${name}: ${field} ${part} has no reason in states/limits.ts.`);
    if (part !== null && typeof part === "object") lintNumbers(name, part, problems);
  }
}

function lintJsonPath(name: string, state: object, problems: string[]): void {
  for (const field of jsonPathFields)
    if (field in state) problems.push(`${name}: ${field} belongs to JSONPath.`);
  const keys = (value: unknown): string[] =>
    value !== null && typeof value === "object"
      ? Object.entries(value).flatMap(([key, part]) => [key, ...keys(part)])
      : [];
  for (const key of keys(state))
    if (key.endsWith(".$")) problems.push(`${name}: ${key} belongs to JSONPath.`);
}

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(strings) : [];
}
