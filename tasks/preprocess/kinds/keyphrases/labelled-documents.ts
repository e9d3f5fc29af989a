import type { PreprocessReport } from "../../../../schemas/types.ts";
import { binOf, HistogramCounter } from "../../profile/histogram.ts";
import { PARTS } from "../../profile/parts.ts";
import type { CountedProfile, ProfileCounter } from "../../profile/profile.ts";
import { Documents } from "../../sides/documents.ts";
import type { Side } from "../../sides/split.ts";
import { noCounts, type SideCounts } from "../../write/spool.ts";
import type { Place, RecordFacets } from "../kind.ts";
import * as fact from "./facts.ts";
import { LabelMasks } from "./label-masks.ts";

/** What the report has of keyphrases alone. */
export type KeyphraseCounts = Required<Pick<PreprocessReport, "spans" | "offsets" | "tokens" | "longNotes">>;

/** Enters annotated texts and counts what the rows of each distinct one hold. */
export class LabelledDocuments {
  readonly registry = new Documents();
  /** Rows as written, before any moves to another side. */
  readonly written: Record<Side, SideCounts> = {
    train: noCounts(),
    validation: noCounts(),
    test: noCounts(),
  };
  private readonly report: PreprocessReport;
  private readonly counts: KeyphraseCounts;
  private readonly profile: ProfileCounter;
  private readonly labels: LabelMasks;
  /** Kept spans of each label by part. */
  private readonly spans: Float64Array;
  private readonly windows = new HistogramCounter();

  constructor(report: PreprocessReport, counts: KeyphraseCounts, labels: string[], profile: ProfileCounter) {
    this.report = report;
    this.counts = counts;
    this.profile = profile;
    this.labels = new LabelMasks(labels.length);
    this.spans = new Float64Array(labels.length * PARTS);
  }

  /** Enters an annotated text by its facts; a copy of one entered before is only counted. @returns the side of the first. */
  enter(
    { reading, claim, part, tokens }: Place,
    facets: RecordFacets,
    facts: Int32Array,
    at: number,
  ): Side | null {
    const { side } = this.registry.enter(reading, claim, (facts[at + fact.ANNOTATION_HASH] as number) >>> 0);
    if (side === null) return null;
    const { counts, written } = this;
    for (const [index, key] of fact.spanCounts.entries())
      counts.spans[key] += facts[at + fact.SPANS + index] as number;
    counts.tokens.gold += facts[at + fact.GOLD] as number;
    counts.tokens.goldInRows += facts[at + fact.GOLD_IN_ROWS] as number;
    counts.tokens.total += tokens;
    const ofLabels = facts.subarray(at + fact.OF_LABELS, at + fact.OF_LABELS + this.spans.length / PARTS);
    this.labels.enter(ofLabels);
    for (let label = 0; label < ofLabels.length; label++)
      this.spans[label * PARTS + part]! += ofLabels[label] as number;
    this.profile.enter(part, facets, tokens);
    const rows = facts[at + fact.ROWS] as number;
    this.report.rows += rows;
    if (rows > 1) counts.longNotes++;
    this.windows.add(binOf(rows), part);
    written[side].rows += rows;
    written[side].tokens += facts[at + fact.ROW_TOKENS] as number;
    written[side].units += facts[at + fact.ROW_TOKENS] as number;
    written[side].items += facts[at + fact.ROW_ITEMS] as number;
    return side;
  }

  /** Brings the counts that copies may still have changed into the report. @returns the export's profile. */
  closeReport(): CountedProfile {
    const { tokens } = this.counts;
    tokens.goldLost = tokens.gold - tokens.goldInRows;
    return this.profile.profile(
      (number) => ({
        side: this.registry.sideOf(number),
        labels: this.labels.labelsOf(number),
        items: this.labels.itemsOf(number),
      }),
      {
        itemsOf: (label) => [...this.spans.subarray(label * PARTS, (label + 1) * PARTS)],
        windows: this.windows.bins(),
      },
    );
  }
}
