// Scores in production: how right answers were by what callers said later, with the gate's own bootstrap.
import { type KindWords, wordsOf } from "../../schemas/tables/kinds.ts";
import type { Comparison, FeedbackRecord } from "../../schemas/types.ts";
import { compare } from "../../tasks/quality-gate/bootstrap.ts";
import { type Paired, ratio } from "../../tasks/quality-gate/paired-counts.ts";
import { randomBelow } from "../../tasks/quality-gate/random.ts";

const LEVEL = 0.95;
const SEED = 1;
/** With fewer answers on a side an interval says nothing. */
const FEWEST = 10;
/** What is drawn from, as in the gate: answers beyond them join the unit that their digest says. */
const MOST_UNITS = 5000;

type Metric = KindWords["feedbackMetric"];
/** An answer's numerator and denominator. */
type Outcome = readonly [above: number, below: number];

export type LabelScore = { label: string; right: number; wrong: number; missed: number };
/** `lower` and `upper`: 95 %; null with fewer than 10 answers. */
export type Score = {
  metric: Metric;
  answers: number;
  score: number;
  lower: number | null;
  upper: number | null;
  exact: number;
  labels: LabelScore[];
};

/** Of answers of one generation and arm; null where nobody has said anything. */
export function scoreOf(feedback: readonly FeedbackRecord[]): Score | null {
  if (feedback.length === 0) return null;
  const metric = metricOf(feedback);
  const outcomes = outcomesOf(feedback, metric);
  const interval = feedback.length < FEWEST ? null : compare(new Samples(metric, outcomes, []), LEVEL, SEED);
  return {
    metric,
    answers: feedback.length,
    score: scored(outcomes),
    lower: interval && Math.max(0, interval.lower),
    upper: interval && Math.min(1, interval.upper),
    exact: feedback.filter(({ exact }) => exact).length,
    labels: labelsOf(feedback),
  };
}

/** The arm against the champion; null with fewer than 10 answers of either. */
export function compareArms(
  arm: readonly FeedbackRecord[],
  champion: readonly FeedbackRecord[],
): Comparison | null {
  if (Math.min(arm.length, champion.length) < FEWEST) return null;
  const metric = metricOf(arm);
  return compare(new Samples(metric, outcomesOf(arm, metric), outcomesOf(champion, metric)), LEVEL, SEED);
}

/** Of feedback on at least one answer; a model keeps its kind. */
const metricOf = ([first]: readonly FeedbackRecord[]): Metric => wordsOf(first!.kind).feedbackMetric;

function outcomesOf(feedback: readonly FeedbackRecord[], metric: Metric): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const record of feedback) {
    const outcome = outcomeOf(record, metric);
    if (outcomes.length < MOST_UNITS) {
      outcomes.push(outcome);
      continue;
    }
    const unit = Number.parseInt(record.answer.slice(0, 8), 16) % MOST_UNITS;
    const [above, below] = outcomes[unit]!;
    outcomes[unit] = [above + outcome[0], below + outcome[1]];
  }
  return outcomes;
}

function outcomeOf({ exact, labels }: FeedbackRecord, metric: Metric): Outcome {
  if (metric === "accuracy") return [exact ? 1 : 0, 1];
  const total = (field: "right" | "wrong" | "missed") => labels.reduce((sum, one) => sum + one[field], 0);
  return [2 * total("right"), 2 * total("right") + total("wrong") + total("missed")];
}

function scored(outcomes: readonly Outcome[]): number {
  return ratio(
    outcomes.reduce((sum, [above]) => sum + above, 0),
    outcomes.reduce((sum, [, below]) => sum + below, 0),
  );
}

function labelsOf(feedback: readonly FeedbackRecord[]): LabelScore[] {
  const labels = new Map<string, LabelScore>();
  for (const { label, right, wrong, missed } of feedback.flatMap((record) => record.labels)) {
    const before = labels.get(label) ?? { label, right: 0, wrong: 0, missed: 0 };
    labels.set(label, {
      label,
      right: before.right + right,
      wrong: before.wrong + wrong,
      missed: before.missed + missed,
    });
  }
  return [...labels.values()].sort((one, other) => (one.label < other.label ? -1 : 1));
}

/**
 * Two arms have answered different callers, so each is drawn from its own answers, as often as it has any. An empty
 * second one scores 0: the interval is then that of the first's score.
 */
class Samples implements Paired {
  readonly metric: Metric;
  private readonly sides: { outcomes: readonly Outcome[]; draw: () => number }[];

  constructor(metric: Metric, one: readonly Outcome[], other: readonly Outcome[]) {
    this.metric = metric;
    this.sides = [one, other].map((outcomes, side) => ({
      outcomes,
      draw: randomBelow(Math.max(1, outcomes.length), SEED + side),
    }));
  }

  /** Of the side that has fewer: the interval is as wide as that one asks for. */
  get units(): number {
    return Math.min(...this.sides.map(({ outcomes }) => outcomes.length).filter((count) => count > 0));
  }

  get documents(): number {
    return this.units;
  }

  difference(): number {
    const [one, other] = this.sides.map(({ outcomes }) => scored(outcomes));
    return one! - other!;
  }

  resampled(): number {
    const [one, other] = this.sides.map(({ outcomes, draw }) => {
      let above = 0;
      let below = 0;
      for (let drawn = 0; drawn < outcomes.length; drawn++) {
        const outcome = outcomes[draw()]!;
        above += outcome[0];
        below += outcome[1];
      }
      return ratio(above, below);
    });
    return one! - other!;
  }
}
