import type { DocumentCounts, GatePolicy } from "../../schemas/types.ts";

type Metric = GatePolicy["metric"];

/** Both models' outcomes on the test documents, from which the bootstrap draws. */
export interface Paired {
  readonly metric: Metric;
  readonly documents: number;
  /** What is drawn from. */
  readonly units: number;
  /** Challenger minus champion on all documents. */
  difference(): number;
  /** The same on as many units as there are, drawn with replacement. */
  resampled(draw: () => number): number;
}

/** Challenger's and champion's score, each as numerator and denominator. */
const FIELDS = 4;

/**
 * Both models' counts on the test documents, in what a metric needs of them: sums of these give a score.
 * accuracy = right / units; f1 = 2 tp / (2 tp + fp + fn).
 *
 * At most `maxUnits` units are kept. A document beyond them joins the unit that its id says, and a unit is drawn whole: ids
 * are digests, so that is a random one, whatever the order of the documents; and 5,000 units show a spread as well as a
 * million documents do.
 */
export class PairedCounts implements Paired {
  readonly metric: Metric;
  documents = 0;
  private readonly counts: Float64Array;
  private readonly maxUnits: number;

  constructor(metric: Metric, maxUnits = 5000) {
    this.metric = metric;
    this.maxUnits = maxUnits;
    this.counts = new Float64Array(FIELDS * maxUnits);
  }

  /** What is drawn from: a document each, as long as there are no more than `maxUnits`. */
  get units(): number {
    return Math.min(this.documents, this.maxUnits);
  }

  /** Adds a document. Its champion's counts must be there. */
  add(document: DocumentCounts): void {
    const { documents, maxUnits } = this;
    const unit =
      documents < maxUnits ? documents : Number.parseInt(document.document.slice(0, 8), 16) % maxUnits;
    let at = unit * FIELDS;
    for (const counts of [document.challenger, document.champion!]) {
      const [right = 0, truePositives = 0, falsePositives = 0, falseNegatives = 0] = counts;
      const [above, below] =
        this.metric === "accuracy"
          ? [right, document.units]
          : [2 * truePositives, 2 * truePositives + falsePositives + falseNegatives];
      this.counts[at++]! += above;
      this.counts[at++]! += below;
    }
    this.documents++;
  }

  /** Challenger minus champion on all documents. */
  difference(): number {
    let unit = 0;
    return this.resampled(() => unit++);
  }

  /** The same on as many units as there are, drawn with replacement. */
  resampled(draw: () => number): number {
    const { counts, units } = this;
    let challengerAbove = 0;
    let challengerBelow = 0;
    let championAbove = 0;
    let championBelow = 0;
    for (let drawn = 0; drawn < units; drawn++) {
      const at = draw() * FIELDS;
      challengerAbove += counts[at]!;
      challengerBelow += counts[at + 1]!;
      championAbove += counts[at + 2]!;
      championBelow += counts[at + 3]!;
    }
    return ratio(challengerAbove, challengerBelow) - ratio(championAbove, championBelow);
  }
}

/** Nothing right of nothing is 0, as in the evaluation. */
export function ratio(above: number, below: number): number {
  return below === 0 ? 0 : above / below;
}
