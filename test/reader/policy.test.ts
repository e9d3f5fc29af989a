// The policy by label decides alike in both readers: test/containers/test_policy.py reads the same cases.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Answer } from "../../reader/typescript/classifier.ts";
import { openPolicy, policyOf, type Ruling } from "../../reader/typescript/policy.ts";
import policySchema from "../../schemas/models/policy.schema.json" with { type: "json" };
import { compiler } from "../../tasks/lambda/door.ts";

const isPolicy = compiler({}).compile(policySchema);
// Read, not imported: as an object literal, one of its labels would be the prototype.
const shared = readFileSync(new URL("policies.json", import.meta.url), "utf8");
const { labels, cases, refused } = JSON.parse(shared) as {
  labels: string[];
  cases: {
    name: string;
    policy: object;
    answer: { classes?: Answer; keyphrases?: { label: string; confidence: number }[] };
    ruling: Ruling;
  }[];
  refused: { name: string; text: string }[];
};

test.each(cases)("$name", ({ policy, answer: { classes, keyphrases }, ruling }) => {
  expect(isPolicy(policy)).toBe(true);
  const read = policyOf(JSON.stringify(policy), labels);
  expect(classes ? read.ofClasses(classes) : read.ofKeyphrases(keyphrases!)).toEqual(ruling);
});

test.each(refused)("refuses $name, as the schema does", ({ name, text }) => {
  expect(() => policyOf(text, labels)).toThrow(expect.objectContaining({ name: "ModelsError" }));
  // Which labels there are is for the model to say, and JSON.parse keeps one of two.
  if (!/unknown label|twice/.test(name)) expect(isPolicy(parsed(text))).toBe(false);
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

test("a policy is taken up when it changes, and none is no error", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pbp-policy-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = openPolicy(folder);
  const nothing = { classes: [], probabilities: {} };
  expect(await file.current(labels)).toBeNull();
  for (const otherwise of ["block", "flag"]) {
    writeFileSync(
      join(folder, "policy.json"),
      JSON.stringify({ schemaVersion: "1.0", labels: {}, otherwise }),
    );
    const policy = await file.current(labels);
    expect(policy?.ofClasses(nothing)).toEqual({ action: otherwise, label: null, threshold: null });
    expect(await file.current(labels)).toBe(policy);
  }
  writeFileSync(join(folder, "policy.json"), "{");
  await expect(file.current(labels)).rejects.toThrow("is not a policy of this version");
});
