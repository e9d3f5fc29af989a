// How often chance decides: comparisons of two models that are equally good, and of one that is known to be better.
import type { GatePolicy } from "../../schemas/types.ts";
import type { Campaign, Trial } from "../campaign.ts";
import { type Judged, judge, simulated } from "./judge.ts";

export const plain = { minimum: 0.5, minimumImprovement: 0, confidence: null };
const confident = { ...plain, confidence: 0.95 };

/**
 * Of equals, the most that may be promoted, as docs/quality-gate.md states it. Above 2.5 in 100 since an interval from
 * few notes knows its own width badly.
 */
const stated = { 20: 0.05, 200: 0.04, 1000: 0.03 };

export const gateEqualsCampaign: Campaign = {
  what: "comparisons of two equally good models on 20, 200 and 1,000 notes, by accuracy and by F1 in turn",
  holds:
    "promoted at most every second time without confidence; with 0.95 at most in 5 (20 notes), 4 (200) and 3 (1,000) of 100",
  cases: 1000,
  seeds: 1,
  async run(trial) {
    const promoted = new Tally();
    await trial.each(trial.full!, async ({ number, random }) => {
      const metric = metricOf(number);
      for (const documents of [20, 200, 1000] as const) {
        const judged = await judge(simulated(documents, 0, random), metric, number);
        for (const [name, policy] of Object.entries({ plain, confident }))
          promoted.add(`${documents} notes, ${name}`, isPromoted(judged, { metric, ...policy }));
      }
      return [];
    });
    for (const [documents, share] of Object.entries(stated)) {
      atMost(trial, promoted, `${documents} notes, plain`, 0.5);
      atMost(trial, promoted, `${documents} notes, confident`, share);
    }
  },
};

// In logits of finding an entity. On these notes two points of F1; the smallest difference that 1,000 of them show four times
// in five is 1.6.
const gain = 0.19;

export const gateImprovementCampaign: Campaign = {
  what: "comparisons on 1,000 notes with a challenger that is better by two points of F1, and with one that is worse",
  holds: "with a confidence of 0.95, nine of ten better ones are promoted and none of the worse ones",
  cases: 400,
  seeds: 1,
  async run(trial) {
    const promoted = new Tally();
    let difference = 0;
    await trial.each(trial.full!, async ({ number, random }) => {
      const policy = { metric: "f1" as const, ...confident };
      const better = await judge(simulated(1000, gain, random), "f1", number);
      const worse = await judge(simulated(1000, -gain, random), "f1", number);
      difference += better.comparison.difference;
      promoted.add("better", isPromoted(better, policy));
      return isPromoted(worse, policy) ? ["a worse challenger was promoted"] : [];
    });
    const { cases, times } = promoted.of("better");
    trial.count("better ones promoted", times);
    trial.count("mean gain in F1, millionths", Math.round((1e6 * difference) / Math.max(1, cases)));
    if (times < binomialBound(cases, 0.9, -1))
      trial.violation(`only ${times} of ${cases} better challengers were promoted`);
  },
};

export const isPromoted = (judged: Judged, policy: GatePolicy) =>
  judged.verdict(policy).verdict === "promote";

function metricOf(number: number): GatePolicy["metric"] {
  return number % 2 === 0 ? "accuracy" : "f1";
}

export class Tally {
  private readonly counts = new Map<string, { cases: number; times: number }>();

  add(name: string, happened: boolean) {
    const { cases, times } = this.of(name);
    this.counts.set(name, { cases: cases + 1, times: times + (happened ? 1 : 0) });
  }

  of(name: string) {
    return this.counts.get(name) ?? { cases: 0, times: 0 };
  }
}

export function atMost(trial: Trial, tally: Tally, name: string, share: number): void {
  const { cases, times } = tally.of(name);
  trial.count(`promoted of equals: ${name}`, times);
  if (times > binomialBound(cases, share, 1))
    trial.violation(`${times} of ${cases} equals were promoted (${name}), more than ${share} allows`);
}

/** What a count with that chance exceeds, or falls short of, once in 2,000 times. */
function binomialBound(cases: number, chance: number, side: 1 | -1): number {
  return cases * chance + side * (0.5 + 3.29 * Math.sqrt(cases * chance * (1 - chance)));
}
