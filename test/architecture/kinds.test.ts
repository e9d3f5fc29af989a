import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import common from "../../schemas/common.schema.json" with { type: "json" };
import { kindNames, wordsOf } from "../../schemas/kinds.ts";

const root = new URL("../../", import.meta.url);
const names = kindNames.join("|");
/** A comparison with a kind's name, a case of it, or a choice by it, in either language. */
const asks = new RegExp(
  String.raw`(?:[=!]==?|\bcase|\bin|\bis)\s*["'](?:${names})["']|["'](?:${names})["']\s*(?:[=!]==?|\?)`,
);
/** Where a kind's name may be asked for: the tables, and the registered model that has the same name as a kind. */
const tables = /(^|\/)kinds?([./]|$)|^schemas\//;

const files = ["tasks", "pipeline", "states", "reader", "containers", "schemas"].flatMap((folder) =>
  (readdirSync(new URL(folder, root), { recursive: true }) as string[])
    .map((file) => `${folder}/${file}`)
    .filter((file) => /\.(ts|py)$/.test(file) && !file.includes("node_modules")),
);

test("no code asks which kind it has: that is what the tables are for", () => {
  expect(files.length).toBeGreaterThan(200);
  const asking = files
    .filter((file) => !tables.test(file))
    .flatMap((file) =>
      readFileSync(new URL(file, root), "utf8")
        .split("\n")
        .filter((line) => asks.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
  expect(asking).toEqual([]);
});

test("the check sees what it is for", () => {
  for (const line of [
    'if (kind === "keyphrases")',
    'if kind == "multi-label":',
    "case 'single-label':",
    '"keyphrases" !== kind',
  ])
    expect(asks.test(line), line).toBe(true);
});

test("the tables have every kind, with words for each of its metrics and baselines", () => {
  expect(kindNames).toEqual(common.$defs.kind.enum);
  for (const kind of kindNames) {
    const { metrics, recommendedMetric, algorithms, baselines } = wordsOf(kind);
    expect(metrics).toHaveProperty(recommendedMetric);
    expect(common.$defs.algorithm.enum).toEqual(expect.arrayContaining(algorithms));
    expect(Object.keys(common.$defs.baselines.properties)).toEqual(
      expect.arrayContaining(Object.keys(baselines)),
    );
  }
});
