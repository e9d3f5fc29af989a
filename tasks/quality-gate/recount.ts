// How the counts of the single documents add up to the scores, by kind. Believes no summary.
import type {
  Baselines,
  Counts,
  DocumentCounts,
  Evaluation,
  Kind,
  ModelScores,
  Scores,
} from "../../schemas/types.ts";
import { labelScores } from "./label-scores.ts";
import { ratio } from "./paired-counts.ts";
import { equal, refuseUnless } from "./refusal.ts";

/** Looks at each line of documents.jsonl, then at what was said of all of them. Throws MetricInvalid. */
export interface Recount {
  add(document: DocumentCounts): void;
  /** @param totals of all lines. */
  finish(totals: Totals): void;
  /** Different labels that the challenger says; null where that is not counted. */
  readonly saidLabels: number | null;
}
export type Totals = { units: number; challenger: Counts; champion: Counts };

export const recountOf: Record<Kind, (evaluation: Evaluation) => Recount> = {
  keyphrases: (evaluation) => new Keyphrases(evaluation),
  "single-label": (evaluation) => new Classes(evaluation, true),
  "multi-label": (evaluation) => new Classes(evaluation, false),
};

/** The lines do not say which label an entity has, so the labels must only be possible. */
class Keyphrases implements Recount {
  readonly saidLabels = null;
  private readonly evaluation: Evaluation;

  constructor(evaluation: Evaluation) {
    this.evaluation = evaluation;
  }

  add({ classes }: DocumentCounts): void {
    refuseUnless(classes === undefined, "documents.jsonl must not have classes: the kind is keyphrases");
  }

  finish(totals: Totals): void {
    const { challenger, champion, baselines } = this.evaluation;
    this.check("challenger", challenger, totals.challenger);
    if (champion) this.check("champion", champion, totals.champion);
    const { accuracy: _, ...found } = baselines.nothing;
    refuseUnless(
      Object.values(found).every((score) => score === 0),
      "baselines.nothing must find nothing",
    );
  }

  private check(who: string, model: ModelScores, [, found = 0, invented = 0]: Counts): void {
    const ofLabels = { found: 0, invented: 0 };
    const f1: number[] = [];
    for (const label of this.evaluation.comparedLabels) {
      const scores = labelScores(model, label);
      ofLabels.found += scores.recall * scores.support;
      // Without one that is right, precision does not tell how many were wrong.
      if (scores.precision > 0)
        ofLabels.invented +=
          (scores.recall * scores.support) / scores.precision - scores.recall * scores.support;
      if (scores.support > 0) f1.push(scores.f1);
    }
    refuseUnless(
      Math.abs(ofLabels.found - found) < 0.5 && ofLabels.invented < invented + 0.5,
      `${who}.perLabel must follow from documents.jsonl`,
    );
    refuseUnless(equal(model.scores.macroF1, mean(f1)), `${who}.scores.macroF1 must follow from perLabel`);
  }
}

/** The lines say everything: each score, of each label and of each baseline, is counted again. */
class Classes implements Recount {
  private readonly evaluation: Evaluation;
  /** A document is one unit, right as a whole; otherwise each label of it is one. */
  private readonly isExclusive: boolean;
  private readonly compared: Set<number>;
  private readonly gold: Float64Array;
  private readonly models: { challenger: Said; champion: Said };
  private withoutGold = 0;

  constructor(evaluation: Evaluation, isExclusive: boolean) {
    const { labels, comparedLabels } = evaluation;
    this.evaluation = evaluation;
    this.isExclusive = isExclusive;
    this.compared = new Set(comparedLabels.map((label) => labels.indexOf(label)));
    this.gold = new Float64Array(labels.length);
    this.models = { challenger: nobody(labels.length), champion: nobody(labels.length) };
  }

  get saidLabels(): number {
    return this.models.challenger.said.filter((count) => count > 0).length;
  }

  add(document: DocumentCounts): void {
    const { classes, units } = document;
    refuseUnless(classes !== undefined, "documents.jsonl must have the classes of every document");
    const { gold } = classes;
    refuseUnless(
      units === (this.isExclusive ? 1 : this.compared.size),
      "units of documents.jsonl must be those of the kind",
    );
    this.checkNumbers(gold);
    for (const label of gold) this.gold[label]!++;
    if (gold.length === 0) this.withoutGold++;
    for (const who of ["challenger", "champion"] as const) {
      const said = classes[who];
      refuseUnless(
        (said === null) === (document[who] === null),
        "documents.jsonl must have the classes of every model that it counts",
      );
      if (said === null) continue;
      this.checkNumbers(said);
      const found = said.filter((label) => gold.includes(label));
      const counts = this.counted(
        units,
        found.length,
        said.length - found.length,
        gold.length - found.length,
      );
      refuseUnless(
        counts.every((count, index) => count === document[who]![index]),
        `the ${who}'s counts in documents.jsonl must follow from its classes`,
      );
      for (const label of said) this.models[who].said[label]!++;
      for (const label of found) this.models[who].found[label]!++;
    }
  }

  finish({ units }: Totals): void {
    const { challenger, champion, baselines } = this.evaluation;
    this.check("challenger", challenger);
    if (champion) this.check("champion", champion);
    for (const [name, expected] of Object.entries(this.baselines(units)))
      refuseUnless(
        same(baselines[name as keyof Baselines], expected),
        `baselines.${name} must follow from documents.jsonl`,
      );
  }

  private checkNumbers(labels: readonly number[]): void {
    refuseUnless(
      labels.every((label) => this.compared.has(label)),
      "documents.jsonl must name compared labels only",
    );
  }

  private counted(units: number, found: number, invented: number, missed: number): Counts {
    const wrong = this.isExclusive ? Math.min(1, invented + missed) : invented + missed;
    return [units - wrong, found, invented, missed];
  }

  private check(who: "challenger" | "champion", model: ModelScores): void {
    const { labels } = this.evaluation;
    const { said, found } = this.models[who];
    const f1: number[] = [];
    for (const label of this.compared) {
      const support = this.gold[label]!;
      const expected = {
        precision: ratio(found[label]!, said[label]!),
        recall: ratio(found[label]!, support),
        f1: ratio(2 * found[label]!, said[label]! + support),
      };
      const scores = labelScores(model, labels[label]!);
      refuseUnless(
        scores.support === support &&
          (["precision", "recall", "f1"] as const).every((field) => equal(scores[field], expected[field])),
        `${who}.perLabel must follow from documents.jsonl`,
      );
      if (support > 0) f1.push(expected.f1);
    }
    refuseUnless(
      equal(model.scores.macroF1, mean(f1)),
      `${who}.scores.macroF1 must follow from documents.jsonl`,
    );
  }

  /** Saying nothing, and always saying the label that most of the documents have. */
  private baselines(units: number): Baselines {
    const { documents, items } = this.evaluation;
    const supported = this.gold.filter((count) => count > 0);
    const most = Math.max(0, ...supported);
    const nothing = this.isExclusive ? this.withoutGold : units - items;
    const always = this.isExclusive ? most : units - (documents - most) - (items - most);
    const f1 = ratio(2 * most, documents + items);
    return {
      nothing: { accuracy: ratio(nothing, units), precision: 0, recall: 0, f1: 0, macroF1: 0 },
      [this.isExclusive ? "majority" : "mostFrequent"]: {
        accuracy: ratio(always, units),
        precision: ratio(most, documents),
        recall: ratio(most, items),
        f1,
        macroF1: ratio(ratio(2 * most, documents + most), supported.length),
      },
    };
  }
}

type Said = { said: Float64Array; found: Float64Array };

function nobody(labels: number): Said {
  return { said: new Float64Array(labels), found: new Float64Array(labels) };
}

function mean(scores: readonly number[]): number {
  return ratio(
    scores.reduce((sum, score) => sum + score, 0),
    scores.length,
  );
}

function same(scores: Scores | undefined, expected: Scores): boolean {
  return (
    scores !== undefined &&
    (Object.keys(expected) as (keyof Scores)[]).every((field) => equal(scores[field], expected[field]))
  );
}
