// Where a span stands once it is known what the offsets of the whole file count, and whether that can be believed.
import { agrees, isWhole, type Place, type Positions, trimmed } from "./offsets.ts";
import type { SourceSpan, Unit } from "./record.ts";

/** `lost`: why it has no place, as a loss in words. */
export type Placement = { place: Place; isTrimmed: boolean; isPartial: boolean } | { lost: string };

/** @param units What offsets of the format may count; none: its reader has made them, and they are right. */
export function placed(
  positions: Positions,
  span: SourceSpan,
  { unit, units }: { unit: Unit; units: readonly Unit[] },
): Placement {
  const { text } = positions;
  const found = positions.place(span, unit);
  const place = found && trimmed(text, found);
  if (!place || (span.text !== undefined && !agrees(text, found, span.text)))
    return { lost: "spans that are not where the file says" };
  // The file does not say what is there, this unit hits no word, and another one does: a stray in a mixture.
  const isElsewhere = (other: Place | null) =>
    other !== null &&
    (other.start !== found.start || other.end !== found.end) &&
    agrees(text, other, undefined);
  if (span.text === undefined && !isWhole(text, found))
    if (units.some((other) => isElsewhere(positions.place(span, other))))
      return { lost: `spans that do not count in ${unit}, as the file does` };
  return {
    place,
    isTrimmed: place.start !== found.start || place.end !== found.end,
    isPartial: units.length > 0 && !isWhole(text, place),
  };
}

/** How many spans training will leave out for a longer one, or for the same one once more. */
export function overlapping(text: string, places: readonly Place[]): number {
  const isApart = places.every(({ start }, index) => index === 0 || start >= places[index - 1]!.end);
  if (isApart) return 0;
  const taken = new Uint8Array(text.length);
  let left = 0;
  for (const { start, end } of places.toSorted(
    (one, other) => other.end - other.start - (one.end - one.start),
  )) {
    // None that is taken is shorter, so it covers an end of this one.
    if (taken[start] || taken[end - 1]) left++;
    else taken.fill(1, start, end);
  }
  return left;
}
