import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { promoteEventKey } from "../../schemas/bucket.ts";
import profileSchema from "../../schemas/data/profile.schema.json" with { type: "json" };
import type { DocumentCounts, Evaluation, Profile, Run, Verdict } from "../../schemas/types.ts";
import { keptKeysOf } from "../../tasks/models/kept-keys.ts";
import { handler } from "../../tasks/quality-gate.ts";
import { labelsReference, labelsText } from "../../tasks/store/label-set.ts";
import { readJson, writeJson } from "../../tasks/store/store.ts";
import { deploy, failure, run } from "../tasks/deployment.ts";
import { evaluated, uniform } from "./evaluation.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.remove());

const evaluationPrefix = "runs/run-1/evaluation/4/";
const metricsKey = `${evaluationPrefix}metrics.json`;
const documentsKey = `${evaluationPrefix}documents.jsonl`;
const better = uniform(
  40,
  (index) => 46 + (index % 4),
  (index) => 44 + (index % 4),
);

let given: ReturnType<typeof evaluated>;
beforeEach(() => {
  given = structuredClone(evaluated(better));
});

async function put(metrics = JSON.stringify(given.evaluation), documents = textOf(given.lines)) {
  await deployment.store.write(metricsKey, metrics);
  await deployment.store.write(documentsKey, documents);
  given.dataset.labels = labelsReference(given.labels);
  await deployment.store.write(`${given.dataset.prefix}labels.json`, labelsText(given.labels));
}

const textOf = (lines: DocumentCounts[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

function judge(change: Partial<Run> = {}) {
  const { dataset, artifacts, champion } = given;
  return handler({ run: { ...run, ...change }, dataset, artifacts, champion, evaluationPrefix });
}

describe("the verdict", () => {
  test("is written with every number, and returned in short", async () => {
    await put();
    const decision = await judge();
    const written = await readJson(deployment.store, "runs/run-1/verdict.json");
    expect(decision).toMatchObject({ verdict: "promote", verdictKey: "runs/run-1/verdict.json" });
    expect(decision.counts).toEqual({ documents: 40, units: 2000, items: 200, excludedDocuments: 0 });
    expect(decision.reasons).toHaveLength(6);
    // What Promote is called with, whichever host it has: states/promote.ts.
    const { dataset, artifacts, champion } = given;
    expect(await readJson(deployment.store, promoteEventKey("run-1"))).toEqual({
      ...{ run, dataset, artifacts, champion },
      verdict: { verdictKey: decision.verdictKey },
    });
    expect(written).toMatchObject({
      verdict: "promote",
      championGeneration: 4,
      challengerSha256: given.artifacts.model.sha256,
      metrics: decision.metrics,
      comparison: { metric: "accuracy", level: 0.95, probabilityBetter: 1, resamples: 2000, seed: 42 },
      perLabel: { problem: { support: 200 } },
    });
    expect(Buffer.byteLength(JSON.stringify(decision))).toBeLessThan(4000);
    expect(await readJson(deployment.store, "runs/run-1/challenger.json")).toEqual({
      run,
      dataset: given.dataset,
      artifacts: given.artifacts,
    });
  });

  test("has beside it what the logs of the trainings show, and no log keeps it from being taken", async () => {
    await put();
    expect((await judge()).findings).toEqual([]);
    const lines = Array.from({ length: 20 }, (_, index) => ({ step: index + 1, loss: 1.1, seconds: index }));
    await deployment.store.write(
      "runs/run-1/trials/0/training.jsonl",
      lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    );
    const { verdict, findings } = await judge();
    await deployment.store.remove("runs/run-1/trials/0/training.jsonl");
    expect(verdict).toBe("promote");
    expect(findings).toMatchObject([{ rule: "loss-not-falling", trial: 0 }]);
    expect(await readJson(deployment.store, "runs/run-1/verdict.json")).toMatchObject({ findings });
  });

  test("tells drift from the profiles of both exports, and none where one has no profile that can be read", async () => {
    await put();
    const { store } = deployment;
    const kept = keptKeysOf(given.champion!);
    const [profile] = profileSchema.examples as [Profile];
    const drift = async () => {
      await judge();
      return ((await readJson(store, "runs/run-1/verdict.json")) as Verdict).drift;
    };
    expect(await drift()).toBeNull();
    await writeJson(store, `${given.dataset.prefix}profile.json`, profile);
    expect(await drift()).toBeNull();
    const other = structuredClone(profile);
    for (const value of other.facets[0]!.values) value.value = "Cardiology";
    other.facets[0]!.rest.values = 0;
    await writeJson(store, kept.profile, other);
    expect(await drift()).toMatchObject({
      champion: 4,
      findings: [
        { what: "facet:specialty", exceeds: true, message: expect.stringContaining("in the champion's") },
      ],
    });
    for (const damaged of ["{", '{"kind": "keyphrases"}']) {
      await store.write(kept.profile, damaged);
      expect(await drift()).toBeNull();
    }
    // What drift is told by decides nothing, and fails nothing.
    expect((await judge()).verdict).toBe("promote");
    for (const key of [kept.profile, `${given.dataset.prefix}profile.json`]) await store.remove(key);
  });

  test("is the same every time", async () => {
    await put();
    await judge();
    const first = await readJson(deployment.store, "runs/run-1/verdict.json");
    await judge();
    expect(await readJson(deployment.store, "runs/run-1/verdict.json")).toEqual(first);
  });

  test("has no comparison without a champion", async () => {
    given = evaluated(uniform(40, () => 48, null));
    await put();
    expect((await judge()).verdict).toBe("promote");
    expect(await readJson(deployment.store, "runs/run-1/verdict.json")).toMatchObject({
      championGeneration: null,
      comparison: null,
    });
  });

  test("follows the policy's metric and confidence", async () => {
    given = evaluated(
      uniform(
        40,
        (index) => (index % 2 ? 49 : 45),
        (index) => (index % 2 ? 45 : 48),
      ),
    );
    await put();
    const gate = { metric: "f1" as const, minimum: 0.3, minimumImprovement: 0, confidence: 0.99 };
    expect((await judge({ gate })).verdict).toBe("inconclusive");
    expect((await judge({ gate: { ...gate, confidence: null } })).verdict).toBe("promote");
    expect((await judge({ gate: { ...gate, minimum: 0.9 } })).verdict).toBe("reject");
  });

  test("goes by the labels that both models know when they changed, and is a rejection", async () => {
    const { evaluation, dataset, champion } = given;
    const drug = { precision: 0.5, recall: 0.25, f1: 1 / 3, support: 8 };
    given.labels = evaluation.labels = evaluation.challenger.labels = ["problem", "drug"];
    dataset.test.items += drug.support;
    evaluation.challenger.perLabel.drug = drug;
    evaluation.champion!.perLabel.drug = { precision: 0, recall: 0, f1: 0, support: drug.support };
    await put();
    const { verdict, reasons } = await judge();
    expect(verdict).toBe("reject");
    expect(reasons[1]).toContain(`generation ${champion!.generation}) has other labels; new: drug.`);
    expect(await readJson(deployment.store, "runs/run-1/verdict.json")).toMatchObject({
      comparison: { probabilityBetter: 1 },
      perLabel: {
        problem: { champion: { recall: expect.any(Number) } },
        drug: { support: 8, champion: null },
      },
    });
  });

  test("on no document at all is a rejection", async () => {
    given = evaluated([]);
    given.evaluation.excludedDocuments = 12;
    given.dataset.test = { ...given.dataset.test, documents: 12, rows: 30, units: 600, items: 60 };
    await put(undefined, "");
    const { verdict, reasons } = await judge();
    expect(verdict).toBe("reject");
    expect(reasons[0]).toMatch(/^0 test documents \(12 more left out: the champion was trained on them\)/);
  });

  test("on no document that the champion has not seen is a rejection without a comparison", async () => {
    const nothing = { accuracy: 0, precision: 0, recall: 0, f1: 0, macroF1: 0 };
    const { evaluation } = given;
    Object.assign(evaluation, { documents: 0, rows: 0, units: 0, items: 0, excludedDocuments: 40 });
    evaluation.baselines = { nothing };
    for (const model of [evaluation.challenger, evaluation.champion!]) {
      model.scores = nothing;
      model.perLabel = {};
    }
    await put(undefined, "");
    expect((await judge()).verdict).toBe("reject");
    expect(await readJson(deployment.store, "runs/run-1/verdict.json")).toMatchObject({ comparison: null });
  });

  test("takes documents that are nothing but entities, all found, in lines as long as they may be", async () => {
    const all = { right: 2, found: 2, invented: 0 };
    const none = { right: 0, found: 0, invented: 2 };
    given = evaluated(
      Array.from({ length: 20 }, () => ({ units: 2, items: 2, challenger: all, champion: none })),
    );
    await put(undefined, given.lines.map((line) => `${JSON.stringify(line).padEnd(1000)}\n`).join(""));
    expect((await judge()).verdict).toBe("promote");
  });

  test("takes metrics of 8 MiB", async () => {
    await put(JSON.stringify(given.evaluation).padEnd(8 * 1024 * 1024));
    expect((await judge()).verdict).toBe("promote");
  });

  test("is about a whole event only", async () => {
    const { dataset, artifacts, champion } = given;
    const whole = { run, dataset, artifacts, champion, evaluationPrefix };
    const call = (event: object) => failure(handler(event as typeof whole));
    expect((await call({ ...whole, run: undefined })).message).toContain("must have required property 'run'");
    expect((await call({ ...whole, more: 1 })).message).toContain("a property that the schema does not know");
    expect((await call({ ...whole, evaluationPrefix: "x" })).message).toContain("/evaluationPrefix must NOT");
  });

  test("reads lines that end with the file or with a carriage return", async () => {
    await put(undefined, textOf(given.lines).trimEnd().replaceAll("\n", "\r\n"));
    expect((await judge()).verdict).toBe("promote");
  });
});

const text = (change: (metrics: string) => string) => () => put(change(JSON.stringify(given.evaluation)));
const metrics = (change: (evaluation: Evaluation) => void) => () => {
  change(given.evaluation);
  return put();
};
const lines = (change: (lines: DocumentCounts[]) => void) => () => {
  change(given.lines);
  return put();
};
const lineText = (change: (documents: string) => string) => () => put(undefined, change(textOf(given.lines)));

type Refusal = [what: string, message: string, damage: () => Promise<void>];
const refusals: Refusal[] = [
  ["no metrics", "metrics.json is missing", async () => deployment.store.remove(metricsKey)],
  [
    "no documents",
    "documents.jsonl is missing",
    async () => {
      await put();
      await deployment.store.remove(documentsKey);
    },
  ],
  ["empty metrics", "metrics.json is not JSON", text(() => "")],
  ["cut metrics", "metrics.json is not JSON", text((json) => json.slice(0, -1))],
  [
    "a bare NaN",
    "metrics.json is not JSON",
    text((json) => json.replace(/"accuracy":[0-9.]+/, '"accuracy":NaN')),
  ],
  [
    "an infinite number",
    "accuracy must be",
    text((json) => json.replace(/"accuracy":[0-9.]+/, '"accuracy":1e400')),
  ],
  [
    "a key twice",
    "has a key twice",
    text((json) => json.replace('"accuracy":', '"accuracy":0.99,"accuracy":')),
  ],
  [
    "a key twice, once escaped",
    "has a key twice",
    text((json) => json.replace('"accuracy":', '"\\u0061ccuracy":0.99,"accuracy":')),
  ],
  [
    "a quoted number",
    "accuracy must be number",
    text((json) => json.replace(/"accuracy":([0-9.]+)/, '"accuracy":"$1"')),
  ],
  [
    "null for a number",
    "accuracy must be number",
    text((json) => json.replace(/"accuracy":[0-9.]+/, '"accuracy":null')),
  ],
  [
    "a missing field",
    "must have required property 'baselines'",
    text((json) => json.replace('"baselines"', '"other"')),
  ],
  [
    "too many documents",
    "documents must be at most 2097152",
    metrics((e) => {
      e.documents = given.dataset.test.documents = 2 ** 21 + 1;
    }),
  ],
  [
    "fewer documents than it says",
    "documents must be the number of lines",
    metrics((e) => {
      e.documents = given.dataset.test.documents = 2 ** 21;
    }),
  ],
  ["more than 8 MiB", "at most 8388608 bytes", text((json) => json + " ".repeat(8 * 1024 * 1024))],
  [
    "a score above 1",
    "metrics.json: /challenger/scores/accuracy must be <= 1",
    metrics((e) => (e.challenger.scores.accuracy = 1.01)),
  ],
  ["a score below 0", "f1 must be >= 0", metrics((e) => (e.champion!.scores.f1 = -0.1))],
  ["another test set", "testSha256", metrics((e) => (e.testSha256 = "0".repeat(64)))],
  [
    "another challenger",
    "challenger.modelSha256",
    metrics((e) => (e.challenger.modelSha256 = "0".repeat(64))),
  ],
  ["another champion", "champion.modelSha256", metrics((e) => (e.champion!.modelSha256 = "0".repeat(64)))],
  [
    "a champion from nowhere",
    "champion must be null",
    async () => {
      given.champion = null;
      await put();
    },
  ],
  ["documents left out in silence", "documents and excludedDocuments", metrics((e) => (e.documents = 39))],
  ["other rows", "rows must be the number in the dataset", metrics((e) => (e.rows = 41))],
  ...(["precision", "recall", "f1"] as const).map(
    (field): Refusal => [
      `a baseline with some ${field}`,
      "baselines.nothing must find nothing",
      metrics((e) => (e.baselines.nothing[field] = 0.1)),
    ],
  ),
  [
    "half of the test set's labels",
    "this run: labels must be those of the dataset",
    metrics(() => (given.labels = ["problem", "drug"])),
  ],
  [
    "another second label",
    "this run: labels must be those of the dataset",
    metrics((e) => {
      given.labels = ["problem", "drug"];
      e.labels = e.challenger.labels = e.champion!.labels = e.comparedLabels = ["problem", "device"];
    }),
  ],
  [
    "an accuracy that the counts deny",
    "challenger.scores.accuracy",
    metrics((e) => (e.challenger.scores.accuracy += 1e-6)),
  ],
  [
    "a macro F1 that the labels deny",
    "challenger.scores.macroF1 must follow from perLabel",
    metrics((e) => (e.challenger.scores.macroF1 -= 1e-6)),
  ],
  ["an F1 that the counts deny", "champion.scores.f1", metrics((e) => (e.champion!.scores.f1 -= 1e-6))],
  [
    "labels that do not add up",
    "challenger.perLabel must support the dataset's items",
    metrics((e) => (e.challenger.perLabel.problem!.support = 1)),
  ],
  [
    "other entities of a label for the champion",
    "champion.perLabel must support the same items",
    metrics((e) => (e.champion!.perLabel.problem!.support = 199)),
  ],
  [
    "entities of a label that the champion lacks",
    "champion.perLabel must support all items together",
    metrics((e) => (e.champion!.perLabel = {})),
  ],
  [
    "entities that are not those of the labels",
    "challenger.perLabel must support all items together",
    metrics((e) => (e.items = 199)),
  ],
  [
    "a label's recall that the counts deny",
    "champion.perLabel must follow from documents.jsonl",
    metrics((e) => {
      const { precision, support } = e.champion!.perLabel.problem!;
      const recall = 1 / support;
      const f1 = (2 * precision * recall) / (precision + recall);
      e.champion!.perLabel.problem = { precision, recall, f1, support };
    }),
  ],
  [
    "a label's precision that the counts deny",
    "challenger.perLabel must follow from documents.jsonl",
    metrics((e) => {
      const { recall, support } = e.challenger.perLabel.problem!;
      const precision = 0.01;
      const f1 = (2 * precision * recall) / (precision + recall);
      e.challenger.perLabel.problem = { precision, recall, f1, support };
    }),
  ],
  [
    "labels of another test set",
    "labels must be those of the dataset",
    metrics((e) => (e.labels = ["test"])),
  ],
  [
    "a challenger of other labels",
    "challenger.labels must be those of the dataset",
    metrics((e) => (e.challenger.labels = ["problem", "test"])),
  ],
  [
    "a comparison over labels that the champion does not know",
    "comparedLabels must be the labels that the champion knows too",
    metrics((e) => (e.champion!.labels = ["device"])),
  ],
  ["other tokens", "units must be the number in the dataset", metrics((e) => (e.units = 2001))],
  [
    "a label's F1 of nothing",
    "champion.perLabel must hold",
    metrics((e) => (e.champion!.perLabel.problem!.f1 = 0.999)),
  ],
  [
    "a line too many",
    "more lines than there are documents",
    lines((l) => l.push({ ...l[0]!, document: "f".repeat(16) })),
  ],
  ["a line too few", "documents must be the number of lines", lines((l) => l.pop())],
  ["a document twice", "every document once", lines((l) => (l[1]!.document = l[0]!.document))],
  ["a line without the champion", "on every line or on none", lines((l) => (l[3]!.champion = null))],
  ["more tokens right than there are", "more units right", lines((l) => (l[0]!.challenger[0] = 51))],
  ["other entities for the champion", "same items for both", lines((l) => (l[0]!.champion![3] = 9))],
  [
    "entities that the table by label does not have",
    "items must be the sum over documents.jsonl",
    lines((l) => {
      l[0]!.challenger[3]!++;
      l[0]!.champion![3]!++;
    }),
  ],
  [
    "more entities than tokens",
    "more items than units",
    lines((l) => (l[0]!.challenger[3] = l[0]!.champion![3] = 60)),
  ],
  ["more found entities than tokens", "more items than units", lines((l) => (l[0]!.champion![2] = 51))],
  [
    "a negative count",
    "A line of documents.jsonl: /challenger/2 must be >= 0",
    lines((l) => (l[0]!.challenger[2] = -1)),
  ],
  ["half a token", "must be integer", lines((l) => (l[0]!.units = 49.5))],
  ["tokens that do not add up", "units must be the sum", lines((l) => (l[0]!.units = 51))],
  ["a cut line", "line of documents.jsonl is not JSON", lineText((documents) => documents.slice(0, -5))],
  ["an empty line", "line of documents.jsonl is not JSON", lineText((documents) => `\n${documents}`)],
  ["a key twice in a line", "has a key twice", lineText((d) => d.replace('"units":', '"units":1,"units":'))],
  ["one endless line", "short lines only", lineText(() => "x".repeat(5_000_000))],
];
test.each(refusals)("refuses %s: %s", async (_, message, damage) => {
  await damage();
  const refused = await failure(judge());
  expect(refused.name).toBe("MetricInvalid");
  expect(refused.message).toContain(message);
});

test("a champion without a score is an error, never no champion", async () => {
  given.evaluation.champion = null;
  for (const line of given.lines) line.champion = null;
  await put();
  expect(await failure(judge())).toEqual({
    name: "ChampionUnreadable",
    message: "The evaluation has no score of the champion, generation 4, so nothing can be compared.",
  });
});
