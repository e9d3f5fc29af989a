import { createHash, randomUUID } from "node:crypto";
import jsonata from "jsonata";
import type { Json } from "./definition.ts";
import { referenceProblem } from "./jsonata-references.ts";
import { TaskError } from "./task-runner.ts";

/**
 * A definition's expressions take tens of steps; one that takes so many (a second or two) loops, and would hang the
 * engine. Steps, not time: a machine that is busy training must not fail an expression.
 */
const STEP_LIMIT = 1_000_000;
/**
 * Step Functions' own limits, which it does not document; measured on AWS (floci-io/floci #2737): expressions nested
 * deeper than about 100 overflow its stack, so a sum of 100 terms is computed and one of 200 is not; a range of 873,782
 * numbers fits its memory and one of 873,783 does not, a string of 2^22 characters fits and one of 2^23 does not.
 */
const DEPTH_LIMIT = 100;
const MEMORY_LIMIT_BYTES = 873_782 * 8;

/** What an expression can see, beside the variables: `$states`. */
export type StatesVariable = { input: Json; context: Json; result?: Json; errorOutput?: Json };

const compiled = new Map<string, jsonata.Expression>();

export function isExpression(text: string): boolean {
  return text.startsWith("{%");
}

/** Parses `{% … %}`; why Step Functions would refuse it, or null. Only a catcher sees `$states.errorOutput`. */
export function expressionProblem(text: string, isOfCatcher: boolean): string | null {
  if (!text.endsWith("%}")) return "starts with {% but does not end with %}";
  try {
    return referenceProblem(compile(text).ast(), isOfCatcher);
  } catch (error) {
    return `is no JSONata expression (${describe(error)})`;
  }
}

/**
 * Evaluates every expression in `template`; all other values stay as they are.
 * Throws States.QueryEvaluationError when an expression fails, yields nothing, or yields something that is no JSON.
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
    const spent = new WeakMap<Date, { steps: number; depth: number }>();
    bind(
      Symbol.for("jsonata.__evaluate_entry"),
      (_expression: unknown, _input: unknown, { timestamp }: { timestamp: Date }) => {
        const { steps, depth } = spent.get(timestamp) ?? { steps: 0, depth: 0 };
        spent.set(timestamp, { steps: steps + 1, depth: depth + 1 });
        if (steps === STEP_LIMIT) throw limitExceeded(`${STEP_LIMIT} steps`);
        if (depth === DEPTH_LIMIT) throw limitExceeded(`${DEPTH_LIMIT} levels of nesting`);
      },
    );
    bind(
      Symbol.for("jsonata.__evaluate_exit"),
      (_expression: unknown, _input: unknown, { timestamp }: { timestamp: Date }, result: unknown) => {
        const now = spent.get(timestamp)!;
        spent.set(timestamp, { ...now, depth: now.depth - 1 });
        requireMemory(result);
      },
    );
    compiled.set(text, expression);
  }
  return expression;
}

const limitExceeded = (limit: string) => Object.assign(new Error(), { code: `more than ${limit}` });

/** The value's own size, without what is in it: a number takes 8 bytes, a character of a string one. */
function requireMemory(value: unknown): void {
  const bytes = Array.isArray(value) ? 8 * value.length : typeof value === "string" ? value.length : 0;
  if (bytes > MEMORY_LIMIT_BYTES) throw limitExceeded(`${MEMORY_LIMIT_BYTES} bytes of memory`);
}

/**
 * JSONata yields functions and array-likes too: only what survives as JSON may reach a state.
 * A division by zero does: AWS makes a text of it, "Infinity" (floci-io/floci #2737, #2783).
 */
function toJson(value: unknown): Json {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    const isLambda = typeof part === "object" && part !== null && "_jsonata_lambda" in part;
    if (typeof part === "function" || isLambda || Number.isNaN(part))
      throw Object.assign(new Error(), { code: "the result is not JSON" });
    if (part === Number.POSITIVE_INFINITY || part === Number.NEGATIVE_INFINITY) return String(part);
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

const HASHES: Record<string, string> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};
/** What $range makes at most on AWS before it runs out of memory (floci-io/floci #2790). */
const RANGE_LIMIT = 360_145;

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
      // AWS cuts fractions off (floci-io/floci #2676).
      const [from, to, by] = [first, last, step].map((value) =>
        typeof value === "number" ? Math.trunc(value) : Number.NaN,
      ) as [number, number, number];
      check([from, to, by].every(Number.isSafeInteger) && by !== 0, "$range(first, last, step other than 0)");
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
      return javaRandom(BigInt(seed as number));
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

/**
 * The first `nextDouble()` of Java's `new Random(seed)`, which is AWS's $random(seed) to the last bit (floci-io/floci
 * #2662): the linear congruential generator that the documentation of java.util.Random prescribes.
 */
function javaRandom(seed: bigint): number {
  const [multiplier, mask] = [0x5_deec_e66dn, (1n << 48n) - 1n];
  const first = (((seed ^ multiplier) & mask) * multiplier + 0xbn) & mask;
  const second = (first * multiplier + 0xbn) & mask;
  // 26 bits of the one, 27 of the other.
  return (Number(first >> 22n) * 2 ** 27 + Number(second >> 21n)) / 2 ** 53;
}

function check(condition: boolean, expected: string): void {
  if (!condition) throw Object.assign(new Error(), { code: `expected ${expected}` });
}
