import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { algorithms, algorithmsThat, defaultAlgorithm, needsOf } from "../../schemas/algorithms.ts";
import common from "../../schemas/common.schema.json" with { type: "json" };
import { kindNames, wordsOf } from "../../schemas/kinds.ts";

const root = new URL("../../", import.meta.url);
/** A comparison with one of the names, a case of it, or a choice by it, in either language and in JSONata. */
function asksFor(names: readonly string[]): RegExp {
  const name = `["'](?:${names.join("|")})["']`;
  return new RegExp(
    String.raw`(?:[=!]==?|\bcase|\bin|\bis)\s*${name}|\$[\w.]+ != ?${name}|\$[\w.]+ = ${name}|${name}\s*(?:[=!]==?|\?)`,
  );
}
const asksKind = asksFor(kindNames);
const asksAlgorithm = asksFor(algorithms);
/** Where a kind's name may be asked for: the tables, and the registered model that has the same name as a kind. */
const tables = /(^|\/)kinds?([./]|$)|^schemas\//;

const files = ["tasks", "pipeline", "states", "reader", "containers", "schemas"].flatMap((folder) =>
  (readdirSync(new URL(folder, root), { recursive: true }) as string[])
    .map((file) => `${folder}/${file}`)
    .filter((file) => /\.(ts|py)$/.test(file) && !file.includes("node_modules")),
);

const asking = (asks: RegExp, where: readonly string[]) =>
  where.flatMap((file) =>
    readFileSync(new URL(file, root), "utf8")
      .split("\n")
      .filter((line) => asks.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );

test("no code asks which kind it has: that is what the tables are for", () => {
  expect(files.length).toBeGreaterThan(200);
  expect(
    asking(
      asksKind,
      files.filter((file) => !tables.test(file)),
    ),
  ).toEqual([]);
});

test("no code asks which algorithm it has: schemas/algorithms.json says what each needs", () => {
  expect(asking(asksAlgorithm, files)).toEqual([]);
});

test("the checks see what they are for", () => {
  for (const line of [
    'if (kind === "keyphrases")',
    'if kind == "multi-label":',
    "case 'single-label':",
    '"keyphrases" !== kind',
  ])
    expect(asksKind.test(line), line).toBe(true);
  for (const line of [
    'if (algorithm === "linear")',
    'reads_pieces = algorithm != "linear"',
    "$trial.algorithm = 'transformer' ? 2 : 1",
    "($trial.algorithm != 'linear' ? 1 : 2)",
    'case "frozen":',
  ])
    expect(asksAlgorithm.test(line), line).toBe(true);
  for (const line of [
    'const defaultAlgorithm: Algorithm = "transformer";',
    'DEFAULT_ALGORITHM = "transformer"',
  ])
    expect(asksAlgorithm.test(line), line).toBe(false);
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

test("the algorithms are those of the schema, in its order, and each has a setting", () => {
  expect(algorithms).toEqual(common.$defs.algorithm.enum);
  expect(algorithms).toContain(defaultAlgorithm);
  const settings = Object.keys(common.$defs.tuningRanges.properties);
  for (const algorithm of algorithms) {
    expect(needsOf(algorithm).settings.length).toBeGreaterThan(0);
    expect(settings).toEqual(expect.arrayContaining([...needsOf(algorithm).settings]));
  }
  // What waits for others needs a rented accelerator; a deployment has one list of instances for either.
  expect(algorithmsThat(({ runsOn }) => runsOn === "cpu")).toEqual(["linear"]);
});
