import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import common from "../../schemas/common.schema.json" with { type: "json" };
import { algorithms, algorithmsThat, defaultAlgorithm, needsOf } from "../../schemas/tables/algorithms.ts";
import { kindNames, wordsOf } from "../../schemas/tables/kinds.ts";

const root = new URL("../../", import.meta.url);
/**
 * A comparison with one of the names, a case of it, or a choice by it, in either language and in JSONata: of several, by a
 * field of this name, or by how the name begins or ends.
 */
function asksFor(names: readonly string[], parts: readonly string[] = []): RegExp {
  const name = `["'](?:${names.join("|")})["']`;
  const spellings = [
    String.raw`(?:[=!]==?|\bcase|\bin)\s*[([{]?\s*${name}`,
    String.raw`\$[\w.]+ !?= ?[([]?${name}`,
    String.raw`${name}\s*(?:[=!]==?|\?|(?:not )?\bin\b)`,
    String.raw`${name}[^\])]*[\])]+\.(?:includes|has|indexOf)\(`,
    String.raw`(?:\.(?:includes|has|starts_?with|ends_?with)\(|hasOwn\([^,]+, )${name}`,
    ...parts.map((part) => String.raw`(?:starts_?with|ends_?with|includes)\(["']${part}["']`),
  ];
  return new RegExp(spellings.join("|"), "i");
}
const asksKind = asksFor(kindNames, ["-?label", "single-?", "multi-?", "keyphrase"]);
const asksAlgorithm = asksFor(algorithms);
/** Where a kind's name may be asked for. */
const tables = /(^|\/)kinds?([./]|$)/;

// Not bench: it makes inputs of each kind by hand.
const folders = ["tasks", "pipeline", "states", "reader", "containers", "schemas", "importers", "samples"];
const files = [...folders, "campaigns", "scripts"].flatMap((folder) =>
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

test("no code asks which algorithm it has: schemas/tables/algorithms.json says what each needs", () => {
  expect(asking(asksAlgorithm, files)).toEqual([]);
});

test("the checks see what they are for", () => {
  for (const line of [
    'if (kind === "keyphrases")',
    'if kind == "multi-label":',
    "case 'single-label':",
    '"keyphrases" !== kind',
    'if kind in ("single-label", "multi-label"):',
    '["single-label", "multi-label"].includes(kind)',
    'new Set(["multi-label"]).has(kind)',
    'kind.endsWith("-label")',
    'if kind.startswith("multi"):',
    'found = said["keyphrases"] if "keyphrases" in said else said["classes"]',
    'Object.hasOwn(record, "keyphrases")',
    "$kind in ['single-label', 'multi-label']",
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
