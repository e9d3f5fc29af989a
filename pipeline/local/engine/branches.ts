import type { Json, Machine, MapState, ParallelState, Variables } from "./definition.ts";
import { Aborted, type Engine, record, type Scope } from "./engine.ts";
import { evaluateField, evaluateWhole, requireFieldSize, wrongType } from "./fields.ts";
import { TaskError } from "./task-runner.ts";

/** Step Functions runs at most so many iterations of an inline Map at once. */
const INLINE_MAP_CONCURRENCY = 40;

/** runScope, handed in so that the interpreter and its branches need not import each other. */
type RunScope = (engine: Engine, machine: Machine, scope: Scope, input: Json) => Promise<Json>;
/** Runs one branch or iteration in the scope that was made for it. */
type RunBranch = (scope: Scope, index: number) => Promise<Json>;

/** Runs the branches side by side; the first to fail aborts the others and its error is the Parallel's. */
export async function attemptParallel(
  engine: Engine,
  scope: Scope,
  state: ParallelState,
  runScope: RunScope,
): Promise<Json> {
  const input =
    state.Arguments === undefined
      ? scope.position.visit!.input
      : await evaluateField(engine, scope, "Arguments", state.Arguments);
  const startedId = keptBranches(scope) ?? record(engine, scope, { type: "ParallelStateStarted" });
  const count = state.Branches.length;
  return runBranches(engine, scope, "Parallel", { startedId, count, atOnce: count }, (branch, index) =>
    runScope(engine, state.Branches[index]!, branch, input),
  );
}

/** Runs the processor once for each item, in order of the items, as many at once as MaxConcurrency allows. */
export async function attemptMap(
  engine: Engine,
  scope: Scope,
  state: MapState,
  runScope: RunScope,
): Promise<Json> {
  const { input, state: name } = scope.position.visit!;
  const items = state.Items === undefined ? input : await evaluateField(engine, scope, "Items", state.Items);
  if (!Array.isArray(items)) throw wrongType(engine, scope, "Items", "an array");
  const limit =
    state.MaxConcurrency === undefined
      ? 0
      : await evaluateWhole(engine, scope, "MaxConcurrency", state.MaxConcurrency, 0);
  const inputs: Json[] = [];
  for (const [Index, Value] of items.entries()) {
    const itemScope = { ...scope, map: { Item: { Index, Value } } };
    const selector = state.ItemSelector;
    inputs.push(
      selector === undefined ? Value : await evaluateField(engine, itemScope, "ItemSelector", selector),
    );
  }
  const count = items.length;
  const startedId =
    keptBranches(scope) ??
    record(engine, scope, { type: "MapStateStarted", mapStateStartedEventDetails: { length: count } });
  const atOnce = Math.min(limit || INLINE_MAP_CONCURRENCY, INLINE_MAP_CONCURRENCY);
  return runBranches(engine, scope, "Map", { startedId, count, atOnce }, async (iteration, index) => {
    const details = { name, index };
    const { position } = iteration;
    iteration.map = { Item: { Index: index, Value: items[index]! } };
    if (position.iteration === undefined) {
      record(engine, iteration, { type: "MapIterationStarted", mapIterationStartedEventDetails: details });
    }
    try {
      const output = await runScope(engine, state.ItemProcessor, iteration, inputs[index]!);
      if (position.iteration !== "succeeded") {
        record(engine, iteration, {
          type: "MapIterationSucceeded",
          mapIterationSucceededEventDetails: details,
        });
      }
      return output;
    } catch (error) {
      if (error instanceof TaskError) {
        record(engine, iteration, { type: "MapIterationFailed", mapIterationFailedEventDetails: details });
      } else if (error instanceof Aborted) {
        record(engine, iteration, { type: "MapIterationAborted", mapIterationAbortedEventDetails: details });
      }
      throw error;
    }
  });
}

/** The branches that a resumed execution continues; a retry starts all of them again. */
function keptBranches(scope: Scope): number | undefined {
  return scope.retryCount === 0 ? scope.position.visit?.startedId : undefined;
}

async function runBranches(
  engine: Engine,
  scope: Scope,
  kind: "Parallel" | "Map",
  { startedId, count, atOnce }: { startedId: number; count: number; atOnce: number },
  runBranch: RunBranch,
): Promise<Json> {
  const siblings = new AbortController();
  const signal = AbortSignal.any([scope.signal, siblings.signal]);
  const outer: Variables = { ...scope.outer, ...scope.position.variables };
  const outputs: Json[] = new Array(count).fill(null);
  let failure: { reason: unknown } | undefined;
  let lastEventId = scope.position.lastEventId;
  let begun = 0;

  async function work(): Promise<void> {
    while (begun < count && !signal.aborted) {
      const index = begun++;
      const key = `${startedId}.${index}`;
      const position = engine.positions.get(key) ?? {
        variables: {},
        lastEventId: scope.position.lastEventId,
      };
      engine.positions.set(key, position);
      try {
        outputs[index] = await runBranch(
          { key, outer, position, signal, map: scope.map, retryCount: 0 },
          index,
        );
      } catch (reason) {
        failure ??= { reason };
        siblings.abort(new Aborted("SIBLING_FAILED"));
      }
      lastEventId = Math.max(lastEventId, position.lastEventId);
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work));

  scope.signal.throwIfAborted();
  if (failure !== undefined) {
    if (failure.reason instanceof TaskError) {
      record(engine, scope, { type: `${kind}StateFailed`, previousEventId: lastEventId });
    }
    throw failure.reason;
  }
  requireFieldSize(engine, scope, kind === "Map" ? "ItemProcessor" : "Branches", outputs);
  if (!scope.position.visit!.joined) {
    record(engine, scope, { type: `${kind}StateSucceeded`, previousEventId: lastEventId });
  }
  return outputs;
}
