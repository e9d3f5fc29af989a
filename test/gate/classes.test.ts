import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createRandom } from "../../samples/random.ts";
import type { DocumentCounts, Evaluation, GatePolicy, Verdict } from "../../schemas/types.ts";
import { compare } from "../../tasks/quality-gate/bootstrap.ts";
import { PairedLabels } from "../../tasks/quality-gate/paired-labels.ts";
import { handler } from "../../tasks/quality-gate.ts";
import { labelsReference, labelsText } from "../../tasks/store/label-set.ts";
import { readJson } from "../../tasks/store/store.ts";
import { deploy, failure, run } from "../tasks/deployment.ts";
import { type Classified, classified } from "./classified.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.remove());

const labels = ["-1", "5 stars", "__proto__"];
const evaluationPrefix = "runs/run-1/evaluation/4/";
const policy: GatePolicy = { metric: "accuracy", minimum: 0.5, minimumImprovement: 0, confidence: null };

/** A hundred documents, of which the models are right on as many. */
function single(challengerRight: number, championRight: number | null): Classified[] {
  const said = (index: number, right: number) => [index < right ? index % 3 : (index + 1) % 3];
  return Array.from({ length: 100 }, (_, index) => ({
    gold: [index % 3],
    challenger: said(index, challengerRight),
    champion: championRight === null ? null : said(index, championRight),
  }));
}

/** The like, two labels a document at most; a wrong answer leaves one out, or has one too many. */
function multi(challengerRight: number, championRight: number | null): Classified[] {
  const gold = (index: number) => [[0], [0, 1], [2], []][index % 4]!;
  const said = (index: number, right: number) => {
    if (index < right) return gold(index);
    return gold(index).length > 1
      ? gold(index).slice(1)
      : [...gold(index), 1].filter((one, at, all) => all.indexOf(one) === at);
  };
  return Array.from({ length: 100 }, (_, index) => ({
    gold: gold(index),
    challenger: said(index, challengerRight),
    champion: championRight === null ? null : said(index, championRight),
  }));
}

async function judge(given: ReturnType<typeof classified>, gate: Partial<GatePolicy> = {}) {
  const { dataset, artifacts, champion } = given;
  await deployment.store.write(`${evaluationPrefix}metrics.json`, JSON.stringify(given.evaluation));
  const lines = given.lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  await deployment.store.write(`${evaluationPrefix}documents.jsonl`, lines);
  await deployment.store.write(`${dataset.prefix}labels.json`, labelsText(given.labels));
  await handler({
    run: { ...run, gate: { ...policy, ...gate } },
    dataset,
    artifacts,
    champion,
    evaluationPrefix,
  });
  return (await readJson(deployment.store, "runs/run-1/verdict.json")) as Verdict;
}

const failed = ({ reasons }: Verdict) => reasons.filter(({ passed }) => !passed).map(({ rule }) => rule);

describe.each([
  ["single-label" as const, single],
  ["multi-label" as const, multi],
])("the user's rule for %s", (kind, documents) => {
  const made = (challenger: number, champion: number | null) =>
    classified(kind, labels, documents(challenger, champion));

  test.each(["accuracy", "f1", "macroF1"] as const)(
    "by %s: first, better, equal, worse, inconclusive",
    async (metric) => {
      expect((await judge(made(90, null), { metric })).verdict).toBe("promote");
      expect((await judge(made(90, 80), { metric })).verdict).toBe("promote");
      const equal = await judge(made(90, 90), { metric });
      expect([equal.verdict, failed(equal)]).toEqual(["reject", ["above-champion"]]);
      const worse = await judge(made(80, 90), { metric });
      expect([worse.verdict, failed(worse)]).toEqual(["reject", ["above-champion"]]);
      const close = await judge(made(91, 90), { metric, confidence: 0.95 });
      expect([close.verdict, failed(close)]).toEqual(["inconclusive", ["significant"]]);
      expect(close.comparison).toMatchObject({ metric, resamples: 2000 });
      expect((await judge(made(91, 90), { metric, minimum: 0.999 })).verdict).toBe("reject");
    },
  );

  test("a floor for a label holds for classes too", async () => {
    const verdict = await judge(made(90, null), { labelMinimum: { [labels[1]!]: 0.999 } });
    expect([verdict.verdict, failed(verdict)]).toEqual(["reject", ["label-minimum"]]);
    expect(verdict.reasons.find(({ rule }) => rule === "label-minimum")!.message).toMatch(
      /^F1 of 5 stars 0\.\d+ is not above/,
    );
    expect(Object.keys(verdict.perLabel)).toEqual(labels);
  });

  test("a nearly perfect model is promoted with a warning that says where the word stands, which is of the texts", async () => {
    const given = made(100, null);
    given.evaluation.separatedBy = { word: "consultation", documents: 87 };
    const verdict = await judge(given);
    expect(verdict.verdict).toBe("promote");
    expect(JSON.stringify(verdict)).not.toContain("consultation");
    expect(verdict.reasons.at(-2)!.message).toMatch(
      /1\.0000 is above 0\.995\. A regular expression may do: one word, in 87 documents, almost gives the answer; metrics\.json names it as separatedBy\.$/,
    );
  });

  test("a model that always says one label is rejected, by the baseline too", async () => {
    const always = documents(0, null).map((one) => ({
      ...one,
      gold: one.gold.length ? one.gold : [0],
      challenger: [0],
    }));
    const verdict = await judge(classified(kind, labels, always), { minimum: 0.1 });
    expect(failed(verdict)).toEqual(["above-baseline", "predicts-labels"]);
    const { message } = verdict.reasons.find(({ rule, passed }) => rule === "above-baseline" && !passed)!;
    expect(message).toMatch(/is not above always saying the (commonest class|most frequent label), 0/);
  });
});

test("a test set with labels that the champion does not know is judged by those that both know", async () => {
  // 220 decisions by 3 of 11 labels: 220 * (3 / 11) is not 60 in floating point.
  const given = classified("multi-label", labels, multi(18, 12).slice(0, 20));
  const all = [...labels, ...Array.from({ length: 8 }, (_, number) => `new ${number}`)];
  given.labels = given.evaluation.labels = given.evaluation.challenger.labels = all;
  given.dataset.labels = labelsReference(all);
  given.dataset.test.units = 20 * all.length;
  const verdict = await judge(given);
  expect([verdict.verdict, failed(verdict)]).toEqual(["reject", ["same-labels"]]);
  expect(verdict.counts.units).toBe(60);
});

describe("what contradicts itself is refused", () => {
  let given: ReturnType<typeof classified>;
  beforeEach(() => {
    given = structuredClone(classified("multi-label", labels, multi(90, 80)));
  });
  const refusals: [string, string, (evaluation: Evaluation, lines: DocumentCounts[]) => unknown][] = [
    ["no classes", "must have the classes of every document", (_, lines) => delete lines[3]!.classes],
    [
      "other classes than counts",
      "the challenger's counts in documents.jsonl must follow",
      (_, lines) => (lines[0]!.classes!.challenger = [1, 2]),
    ],
    [
      "other gold classes",
      "counts in documents.jsonl must follow",
      (_, lines) => (lines[0]!.classes!.gold = [1]),
    ],
    [
      "a number that no label has",
      "must name compared labels only",
      (_, lines) => (lines[0]!.classes!.gold = [3]),
    ],
    [
      "units of another kind",
      "units of documents.jsonl must be those of the kind",
      (_, lines) => (lines[0]!.units = 4),
    ],
    [
      "no classes of the champion",
      "of every model that it counts",
      (_, lines) => (lines[0]!.classes!.champion = null),
    ],
    [
      "another macro F1",
      "challenger.scores.macroF1",
      (evaluation) => (evaluation.challenger.scores.macroF1 += 1e-6),
    ],
    [
      "another F1 of a label",
      "champion.perLabel must",
      (evaluation) => (evaluation.champion!.perLabel["5 stars"]!.precision = 0.123),
    ],
    [
      "a weaker baseline",
      "baselines.mostFrequent must follow",
      (evaluation) => (evaluation.baselines.mostFrequent!.f1 = 0.1),
    ],
    [
      "no baseline of the kind",
      "baselines.mostFrequent must follow",
      (evaluation) => delete evaluation.baselines.mostFrequent,
    ],
    ["another kind", "kind must be that of the dataset", (evaluation) => (evaluation.kind = "single-label")],
  ];
  test.each(refusals)("%s: %s", async (_, message, damage) => {
    damage(given.evaluation, given.lines);
    const refused = await failure(judge(given));
    expect(refused.name).toBe("MetricInvalid");
    expect(refused.message).toContain(message);
  });
});

test("macro F1 of a resample is that of the documents drawn", () => {
  const sets = fc.uniqueArray(fc.nat(3), { maxLength: 3 });
  const documents = fc.array(fc.record({ gold: sets, challenger: sets, champion: sets }), {
    minLength: 1,
    maxLength: 12,
  });
  const four = ["a", "b", "c", "d"];
  fc.assert(
    fc.property(documents, fc.nat(), (made, seed) => {
      const paired = new PairedLabels(4);
      for (const line of classified("multi-label", four, made).lines) paired.add(line);
      const random = createRandom(String(seed));
      const drawn = made.map(() => random.between(0, made.length - 1));
      let next = 0;
      const { evaluation } = classified(
        "multi-label",
        four,
        drawn.map((index) => made[index]!),
      );
      const expected = evaluation.challenger.scores.macroF1 - evaluation.champion!.scores.macroF1;
      expect(paired.resampled(() => drawn[next++]!)).toBeCloseTo(expected, 12);
    }),
  );
});

test("fifty thousand documents are compared within seconds", () => {
  const paired = new PairedLabels(77);
  const random = createRandom("1");
  for (let index = 0; index < 50_000; index++) {
    const gold = random.between(0, 76);
    const said = () => [random.chance(0.9) ? gold : random.between(0, 76)];
    const document = index.toString(16).padStart(8, "0").split("").reverse().join("").padEnd(16, "0");
    paired.add({
      document,
      units: 1,
      challenger: [],
      champion: [],
      classes: { gold: [gold], challenger: said(), champion: said() },
    });
  }
  const started = performance.now();
  expect(compare(paired, 0.95, 1).upper).toBeLessThan(0.01);
  expect(paired.units).toBe(5000);
  expect(performance.now() - started).toBeLessThan(30_000);
});
