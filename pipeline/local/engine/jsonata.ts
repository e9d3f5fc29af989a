import { createHash, randomUUID } from "node:crypto";
import jsonata from "jsonata";
import type { Json } from "./definition.ts";
import { TaskError } from "./task-runner.ts";

/**
 * A definition's expressions take tens of steps; one that takes so many (a second or two) loops, and would hang the
 * engine. Steps, not time: a machine that is busy training must not fail an expression.
 */
const STEP_LIMIT = 1_000_000;

/** What an expression can see, besides the variables: `$states`. */
export type StatesVariable = { input: Json; context: Json; result?: Json; errorOutput?: Json };

const compiled = new Map<string, jsonata.Expression>();

export function isExpression(text: string): boolean {
  return text.startsWith("{%");
}

/** Parses `{% … %}`; what is wrong with it, or null. `$eval` is refused because Step Functions has none. */
export function expressionProblem(text: string): string | null {
  if (!text.endsWith("%}")) return "starts with {% but does not end with %}";
  try {
    return callsEval(compile(text).ast()) ? "calls $eval, which Step Functions does not have" : null;
  } catch (error) {
    return `is not a JSONata expression (${describe(error)})`;
  }
}

/**
 * Evaluates every expression in `template`; all other values stay as they are.
 * Throws States.QueryEvaluationError when an expression fails, yields nothing, or yields something that is not JSON.
 * The cause names the expression and JSONata's error code, never a value.
 */
export async function evaluateTemplate(
  template: Json,
  states: StatesVariable,
  variables: Record<string, Json>,
  random: () => number,
): Promise<Json> {
  if (typeof template === "string") {
    return isExpression(template) ? evaluate(template, states, variables, random) : template;
  }
  if (template === null || typeof template !== "object") return template;
  const each = (value: Json) => evaluateTemplate(value, states, variables, random);
  if (Array.isArray(template)) return Promise.all(template.map(each));
  const entries = Object.entries(template).map(async ([key, value]) => [key, await each(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function evaluate(
  text: string,
  states: StatesVariable,
  variables: Record<string, Json>,
  random: () => number,
): Promise<Json> {
  let value: unknown;
  try {
    value = await compile(text).evaluate(undefined, { ...awsFunctions(random), ...variables, states });
    if (value !== undefined) return toJson(value);
  } catch (error) {
    throw new TaskError("States.QueryEvaluationError", `The expression ${text} failed: ${describe(error)}`);
  }
  throw new TaskError("States.QueryEvaluationError", `The expression ${text} yielded nothing (undefined)`);
}

function compile(text: string): jsonata.Expression {
  let expression = compiled.get(text);
  if (expression === undefined) {
    expression = jsonata(text.slice(2, -2));
    // JSONata calls what is bound to this symbol before each step. The frames of one evaluation share one timestamp
    // object, so it tells evaluations of the same expression apart that overlap.
    const bind = expression.assign as (name: string | symbol, value: unknown) => void;
    const steps = new WeakMap<Date, number>();
    bind(
      Symbol.for("jsonata.__evaluate_entry"),
      (_expression: unknown, _input: unknown, { timestamp }: { timestamp: Date }) => {
        const step = (steps.get(timestamp) ?? 0) + 1;
        steps.set(timestamp, step);
        if (step > STEP_LIMIT) throw Object.assign(new Error(), { code: `more than ${STEP_LIMIT} steps` });
      },
    );
    compiled.set(text, expression);
  }
  return expression;
}

/** JSONata yields functions and array-likes too: only what survives as JSON may reach a state. */
function toJson(value: unknown): Json {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    const isLambda = typeof part === "object" && part !== null && "_jsonata_lambda" in part;
    if (typeof part === "function" || isLambda || (typeof part === "number" && !Number.isFinite(part))) {
      throw Object.assign(new Error(), { code: "the result is not JSON" });
    }
    return part;
  });
  return JSON.parse(text) as Json;
}

/** The code and the place, but not the message: JSONata writes values into it. Only $error's text is the author's own. */
function describe(error: unknown): string {
  const { code, position, message } = error as Partial<jsonata.JsonataError>;
  if (code === "D3137") return `$error: ${message}`;
  return `${code ?? "internal error"}${position === undefined ? "" : ` at character ${position}`}`;
}

function callsEval(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  const { type, value } = node as { type?: unknown; value?: unknown };
  return (type === "variable" && value === "eval") || Object.values(node).some(callsEval);
}

const HASHES: Record<string, string> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};
/** Step Functions' own limit for arrays that an expression makes. */
const RANGE_LIMIT = 1_000;

/** What Step Functions adds to JSONata (docs: "JSONata functions provided by Step Functions"). */
function awsFunctions(random: () => number): Record<string, (...args: never[]) => unknown> {
  return {
    partition: (items: unknown, size: unknown) => {
      check(
        Array.isArray(items) && Number.isInteger(size) && Number(size) > 0,
        "$partition(array, size > 0)",
      );
      const [array, step] = [items as unknown[], size as number];
      return Array.from({ length: Math.ceil(array.length / step) }, (_, i) =>
        array.slice(i * step, (i + 1) * step),
      );
    },
    range: (first: unknown, last: unknown, step: unknown) => {
      check(
        [first, last, step].every(Number.isInteger) && step !== 0,
        "$range(first, last, step other than 0)",
      );
      const [from, to, by] = [first as number, last as number, step as number];
      const length = Math.max(0, Math.floor((to - from) / by) + 1);
      check(length <= RANGE_LIMIT, `$range of at most ${RANGE_LIMIT} numbers`);
      return Array.from({ length }, (_, i) => from + i * by);
    },
    hash: (text: unknown, algorithm: unknown) => {
      const known = HASHES[String(algorithm)];
      check(
        typeof text === "string" && known !== undefined,
        `$hash(text, ${Object.keys(HASHES).join(" | ")})`,
      );
      return createHash(known as string)
        .update(text as string)
        .digest("hex");
    },
    random: (seed?: unknown) => {
      if (seed === undefined) return random();
      check(Number.isInteger(seed), "$random(whole number)");
      return createHash("sha256").update(String(seed)).digest().readUInt32BE() / 2 ** 32;
    },
    uuid: () => randomUUID(),
    parse: (text: unknown) => {
      check(typeof text === "string", "$parse(text)");
      try {
        return JSON.parse(text as string);
      } catch {
        throw Object.assign(new Error(), { code: "$parse: the text is not JSON" });
      }
    },
  };
}

function check(condition: boolean, expected: string): void {
  if (!condition) throw Object.assign(new Error(), { code: `expected ${expected}` });
}
