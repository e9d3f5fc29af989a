// The decision against a second statement of its rules. Scores are whole thousandths here, so that the second one can
// count in integers: it knows no rounding, no tolerance, and none of the first one's code.

import type { Random } from "../../samples/random.ts";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import type { Comparison, Evaluation, ModelScores, Verdict } from "../../schemas/types.ts";
import { door } from "../../tasks/lambda/door.ts";
import { decide } from "../../tasks/quality-gate/decide.ts";
import type { Evidence } from "../../tasks/quality-gate/rules.ts";
import type { Campaign } from "../campaign.ts";

const inputsOfACase = 1000;
const checkVerdict = door<Verdict>(verdictSchema, { what: "The verdict", name: "MetricInvalid" });
const rank = { reject: 0, inconclusive: 1, promote: 2 };

/** Evidence in whole thousandths, as far as a rule looks at it. */
type Thousandths = {
  metric: "accuracy" | "f1";
  minimum: number;
  minimumImprovement: number;
  confidence: number | null;
  floors: Record<string, number>;
  documents: number;
  championLabels: string[] | null;
  labelF1: Record<string, number>;
  challenger: { accuracy: number; f1: number };
  champion: { accuracy: number; f1: number };
  baseline: number;
  interval: [number, number] | null;
};

const labels = ["problem", "test"];

export const gateInputsCampaign: Campaign = {
  what: "1,000 generated gate inputs per case, a fifth of them with values that are not numbers",
  holds:
    "one verdict, the same again, that of a second statement of the rules in integers; a better challenger or a worse champion never gets a worse verdict; a tie and a number that is none are never promoted",
  cases: 1000,
  seeds: 1,
  async run(trial) {
    await trial.each(trial.full!, async ({ random }) => {
      const problems: string[] = [];
      for (let input = 0; input < inputsOfACase; input++) {
        const found = random.chance(0.2)
          ? problemsOfNoNumber(random)
          : problemsOf(random, (verdict) => trial.count(verdict));
        problems.push(...found.map((problem) => `input ${input}: ${problem}`));
      }
      trial.count("inputs", inputsOfACase);
      return problems;
    });
  },
};

function problemsOf(random: Random, decided: (verdict: Verdict["verdict"]) => void): string[] {
  const given = thousandths(random);
  const evidence = frozen(evidenceOf(given));
  const verdict = checkVerdict(decide(evidence));
  decided(verdict.verdict);
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string) => {
    if (!holds) problems.push(`${problem}: ${JSON.stringify(given)}`);
  };
  expect(JSON.stringify(decide(evidence)) === JSON.stringify(verdict), "another verdict the second time");
  expect(
    verdict.verdict === expected(given),
    `${verdict.verdict}, by the second statement ${expected(given)}`,
  );
  expect(
    (verdict.verdict === "promote") === verdict.reasons.every((reason) => reason.passed),
    "the verdict is not that of its reasons",
  );
  const gain = random.between(0, 50);
  for (const [change, changed] of [
    ["a better challenger", better(given, gain)],
    ["a worse champion", worseChampion(given, gain)],
  ] as const)
    expect(rank[decide(evidenceOf(changed)).verdict] >= rank[verdict.verdict], `${change} by ${gain} lost`);
  if (given.championLabels) {
    const tied = decide(evidenceOf({ ...given, champion: given.challenger }));
    expect(tied.verdict !== "promote", "a tie was promoted");
  }
  return problems;
}

/** Thousandths that meet each other often: what is exactly equal is where a rule is decided. */
function thousandths(random: Random): Thousandths {
  const favourite = random.between(1, 1000);
  const share = () =>
    random.pick([0, 1000, 500, favourite, favourite, favourite - 1, random.between(0, 1000)]);
  const challenger = { accuracy: share(), f1: share() };
  const near = (score: number) =>
    random.pick([score, Math.max(0, score - 1), Math.max(0, score - random.between(0, 100)), share()]);
  const interval: [number, number] = [random.between(-200, 300), random.between(-200, 300)];
  const champion = random.chance(0.8);
  return {
    metric: random.pick(["accuracy", "f1"] as const),
    minimum: random.pick([0, 0, 500, near(challenger.accuracy)]),
    minimumImprovement: random.pick([0, 0, random.between(0, 60)]),
    confidence: random.pick([null, 500, 900, 950, 999]),
    floors: random.chance(0.3)
      ? { [random.pick([...labels, "absent"])]: near(challenger.f1), ...(random.chance(0.2) && { test: 0 }) }
      : {},
    documents: random.pick([random.between(0, 19), 20, 20, 21, random.between(20, 100_000)]),
    championLabels: champion
      ? random.pick([
          labels,
          labels,
          labels,
          labels,
          labels,
          [...labels].reverse(),
          ["problem"],
          [...labels, "device"],
        ])
      : null,
    labelF1: { problem: near(challenger.f1), test: share() },
    challenger,
    champion: { accuracy: near(challenger.accuracy), f1: near(challenger.f1) },
    baseline: near(challenger.accuracy),
    interval: champion && random.chance(0.95) ? [Math.min(...interval), Math.max(...interval)] : null,
  };
}

/** The rules of docs/quality-gate.md, once more. */
function expected(given: Thousandths): Verdict["verdict"] {
  const score = given.challenger[given.metric];
  const nothing = given.metric === "f1" ? 0 : given.baseline;
  if (given.documents < 20 || score <= given.minimum || score <= nothing || given.challenger.f1 === 0)
    return "reject";
  for (const [label, floor] of Object.entries(given.floors))
    if (!labels.includes(label) || given.labelF1[label]! <= floor) return "reject";
  if (given.championLabels === null) return "promote";
  if (given.championLabels.length !== 2 || given.championLabels.includes("device")) return "reject";
  const improved = score - given.champion[given.metric] > given.minimumImprovement;
  if (given.confidence === null) return improved ? "promote" : "reject";
  if (given.interval === null) return "reject";
  const [lower, upper] = given.interval;
  if (improved && lower > given.minimumImprovement) return "promote";
  return upper < given.minimumImprovement ? "reject" : "inconclusive";
}

function better(given: Thousandths, gain: number): Thousandths {
  const up = (score: number) => Math.min(1000, score + gain);
  return {
    ...given,
    challenger: { accuracy: up(given.challenger.accuracy), f1: up(given.challenger.f1) },
    labelF1: { problem: up(given.labelF1.problem!), test: up(given.labelF1.test!) },
    interval: raised(given.interval, gain),
  };
}

function worseChampion(given: Thousandths, loss: number): Thousandths {
  const down = (score: number) => Math.max(0, score - loss);
  const champion = { accuracy: down(given.champion.accuracy), f1: down(given.champion.f1) };
  return { ...given, champion, interval: raised(given.interval, loss) };
}

function raised(interval: [number, number] | null, by: number): [number, number] | null {
  return interval && [interval[0] + by, interval[1] + by];
}

function evidenceOf(given: Thousandths): Evidence {
  const { metric, confidence, championLabels, interval, documents } = given;
  const model = (
    scores: { accuracy: number; f1: number },
    modelLabels: string[],
    sha256: string,
  ): ModelScores => ({
    modelSha256: sha256.repeat(64),
    labels: modelLabels,
    scores: {
      accuracy: scores.accuracy / 1000,
      precision: 0,
      recall: 0,
      f1: scores.f1 / 1000,
      macroF1: 0,
    },
    perLabel: Object.fromEntries(
      Object.entries(given.labelF1).map(([label, f1]) => [
        label,
        { precision: 0, recall: 0, f1: f1 / 1000, support: 1 },
      ]),
    ),
  });
  const evaluation: Evaluation = {
    testSha256: "7".repeat(64),
    kind: "keyphrases",
    documents,
    rows: documents,
    units: documents * 50,
    items: documents * 5,
    excludedDocuments: 0,
    labels,
    comparedLabels: labels.filter((label) => championLabels?.includes(label) ?? true),
    challenger: model(given.challenger, labels, "c"),
    champion: championLabels && model(given.champion, championLabels, "d"),
    baselines: {
      nothing: { accuracy: given.baseline / 1000, precision: 0, recall: 0, f1: 0, macroF1: 0 },
    },
  };
  const comparison: Comparison | null = interval && {
    metric,
    difference: 0,
    level: confidence === null ? 0.95 : confidence / 1000,
    lower: interval[0] / 1000,
    upper: interval[1] / 1000,
    probabilityBetter: 0.5,
    smallestDetectable: 0.01,
    resamples: 2000,
    seed: 42,
  };
  return {
    execution: "run-1",
    policy: {
      metric,
      minimum: given.minimum / 1000,
      minimumImprovement: given.minimumImprovement / 1000,
      confidence: confidence === null ? null : confidence / 1000,
      labelMinimum: Object.fromEntries(
        Object.entries(given.floors).map(([label, floor]) => [label, floor / 1000]),
      ),
    },
    evaluation,
    championGeneration: championLabels && 4,
    saidLabels: null,
    comparison,
  };
}

/** The readers refuse such numbers; the decision would not promote on one either. */
function problemsOfNoNumber(random: Random): string[] {
  const given = thousandths(random);
  const evidence = evidenceOf(given);
  const { policy, evaluation, comparison } = evidence;
  const scores = random.pick([evaluation.challenger, evaluation.champion ?? evaluation.challenger]).scores;
  const places: Record<string, () => void> = {
    "a score": () => (scores[policy.metric] = Number.NaN),
    "the challenger's f1": () => (evaluation.challenger.scores.f1 = Number.NaN),
    "the number of documents": () => (evaluation.documents = Number.NaN),
    "the minimum": () => (policy.minimum = Number.NaN),
    "the baseline": () => (evaluation.baselines.nothing[policy.metric] = Number.NaN),
  };
  if (comparison && policy.confidence !== null)
    places["an end of the interval"] = () =>
      (comparison[random.pick(["lower", "upper"] as const)] = Number.NaN);
  const place = random.pick(Object.keys(places));
  places[place]!();
  const { verdict } = decide(evidence);
  const wrong =
    place === "an end of the interval" && Number.isNaN(comparison!.upper) ? "inconclusive" : "promote";
  return verdict === wrong ? [`${verdict} although ${place} is none: ${JSON.stringify(given)}`] : [];
}

/** The same, for who tries to change it to fail. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}
