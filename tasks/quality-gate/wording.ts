import type { GatePolicy } from "../../schemas/types.ts";

const names = { accuracy: "Token accuracy", f1: "Entity-level F1" };

/** "Token accuracy 0.9600 is not above the minimum 0.9700." */
export function compared(
  { metric, of = "" }: { metric: GatePolicy["metric"]; of?: string },
  score: number,
  what: string,
  other: number,
  passed: boolean,
  margin = "",
): string {
  const [left, right] = distinct(score, other);
  return `${names[metric]}${of} ${left} is ${passed ? "" : "not "}above ${what} ${right}${margin}.`;
}

/** Four digits, or all of them where four would show two different numbers as one. */
function distinct(a: number, b: number): [string, string] {
  const short: [string, string] = [a.toFixed(4), b.toFixed(4)];
  return a !== b && short[0] === short[1] ? [String(a), String(b)] : short;
}

/** 0.95 → "95 %". */
export function percent(level: number): string {
  return `${Number((level * 100).toFixed(1))} %`;
}

// A reason has 400 characters; 64 labels of 64 would not fit.
const toldLabels = 2;
const toldCharacters = 24;

/** "drug, device and 3 more". */
export function listed(labels: readonly string[]): string {
  const told = labels
    .slice(0, toldLabels)
    .map((label) => (label.length > toldCharacters ? `${label.slice(0, toldCharacters - 1)}…` : label))
    .join(", ");
  const more = labels.length - toldLabels;
  return more > 0 ? `${told} and ${more} more` : told;
}
