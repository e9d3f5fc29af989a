import { describe, expect, test } from "vitest";
import { deployments, ofType, synthesize } from "./deployments.ts";
import { complexityOf, safeComplexity } from "./rule-complexity.ts";

describe("the complexity of a rule", () => {
  const suffixes = ["json", "jsonl", "ndjson", "JSON", "JSONL", "NDJSON"];
  const wildcards = (names: string[]) =>
    names
      .flatMap((name) => [name, name === name.toUpperCase() ? `${name}.GZ` : `${name}.gz`])
      .map((suffix) => ({ wildcard: `incoming/*.${suffix}` }));

  // Each computed with MachineComplexityEvaluator itself, aws/event-ruler.
  test.each([
    ["twelve wildcards with one beginning", wildcards(suffixes), 25],
    ["six", wildcards(suffixes.slice(0, 3)), 13],
    ["four", wildcards(suffixes.slice(0, 2)), 9],
    ["one at the end", [{ wildcard: "incoming/*" }], 2],
    ["a prefix", [{ prefix: "incoming/" }], 0],
    ["words", ["FAILED", "ABORTED"], 0],
  ])("is AWS's own figure for %s", (_, key, complexity) => {
    expect(complexityOf({ detail: { object: { key } } })).toBe(complexity);
  });
});

test.each(Object.entries<object>(deployments))(
  "EventBridge takes every rule of a stack with %s network and file system",
  async (_, written) => {
    const rules = ofType(await synthesize(written), "AWS::Events::Rule");
    expect(rules.length).toBeGreaterThan(1);
    for (const [id, { Properties }] of rules) {
      const complexity = complexityOf(Properties.EventPattern);
      expect([id, complexity, complexity <= safeComplexity]).toEqual([id, complexity, true]);
    }
  },
);
