// From what Evaluate would have written about simulated notes to a verdict, by the readers and the decision themselves.
import { Readable } from "node:stream";
import { sampleDefaults } from "../../samples/generate.ts";
import type { Random } from "../../samples/random.ts";
import { sampleRecords } from "../../samples/records.ts";
import type { Comparison, GatePolicy, Verdict } from "../../schemas/types.ts";
import { Tokens } from "../../tasks/preprocess/read/tokens.ts";
import { compare } from "../../tasks/quality-gate/bootstrap.ts";
import { decide } from "../../tasks/quality-gate/decide.ts";
import { readDocuments } from "../../tasks/quality-gate/documents.ts";
import { type Expected, readEvaluation } from "../../tasks/quality-gate/evaluation.ts";
import { evaluated, type Outcome, type Scored } from "../../test/gate/evaluation.ts";

/** Sizes of labelled notes as they are: those of the sample export. */
const sizes = sampleSizes();

function sampleSizes(): { units: number; items: number }[] {
  const tokens = new Tokens();
  const found: { units: number; items: number }[] = [];
  for (const { text, keyphrases } of sampleRecords(sampleDefaults)) {
    if (!keyphrases) continue;
    tokens.read(text);
    found.push({ units: tokens.count, items: Math.min(keyphrases.length, tokens.count) });
  }
  return found;
}

/**
 * Two taggers on `count` notes. A note is hard or easy for both, and has its own luck with each; what a tagger misses it
 * often tags wrongly instead. With no gain the two are equals: whatever the one does, the other is as likely to do.
 *
 * @param gain of the challenger, in logits of finding an entity.
 */
export function simulated(count: number, gain: number, random: Random): Scored[] {
  return Array.from({ length: count }, () => {
    const { units, items } = random.pick(sizes);
    const ease = 2 + normal(random);
    const outcome = (skill: number): Outcome => {
      const chance = 1 / (1 + Math.exp(-(ease + skill + 0.5 * normal(random))));
      const found = binomial(items, chance, random);
      const invented = Math.min(units - found, binomial(items, (1 - chance) * 0.9, random));
      const wrong = items - found + invented + binomial(units, 0.01, random);
      return { right: Math.max(0, units - wrong), found, invented };
    };
    return { units, items, challenger: outcome(gain), champion: outcome(0) };
  });
}

export type Judged = { comparison: Comparison; verdict: (policy: GatePolicy) => Verdict };

/** Reads, compares at a level of 0.95, and decides by any policy of that metric. */
export function judge(documents: Scored[], metric: GatePolicy["metric"], seed: number): Promise<Judged> {
  return judged(evaluated(documents), metric, seed);
}

/** The same of what Evaluate wrote, of any kind. */
export async function judged(
  {
    evaluation: written,
    lines,
    ...about
  }: Pick<ReturnType<typeof evaluated>, "evaluation" | "lines"> & Expected,
  metric: GatePolicy["metric"],
  seed: number,
): Promise<Judged> {
  const evaluation = readEvaluation(JSON.stringify(written), about);
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const { paired, saidLabels } = await readDocuments(Readable.from([Buffer.from(text)]), evaluation, metric);
  if (!paired) throw new Error("There is no document to compare.");
  const comparison = compare(paired, 0.95, seed);
  return {
    comparison,
    verdict: (policy) =>
      decide({ execution: "run-1", policy, evaluation, championGeneration: 4, saidLabels, comparison }),
  };
}

function binomial(trials: number, chance: number, random: Random): number {
  let successes = 0;
  for (let trial = 0; trial < trials; trial++) successes += random.chance(chance) ? 1 : 0;
  return successes;
}

/** Standard normal, by Box and Muller. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.number())) * Math.cos(2 * Math.PI * random.number());
}
