import policySchema from "../../schemas/models/policy.schema.json" with { type: "json" };
import type { Policy } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";

/** Throws InvalidInput where it is no policy. */
export const checkPolicy = door<Policy>(policySchema, { what: "The policy", name: "InvalidInput" });

const mostNamed = 20;
const named = (labels: readonly string[]) =>
  labels.slice(0, mostNamed).join(", ") + (labels.length > mostNamed ? ", …" : "");

/** A sentence about the rules that could never apply; empty when there are none. */
export function unknownIn(policy: Policy, labels: readonly string[]): string {
  const unknown = Object.keys(policy.labels).filter((label) => !labels.includes(label));
  return unknown.length === 0
    ? ""
    : `The policy has rules for labels that the model in use does not have: ${named(unknown)}. It has: ${named(labels)}.`;
}

/** Labels of the model that no rule names. */
export const withoutRule = (policy: Policy, labels: readonly string[]) =>
  labels.filter((label) => !Object.hasOwn(policy.labels, label));
