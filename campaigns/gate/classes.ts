// How often chance decides about classes: two models that are equally good, by each metric, for both kinds.
import type { Random } from "../../samples/random.ts";
import type { Metric } from "../../schemas/tables/kinds.ts";
import { type Classified, classified } from "../../test/gate/classified.ts";
import type { Campaign } from "../campaign.ts";
import { judged, normal } from "./judge.ts";
import { atMost, isPromoted, plain, Tally } from "./statistics.ts";

const confident = { ...plain, confidence: 0.95 };
const kinds = ["single-label", "multi-label"] as const;
const metrics = ["accuracy", "f1", "macroF1"] as const satisfies Metric[];
/** Of 200 documents, the rarest label has four: what macro F1 is most easily fooled by. */
const frequencies = [0.4, 0.25, 0.15, 0.1, 0.08, 0.02];
const labels = frequencies.map((_, number) => `label ${number}`);
/** Of equals, the most that may be promoted, as for keyphrases. */
const stated = { 200: 0.04, 1000: 0.03 };

export const gateEqualClassesCampaign: Campaign = {
  what: "comparisons of two equally good models of classes on 200 and 1,000 documents, single-label and multi-label in turn, by accuracy, F1 and macro F1",
  holds:
    "of each kind and metric by itself: promoted at most every second time without confidence; with 0.95 at most in 4 (200) and 3 (1,000) of 100",
  cases: 600,
  seeds: 1,
  async run(trial) {
    const promoted = new Tally();
    await trial.each(trial.full!, async ({ number, random }) => {
      const kind = kinds[number % 2]!;
      const metric = metrics[number % 3]!;
      for (const documents of [200, 1000] as const) {
        const made = classified(kind, labels, simulated[kind](documents, random));
        const result = await judged(made, metric, number);
        for (const [name, policy] of Object.entries({ plain, confident }))
          promoted.add(
            cell(kind, metric, documents, name),
            isPromoted(result, { metric, ...policy, minimum: 0.1 }),
          );
      }
      return [];
    });
    // In one sum, a metric that chance fools could hide behind those that it does not.
    for (const kind of kinds)
      for (const metric of metrics)
        for (const [documents, share] of Object.entries(stated)) {
          atMost(trial, promoted, cell(kind, metric, documents, "plain"), 0.5);
          atMost(trial, promoted, cell(kind, metric, documents, "confident"), share);
        }
  },
};

const cell = (kind: string, metric: Metric, documents: number | string, policy: string) =>
  `${kind}, ${metric}, ${documents} documents, ${policy}`;

const simulated = { "single-label": oneEach, "multi-label": severalEach };

/** A document is hard or easy for both models, and has its own luck with each. */
function oneEach(count: number, random: Random): Classified[] {
  return Array.from({ length: count }, () => {
    const gold = drawn(random);
    const ease = 1.5 + normal(random);
    const said = () => [random.chance(chanceOf(ease, random)) ? gold : drawn(random)];
    return { gold: [gold], challenger: said(), champion: said() };
  });
}

function severalEach(count: number, random: Random): Classified[] {
  return Array.from({ length: count }, () => {
    const gold = labels.map((_, label) => label).filter((label) => random.chance(frequencies[label]!));
    const ease = 1.5 + normal(random);
    const said = () => {
      const chance = chanceOf(ease, random);
      const found = gold.filter(() => random.chance(chance));
      const other = drawn(random);
      const invents = !random.chance(chance) && !gold.includes(other);
      return invents ? [...found, other] : found;
    };
    return { gold, challenger: said(), champion: said() };
  });
}

/** A label, by its frequency. */
function drawn(random: Random): number {
  let rest = random.number();
  for (const [label, frequency] of frequencies.entries()) {
    if (rest < frequency) return label;
    rest -= frequency;
  }
  return 0;
}

function chanceOf(ease: number, random: Random): number {
  return 1 / (1 + Math.exp(-(ease + 0.5 * normal(random))));
}
