import { NamedError } from "../../../../schemas/tables/errors.ts";
import { LEAST_MISREAD, LEAST_WIDENED, MAX_WIDENED_SHARE } from "../../limits.ts";
import { type Reading, unitReadings } from "./alignment.ts";
import type { KeyphraseCounts } from "./labelled-documents.ts";
import type { OffsetUnit } from "./spans.ts";

/** What offsets are, should they fit so, and what then helps. */
const causes: Record<Reading, [cause: string, remedy: string]> = {
  utf16: ["were UTF-16 code units", 'Set "offsetUnit": "utf16" in the header'],
  codepoint: ["were Unicode code points", 'Set "offsetUnit": "codepoint" in the header'],
  utf8: ["were UTF-8 bytes", "Count code points or UTF-16 code units, not bytes"],
  grapheme: [
    "were grapheme clusters (characters as people see them)",
    "Count code points or UTF-16 code units",
  ],
  lineEndsAsOne: [
    "counted each line end (CR LF) as one",
    "Export the text as it was when it was labelled, or count CR and LF",
  ],
  lineEndsAsTwo: [
    "counted each line end as two (CR LF)",
    "Export the text as it was when it was labelled, with CR LF",
  ],
  oneLess: ["were one less (they seem to count from 1)", "Count from 0; end is exclusive"],
  oneMore: [
    "were one more (something before the text seems to be missing)",
    "Count from the text's beginning",
  ],
  endIncluded: [
    "named the last character as their end",
    "Make end exclusive: one more than the last character",
  ],
  fromOne: ["counted from 1 and named the last character as their end", "Count from 0; end is exclusive"],
};

/** The error for spans whose offsets cannot be meant: too many cut words, or another unit explains those that do. */
export function misaligned(report: KeyphraseCounts, unit: OffsetUnit): NamedError | null {
  const { kept, snapped } = report.spans;
  const isWidened = snapped >= LEAST_WIDENED && snapped > kept * MAX_WIDENED_SHARE;
  if (!isWidened && !isOtherUnit(report, unit)) return null;
  const share = isWidened ? `, more than ${MAX_WIDENED_SHARE * 100} %` : "";
  const cause =
    likelyCause(report, unit) ??
    "No other way to count offsets fits better: compare some keyphrases with their notes.";
  return new NamedError(
    "InvalidExport",
    `${snapped} of ${kept} spans (${percent(snapped / kept)}) begin or end inside a word${share}: their offsets are wrong. ${cause}`,
  );
}

/** What the offsets seem to count, with the evidence and what helps; null when nothing fits better than what is declared. */
export function likelyCause({ offsets }: KeyphraseCounts, unit: OffsetUnit): string | null {
  const reading = best(offsets.fits, Object.keys(causes) as Reading[]);
  if (offsets.fits[reading] <= offsets.fits[unit] || offsets.fits[reading] < offsets.tried / 2) return null;
  const [cause, remedy] = causes[reading];
  return `${percent(offsets.fits[reading] / offsets.tried)} of the ${offsets.tried} spans looked at would fit words if offsets ${cause}, ${percent(offsets.fits[unit] / offsets.tried)} do as they are. ${remedy}, and export again.`;
}

/**
 * Whether another unit makes many spans fit: few notes have characters that units count differently, so that the share
 * of all spans may be small. Under the right unit any other makes more spans unfit than fit.
 */
function isOtherUnit({ offsets: { fits } }: KeyphraseCounts, unit: OffsetUnit): boolean {
  return fits[best(fits, unitReadings)] - fits[unit] >= LEAST_MISREAD;
}

function best<R extends Reading>(fits: Record<R, number>, readings: readonly R[]): R {
  return readings.reduce((found, reading) => (fits[reading] > fits[found] ? reading : found));
}

function percent(share: number): string {
  // Never rounded to none or all.
  return `${share > 0.99 && share < 1 ? 99 : share < 0.01 && share > 0 ? "under 1" : Math.round(share * 100)} %`;
}
