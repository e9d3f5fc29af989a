import { NamedError } from "../../schemas/tables/errors.ts";
import { parseStrictly } from "../formats/strict-json.ts";

/** Throws MetricInvalid that names the rule, never a value. */
export function refuseUnless(condition: boolean, rule: string): asserts condition {
  if (!condition)
    throw new NamedError("MetricInvalid", `The evaluation contradicts itself or this run: ${rule}.`);
}

/** JSON without a key twice in an object. Throws MetricInvalid. */
export function parse(text: string, what: string): unknown {
  try {
    return parseStrictly(text);
  } catch (error) {
    throw new NamedError("MetricInvalid", `${what} ${(error as SyntaxError).message}.`);
  }
}

// Python and JavaScript divide alike, so only a sum in another order may differ, in the last digits.
const tolerance = 1e-9;

export function equal(a: number, b: number): boolean {
  return Math.abs(a - b) <= tolerance;
}
