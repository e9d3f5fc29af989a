import { attemptMap, attemptParallel } from "./branches.ts";
import type {
  CatchableState,
  ChoiceState,
  Json,
  Leaving,
  Machine,
  State,
  Variables,
  WaitState,
} from "./definition.ts";
import { Aborted, type Engine, record, type Scope } from "./engine.ts";
import { evaluateField, evaluateText, evaluateWhole, type Seen, wrongType } from "./fields.ts";
import type { Draft } from "./history.ts";
import { firstMatch, retryCounter } from "./retry.ts";
import { attemptTask } from "./task.ts";
import { TaskError } from "./task-runner.ts";

/** How a state was left: what it assigned, its output, the state that follows (null: the scope ends). */
type Exit = { output: Json; assigned: Variables; next: string | null };

/**
 * Walks through a graph of states from where the scope's position says, to its end: enter, run, exit, follow Next.
 * Resolves to the scope's output; rejects with a TaskError if a state failed, with Aborted if the scope was stopped.
 */
export async function runScope(engine: Engine, machine: Machine, scope: Scope, input: Json): Promise<Json> {
  const { position } = scope;
  try {
    reenter(engine, machine, scope);
    while (position.output === undefined) {
      scope.signal.throwIfAborted();
      if (position.visit === undefined) {
        const { state, input: stateInput } = position.next ?? { state: machine.StartAt, input };
        record(engine, scope, entered(machine, state, stateInput));
      }
      scope.retryCount = 0;
      const state = machine.States[position.visit!.state]!;
      const { output, assigned, next } = await runState(engine, scope, state);
      const exited = exitedDraft(state, position.visit!.state, output, assigned, next);
      record(engine, scope, exited, ...(next === null ? [] : [entered(machine, next, output)]));
    }
    return position.output.value;
  } catch (error) {
    const type = machine.States[position.visit?.state ?? ""]?.Type;
    if (
      error instanceof Aborted &&
      (type === "Task" || type === "Wait" || type === "Parallel" || type === "Map")
    ) {
      record(engine, scope, { type: `${type}StateAborted` });
    }
    throw error;
  }
}

/**
 * A resumed scope that stopped inside a state enters it again, unless what is left of it is kept: a task's answer, or
 * the branches of a Parallel or Map.
 */
function reenter(engine: Engine, machine: Machine, { key, position }: Scope): void {
  const { visit } = position;
  if (visit === undefined || visit.result !== undefined || visit.startedId !== undefined) return;
  record(engine, { key, position }, entered(machine, visit.state, visit.input));
}

function entered(machine: Machine, name: string, input: Json): Draft {
  return {
    type: `${machine.States[name]!.Type}StateEntered`,
    stateEnteredEventDetails: { name, input: JSON.stringify(input), inputDetails: { truncated: false } },
  };
}

function exitedDraft(
  state: State,
  name: string,
  output: Json,
  assigned: Variables,
  next: string | null,
): Draft {
  if (state.Type === "Fail") throw new Error(`${name} is a Fail state and has no exit`);
  const variables = Object.entries(assigned).map(([key, value]) => [key, JSON.stringify(value)]);
  return {
    type: `${state.Type}StateExited`,
    stateExitedEventDetails: {
      name,
      output: JSON.stringify(output),
      outputDetails: { truncated: false },
      ...(variables.length === 0
        ? {}
        : {
            assignedVariables: Object.fromEntries(variables),
            assignedVariablesDetails: { truncated: false },
          }),
    },
    next,
  };
}

async function runState(engine: Engine, scope: Scope, state: State): Promise<Exit> {
  switch (state.Type) {
    case "Pass":
    case "Succeed":
      return leave(engine, scope, state);
    case "Wait":
      await waitFor(engine, scope, state);
      return leave(engine, scope, state);
    case "Choice":
      return leave(engine, scope, await choose(engine, scope, state));
    case "Fail": {
      const error = state.Error === undefined ? "" : await evaluateText(engine, scope, "Error", state.Error);
      const cause = state.Cause === undefined ? "" : await evaluateText(engine, scope, "Cause", state.Cause);
      throw new TaskError(error, cause);
    }
    default:
      return runWithRetryAndCatch(engine, scope, state);
  }
}

/** Output and Assign both see the variables as they were when the state was entered. */
async function leave(engine: Engine, scope: Scope, how: Leaving, seen: Seen = {}): Promise<Exit> {
  const { Output: template, Assign = {}, Next = null } = how;
  const [otherwise = scope.position.visit!.input] = Object.values(seen);
  const output =
    template === undefined ? otherwise : await evaluateField(engine, scope, "Output", template, seen);
  const assigned = (await evaluateField(engine, scope, "Assign", Assign, seen)) as Variables;
  return { output, assigned, next: Next };
}

async function runWithRetryAndCatch(engine: Engine, scope: Scope, state: CatchableState): Promise<Exit> {
  const retries = retryCounter(state.Retry, engine.random);
  for (;;) {
    try {
      return await leave(engine, scope, state, { result: await attempt(engine, scope, state) });
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      const delayMs = retries.delayAfter(error);
      if (delayMs === null) {
        const catcher = firstMatch(state.Catch, error);
        if (catcher === undefined) throw error;
        return leave(engine, scope, catcher, {
          errorOutput: { Error: error.error, Cause: error.cause },
        });
      }
      await engine.clock.sleep(delayMs, scope.signal);
      scope.signal.throwIfAborted();
      scope.retryCount += 1;
    }
  }
}

function attempt(engine: Engine, scope: Scope, state: CatchableState): Promise<Json> {
  switch (state.Type) {
    case "Task":
      return attemptTask(engine, scope, state);
    case "Parallel":
      return attemptParallel(engine, scope, state, runScope);
    case "Map":
      return attemptMap(engine, scope, state, runScope);
  }
}

async function choose(engine: Engine, scope: Scope, state: ChoiceState): Promise<Leaving> {
  for (const [index, rule] of state.Choices.entries()) {
    const location = `Choices[${index}].Condition`;
    const holds = await evaluateField(engine, scope, location, rule.Condition);
    if (typeof holds !== "boolean") throw wrongType(engine, scope, location, "a boolean");
    if (holds) return rule;
  }
  if (state.Default === undefined) {
    throw new TaskError(
      "States.Runtime",
      `${scope.position.visit!.state}: no rule matched and there is no Default`,
    );
  }
  return { Assign: state.Assign, Output: state.Output, Next: state.Default };
}

/** How soon a Wait for a time of day notices that the clock was set. */
const LOOK_AT_CLOCK_MS = 60_000;

async function waitFor(engine: Engine, scope: Scope, state: WaitState): Promise<void> {
  if (state.Seconds !== undefined) {
    const seconds = await evaluateWhole(engine, scope, "Seconds", state.Seconds, 0);
    await engine.clock.sleep(seconds * 1000, scope.signal);
  } else {
    const end = await timestampOf(engine, scope, state);
    // A time of day, and not a duration: when the clock is set, the end comes sooner or later.
    for (let rest = end - engine.clock.now(); rest > 0; rest = end - engine.clock.now()) {
      await engine.clock.sleep(Math.min(rest, LOOK_AT_CLOCK_MS), scope.signal);
      scope.signal.throwIfAborted();
    }
  }
  scope.signal.throwIfAborted();
}

/** Milliseconds since the epoch. */
async function timestampOf(engine: Engine, scope: Scope, state: WaitState): Promise<number> {
  const timestamp = await evaluateText(engine, scope, "Timestamp", state.Timestamp as string);
  const end = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(timestamp)
    ? Date.parse(timestamp)
    : Number.NaN;
  if (Number.isNaN(end)) throw wrongType(engine, scope, "Timestamp", "an RFC 3339 timestamp");
  return end;
}
