import type { Json } from "./definition.ts";
import { type Engine, record, type Scope } from "./engine.ts";
import { evaluateTemplate } from "./jsonata.ts";
import { TaskError } from "./task-runner.ts";

/** Step Functions' quota for the input, output and arguments of a state, in UTF-8 bytes. */
export const PAYLOAD_LIMIT_BYTES = 262_144;
/** Step Functions' upper bound for seconds and counts in a definition. */
const LARGEST_NUMBER = 99_999_999;

/** What an expression sees of the state's own work: the result, or in a catcher the error. */
export type Seen = { result: Json } | { errorOutput: Json } | Record<string, never>;

/**
 * Evaluates one field of the present state. Throws States.QueryEvaluationError or States.DataLimitExceeded, and has
 * journalled EvaluationFailed then.
 */
export async function evaluateField(
  engine: Engine,
  scope: Scope,
  location: string,
  template: Json,
  seen: Seen = {},
): Promise<Json> {
  const visit = scope.position.visit!;
  const State = { Name: visit.state, EnteredTime: visit.enteredTime, RetryCount: scope.retryCount };
  const context: Json = { ...engine.context, State, ...(scope.map === undefined ? {} : { Map: scope.map }) };
  const variables = { ...scope.outer, ...scope.position.variables };
  try {
    const states = { input: visit.input, context, ...seen };
    return requireSize(await evaluateTemplate(template, states, variables, engine.random));
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    throw evaluationFailed(engine, scope, location, error);
  }
}

export async function evaluateText(
  engine: Engine,
  scope: Scope,
  location: string,
  template: string,
): Promise<string> {
  const value = await evaluateField(engine, scope, location, template);
  if (typeof value !== "string") throw wrongType(engine, scope, location, "text");
  return value;
}

/** A whole number from `least` to 99,999,999. */
export async function evaluateWhole(
  engine: Engine,
  scope: Scope,
  location: string,
  template: Json,
  least: number,
): Promise<number> {
  const value = await evaluateField(engine, scope, location, template);
  const isFit =
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= LARGEST_NUMBER;
  if (!isFit) throw wrongType(engine, scope, location, `a whole number from ${least} to ${LARGEST_NUMBER}`);
  return value;
}

/** The error for a field that evaluated to something of the wrong kind; never shows the value. */
export function wrongType(engine: Engine, scope: Scope, location: string, expected: string): TaskError {
  const error = new TaskError("States.QueryEvaluationError", `expected ${expected}`);
  return evaluationFailed(engine, scope, location, error);
}

/** Throws States.DataLimitExceeded, journalled, if what a state's branches yielded together is too large. */
export function requireFieldSize(engine: Engine, scope: Scope, location: string, value: Json): Json {
  try {
    return requireSize(value);
  } catch (error) {
    throw evaluationFailed(engine, scope, location, error as TaskError);
  }
}

/** Throws States.DataLimitExceeded if the value is larger than a state may hold. */
export function requireSize(value: Json): Json {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= PAYLOAD_LIMIT_BYTES) return value;
  throw new TaskError(
    "States.DataLimitExceeded",
    `${bytes} bytes are more than the ${PAYLOAD_LIMIT_BYTES} allowed`,
  );
}

/** Journals EvaluationFailed; returns the error to throw, which names the place. */
function evaluationFailed(engine: Engine, scope: Scope, location: string, reason: TaskError): TaskError {
  const { state } = scope.position.visit!;
  const { error } = reason;
  const cause = `${state}.${location}: ${reason.cause}`;
  record(engine, scope, {
    type: "EvaluationFailed",
    evaluationFailedEventDetails: { error, cause, location, state },
  });
  return new TaskError(error, cause);
}
