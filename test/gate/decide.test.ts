import fc from "fast-check";
import { describe, expect, test } from "vitest";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import type { Comparison, GatePolicy, ModelScores, Verdict } from "../../schemas/types.ts";
import { door } from "../../tasks/lambda/door.ts";
import { decide } from "../../tasks/quality-gate/decide.ts";
import { type Evidence, fewestTestDocuments } from "../../tasks/quality-gate/rules.ts";
import { evaluated, uniform } from "./evaluation.ts";

const policy: GatePolicy = { metric: "accuracy", minimum: 0.5, minimumImprovement: 0, confidence: null };
const check = door<Verdict>(verdictSchema, { what: "The verdict", name: "MetricInvalid" });

function evidence(
  challenger: number,
  champion: number | null,
  change: Partial<GatePolicy> = {},
  comparison: Partial<Comparison> | null = {},
): Evidence {
  const { evaluation } = evaluated(uniform(40, () => challenger, champion === null ? null : () => champion));
  const difference = (challenger - (champion ?? 0)) / 50;
  return {
    execution: "run-1",
    policy: { ...policy, ...change },
    evaluation,
    championGeneration: champion === null ? null : 4,
    saidLabels: null,
    comparison:
      champion === null || comparison === null
        ? null
        : {
            metric: "accuracy",
            difference,
            level: 0.95,
            lower: difference,
            upper: difference,
            probabilityBetter: 1,
            smallestDetectable: 0.01,
            resamples: 2000,
            seed: 42,
            ...comparison,
          },
  };
}

const failed = (verdict: Verdict) =>
  verdict.reasons.filter((reason) => !reason.passed).map((reason) => reason.rule);
const messageOf = (verdict: Verdict, rule: string) =>
  verdict.reasons.find((reason) => reason.rule === rule)?.message;

describe("a first model", () => {
  test("is promoted when it is good enough", () => {
    const verdict = decide(evidence(48, null));
    expect(verdict).toMatchObject({ verdict: "promote", championGeneration: null, comparison: null });
    expect(verdict.reasons.map((reason) => reason.message)).toEqual([
      "40 test documents; at least 20 are needed.",
      "Test set and models have the same labels (1).",
      "Token accuracy 0.9600 is above the minimum 0.5000.",
      "Token accuracy 0.9600 is above the tagger that finds nothing, 0.9000.",
      "Entity-level F1 0.6000 is above finding no keyphrase at all, 0.0000.",
      "No champion yet: this is the first model.",
    ]);
  });

  test("is rejected when it only finds nothing, although it is above the minimum", () => {
    const verdict = decide(evidence(45, null));
    expect(verdict.verdict).toBe("reject");
    expect(failed(verdict)).toEqual(["above-baseline", "finds-items"]);
  });

  test("is rejected at the minimum itself", () => {
    expect(failed(decide(evidence(48, null, { minimum: 0.96 })))).toEqual(["above-minimum"]);
    expect(decide(evidence(48, null, { minimum: 0.9599 })).verdict).toBe("promote");
  });
});

describe("a challenger", () => {
  test("is promoted when it is better, by however little", () => {
    const verdict = decide(evidence(48, 47));
    expect(verdict.verdict).toBe("promote");
    expect(messageOf(verdict, "above-champion")).toBe(
      "Token accuracy 0.9600 is above the champion's (generation 4) 0.9400.",
    );
  });

  test("is rejected when it is equal or worse", () => {
    for (const right of [47, 46]) expect(failed(decide(evidence(right, 47)))).toEqual(["above-champion"]);
  });

  test("shows all digits where four would hide the difference", () => {
    const close = evidence(48, 48);
    close.evaluation.challenger.scores.accuracy = 0.960001;
    expect(messageOf(decide(close), "above-champion")).toContain("0.960001 is above");
  });

  test("must beat the champion by more than the minimum improvement, and rounding does not count", () => {
    const close = evidence(48, 47, { minimumImprovement: 0.1, minimum: 0 });
    // 0.4 - 0.3 is 0.10000000000000003 in floating point.
    close.evaluation.challenger.scores.accuracy = 0.4;
    close.evaluation.champion!.scores.accuracy = 0.3;
    close.evaluation.baselines.nothing.accuracy = 0;
    expect(failed(decide(close))).toEqual(["above-champion"]);
    close.evaluation.challenger.scores.accuracy = 0.4001;
    expect(decide(close).verdict).toBe("promote");
  });

  test("says by how much it had to win", () => {
    const margin = { minimumImprovement: 0.01 };
    expect(messageOf(decide(evidence(48, 47, margin)), "above-champion")).toBe(
      "Token accuracy 0.9600 is above the champion's (generation 4) 0.9400 by more than 0.01.",
    );
  });

  test("has tied when it leads by a rounding error", () => {
    const close = evidence(48, 47, { minimum: 0 });
    close.evaluation.baselines.nothing.accuracy = 0;
    close.evaluation.champion!.scores.accuracy = 0;
    close.evaluation.challenger.scores.accuracy = 1e-12;
    expect(failed(decide(close))).toEqual(["above-champion"]);
    close.evaluation.challenger.scores.accuracy = 1.1e-12;
    expect(decide(close).verdict).toBe("promote");
  });

  test("is judged by entity-level F1 where the policy says so", () => {
    const verdict = decide(evidence(48, 47, { metric: "f1" }));
    expect(verdict.verdict).toBe("promote");
    expect(messageOf(verdict, "above-champion")).toMatch(/^Entity-level F1 0.6000 is above/);
    expect(messageOf(verdict, "above-baseline")).toMatch(/finds nothing, 0.0000/);
  });

  test("is rejected on too few documents, whatever its scores", () => {
    const few = evidence(49, 40);
    few.evaluation.documents = fewestTestDocuments - 1;
    few.evaluation.excludedDocuments = 21;
    const verdict = decide(few);
    expect(failed(verdict)).toEqual(["enough-test-documents"]);
    expect(messageOf(verdict, "enough-test-documents")).toBe(
      "19 test documents (21 more left out: the champion was trained on them); at least 20 are needed. Run again with the testFraction that the champion was trained with, or with new notes.",
    );
    few.evaluation.excludedDocuments = 0;
    expect(messageOf(decide(few), "enough-test-documents")).toBe(
      "19 test documents; at least 20 are needed.",
    );
    few.evaluation.excludedDocuments = 21;
    few.evaluation.documents = fewestTestDocuments;
    const enough = decide(few);
    expect(enough.verdict).toBe("promote");
    expect(messageOf(enough, "enough-test-documents")).toMatch(/; at least 20 are needed\.$/);
  });
});

describe("labels that changed", () => {
  const changed = (champion: string[], compared: string[]) => {
    const given = evidence(49, 40);
    given.evaluation.labels = ["problem", "test", "drug"];
    given.evaluation.comparedLabels = compared;
    given.evaluation.champion!.labels = champion;
    return decide(given);
  };

  test("are rejected whatever the scores, with their names, what was compared, and what to type", () => {
    const verdict = changed(["problem", "device"], ["problem"]);
    expect(verdict.verdict).toBe("reject");
    expect(failed(verdict)).toEqual(["same-labels"]);
    expect(messageOf(verdict, "same-labels")).toBe(
      "The champion (generation 4) has other labels; new: test, drug; gone: device. Scores count the 1 that both know. To use this model anyway: pbp promote run-1 --force --reason TEXT",
    );
  });

  test("are rejected when labels are only new, or only gone", () => {
    const added = changed(["problem", "test"], ["problem", "test"]);
    expect(messageOf(added, "same-labels")).toContain("has other labels; new: drug. Scores count the 2 ");
    const fewer = changed(["problem", "test", "drug", "device"], ["problem", "test", "drug"]);
    expect(failed(fewer)).toEqual(["same-labels"]);
    expect(messageOf(fewer, "same-labels")).toContain("has other labels; gone: device. Scores count the 3 ");
  });

  test("leave no score of a champion by a label that it does not know", () => {
    const { perLabel } = changed(["problem", "device"], ["problem"]);
    expect(Object.keys(perLabel)).toEqual(["problem", "test", "drug"]);
    expect(perLabel.problem?.champion).toMatchObject({ recall: 0 });
    expect(perLabel.drug?.champion).toBeNull();
  });

  test("are the same in another order", () => {
    const same = changed(["drug", "problem", "test"], ["problem", "test", "drug"]);
    expect(same.verdict).toBe("promote");
    expect(messageOf(same, "same-labels")).toBe("Test set and models have the same labels (3).");
  });

  test("fit into a reason, however many and long", () => {
    const names = (start: string) =>
      Array.from({ length: 64 }, (_, index) => start + String(index).padEnd(63, "x"));
    const given = evidence(49, 40);
    given.execution = "e".repeat(80);
    given.championGeneration = 999_999;
    given.evaluation.labels = names("a");
    given.evaluation.champion!.labels = ["b".repeat(24), ...names("c").slice(1)];
    const message = messageOf(check(decide(given)), "same-labels");
    expect(message).toContain(
      "new: a0xxxxxxxxxxxxxxxxxxxxx…, a1xxxxxxxxxxxxxxxxxxxxx… and 62 more; gone: bbbbbbbbbbbbbbbbbbbbbbbb, c1",
    );
  });
});

describe("a floor for a label", () => {
  const floored = (labelMinimum: Record<string, number>, champion: number | null = 47) =>
    decide(evidence(48, champion, { labelMinimum }));

  test("is passed strictly above it only", () => {
    // uniform() gives the only label the F1 of all: 3 found, 2 missed, 2 invented.
    expect(floored({ problem: 0.5999 }).verdict).toBe("promote");
    const at = floored({ problem: 0.6 });
    expect(failed(at)).toEqual(["label-minimum"]);
    expect(messageOf(at, "label-minimum")).toBe(
      "Entity-level F1 of problem 0.6000 is not above its minimum 0.6000.",
    );
  });

  test("holds for a first model too, and is never inconclusive", () => {
    expect(failed(floored({ problem: 0.7 }, null))).toEqual(["label-minimum"]);
    const unsure = evidence(
      48,
      47,
      { labelMinimum: { problem: 0.7 }, confidence: 0.95 },
      { lower: -1, upper: 1 },
    );
    expect(decide(unsure).verdict).toBe("reject");
  });

  test("is failed by a label that the test set does not have", () => {
    const verdict = floored({ problem: 0.1, procedure: 0 });
    expect(verdict.verdict).toBe("reject");
    expect(verdict.reasons.filter(({ rule }) => rule === "label-minimum")).toEqual([
      {
        rule: "label-minimum",
        passed: true,
        message: "Entity-level F1 of problem 0.6000 is above its minimum 0.1000.",
      },
      {
        rule: "label-minimum",
        passed: false,
        message: "labelMinimum names procedure, which the test set does not have; it has problem.",
      },
    ]);
  });

  test("is failed by a label without a score", () => {
    const given = evidence(48, 47, { labelMinimum: { constructor: 0 } });
    given.evaluation.labels = given.evaluation.champion!.labels = ["constructor"];
    expect(failed(decide(given))).toEqual(["label-minimum"]);
  });
});

describe("with a confidence", () => {
  const confident = (lower: number, upper: number, challenger = 48, minimumImprovement = 0) =>
    decide(evidence(challenger, 47, { confidence: 0.9, minimumImprovement }, { lower, upper }));

  test("a sure improvement is promoted", () => {
    const verdict = confident(0.001, 0.03);
    expect(verdict.verdict).toBe("promote");
    expect(messageOf(verdict, "significant")).toBe(
      "The 90 % interval of the difference is 0.0010 to 0.0300; its lower end must be above 0. This test set can show differences from 0.0100.",
    );
  });

  test("an interval that holds zero is inconclusive, whichever model leads", () => {
    expect(confident(-0.01, 0.03).verdict).toBe("inconclusive");
    expect(confident(0, 0.03).verdict).toBe("inconclusive");
    expect(confident(1e-12, 0.03).verdict).toBe("inconclusive");
    expect(confident(-0.03, 0.01, 46).verdict).toBe("inconclusive");
    expect(confident(0, 0, 47).verdict).toBe("inconclusive");
  });

  test("nothing is sure without a comparison", () => {
    const verdict = decide(evidence(48, 47, { confidence: 0.9 }, null));
    expect(verdict.verdict).toBe("reject");
    expect(failed(verdict)).toEqual(["significant"]);
    expect(messageOf(verdict, "significant")).toBe("No document was compared, so nothing is sure.");
  });

  test("a sure deterioration is rejected", () => {
    expect(confident(-0.03, -0.01, 46).verdict).toBe("reject");
  });

  test("an interval that holds the minimum improvement is inconclusive; one below it is a rejection", () => {
    expect(confident(0.001, 0.03, 48, 0.01).verdict).toBe("inconclusive");
    expect(confident(0.001, 0.009, 47, 0.01).verdict).toBe("reject");
    expect(confident(0.011, 0.03, 48, 0.01).verdict).toBe("promote");
  });

  test("a guard that failed rejects all the same", () => {
    const few = evidence(48, 47, { confidence: 0.9 }, { lower: -0.01, upper: 0.03 });
    few.evaluation.documents = 3;
    expect(decide(few).verdict).toBe("reject");
  });
});

test("a label may have the name of something that objects inherit", () => {
  const odd = evidence(48, 47);
  odd.evaluation.labels = odd.evaluation.champion!.labels = ["constructor"];
  expect(decide(odd).perLabel).toEqual({
    constructor: {
      support: 0,
      challenger: { precision: 0, recall: 0, f1: 0 },
      champion: { precision: 0, recall: 0, f1: 0 },
    },
  });
});

describe("for any recorded numbers", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const signed = fc.double({ min: -1, max: 1, noNaN: true });
  const scores = fc.record({ accuracy: share, precision: share, recall: share, f1: share, macroF1: share });
  const ofLabel = fc.record({ precision: share, recall: share, f1: share, support: fc.constant(1) });
  const labelSet = fc.uniqueArray(fc.constantFrom<string[]>("problem", "test", "constructor", "a b"), {
    minLength: 1,
  });
  const model: fc.Arbitrary<ModelScores> = fc.record({
    modelSha256: fc.constant("c".repeat(64)),
    labels: fc.oneof(
      { weight: 3, arbitrary: fc.constant<string[]>(["problem"]) },
      { weight: 1, arbitrary: labelSet },
    ),
    scores,
    perLabel: fc.dictionary(fc.constant("problem"), ofLabel, { maxKeys: 1 }),
  });
  const anyEvidence: fc.Arbitrary<Evidence> = fc
    .record({
      metric: fc.constantFrom("accuracy" as const, "f1" as const),
      minimum: share,
      minimumImprovement: fc.oneof(fc.constant(0), share),
      confidence: fc.option(fc.double({ min: 0.5, max: 0.999, noNaN: true })),
      labelMinimum: fc.dictionary(fc.constantFrom("problem", "test"), share, { maxKeys: 1 }),
      documents: fc.nat(100),
      challenger: model,
      champion: fc.option(model),
      baseline: share,
      ends: fc.tuple(signed, signed),
    })
    .map(
      ({ challenger, champion, baseline, ends, documents, ...rest }): Evidence => ({
        execution: "run-1",
        policy: rest,
        championGeneration: champion && 7,
        saidLabels: null,
        evaluation: {
          testSha256: "7".repeat(64),
          kind: "keyphrases",
          documents,
          rows: documents,
          units: documents * 50,
          items: documents * 5,
          excludedDocuments: 0,
          labels: ["problem"],
          comparedLabels: ["problem"],
          challenger: { ...challenger, labels: ["problem"] },
          champion,
          baselines: { nothing: { accuracy: baseline, precision: 0, recall: 0, f1: 0, macroF1: 0 } },
        },
        comparison: champion && {
          metric: rest.metric,
          difference: challenger.scores[rest.metric] - champion.scores[rest.metric],
          level: rest.confidence ?? 0.95,
          lower: Math.min(...ends),
          upper: Math.max(...ends),
          probabilityBetter: 0.5,
          smallestDetectable: 0.1,
          resamples: 2000,
          seed: 42,
        },
      }),
    );
  const runs = { numRuns: 3000, seed: 42 };

  test("there is one verdict, always the same, and it says why", () => {
    fc.assert(
      fc.property(anyEvidence, (given) => {
        const before = structuredClone(given);
        const verdict = check(decide(given));
        expect(decide(given)).toEqual(verdict);
        expect(given).toEqual(before);
        expect(verdict.verdict === "promote").toBe(verdict.reasons.every((reason) => reason.passed));
        if (verdict.verdict === "inconclusive") expect(given.policy.confidence).not.toBeNull();
      }),
      runs,
    );
  });

  test("a promotion means that every rule of the page holds", () => {
    fc.assert(
      fc.property(anyEvidence, (given) => {
        if (decide(given).verdict !== "promote") return;
        const { metric, minimum, minimumImprovement, labelMinimum } = given.policy;
        const { challenger, champion, baselines, documents } = given.evaluation;
        expect(challenger.scores[metric]).toBeGreaterThan(minimum);
        expect(challenger.scores[metric]).toBeGreaterThan(baselines.nothing[metric]);
        expect(challenger.scores.f1).toBeGreaterThan(0);
        expect(documents).toBeGreaterThanOrEqual(20);
        for (const [label, floor] of Object.entries(labelMinimum ?? {}))
          expect(challenger.perLabel[label]!.f1).toBeGreaterThan(floor);
        if (!champion) return;
        expect(champion.labels).toEqual(["problem"]);
        expect(challenger.scores[metric]).toBeGreaterThan(champion.scores[metric] + minimumImprovement);
        if (given.policy.confidence !== null)
          expect(given.comparison!.lower).toBeGreaterThan(minimumImprovement);
      }),
      runs,
    );
  });

  test("a better challenger never gets a worse verdict", () => {
    const order = { reject: 0, inconclusive: 1, promote: 2 };
    fc.assert(
      fc.property(anyEvidence, share, (given, gain) => {
        const better = structuredClone(given);
        const { scores: gained } = better.evaluation.challenger;
        const { problem } = better.evaluation.challenger.perLabel;
        for (const field of ["accuracy", "f1"] as const) gained[field] = Math.min(1, gained[field] + gain);
        if (problem) problem.f1 = Math.min(1, problem.f1 + gain);
        if (better.comparison) {
          better.comparison.lower = Math.min(1, better.comparison.lower + gain);
          better.comparison.upper = Math.min(1, better.comparison.upper + gain);
        }
        expect(order[decide(better).verdict]).toBeGreaterThanOrEqual(order[decide(given).verdict]);
      }),
      runs,
    );
  });

  test("a tie is never promoted", () => {
    fc.assert(
      fc.property(anyEvidence, (given) => {
        if (!given.evaluation.champion) return;
        given.evaluation.champion.scores = given.evaluation.challenger.scores;
        expect(decide(given).verdict).not.toBe("promote");
      }),
      runs,
    );
  });

  test("what is no number passes nothing", () => {
    fc.assert(
      fc.property(anyEvidence, fc.nat(3), (given, place) => {
        const { policy, evaluation, comparison } = given;
        if (place === 0) evaluation.challenger.scores[policy.metric] = Number.NaN;
        else if (place === 1) evaluation.documents = Number.NaN;
        else if (place === 2 && evaluation.champion) evaluation.champion.scores[policy.metric] = Number.NaN;
        else if (place === 3 && comparison && policy.confidence !== null) comparison.lower = Number.NaN;
        else return;
        expect(decide(given).verdict).not.toBe("promote");
      }),
      runs,
    );
  });
});
