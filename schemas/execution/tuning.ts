import { NamedError } from "../tables/errors.ts";
import type { TuningRanges } from "../types.ts";

/** What a schema cannot say: that a range's ends are in order. Throws InvalidInput. */
export function refuseEmptyRanges(ranges: TuningRanges): void {
  for (const [name, [from, to]] of Object.entries(ranges) as [string, [number, number]][])
    if (from > to)
      throw new NamedError(
        "InvalidInput",
        `/tuning/ranges/${name} holds nothing: it goes from ${from} to ${to}. Give the smaller number first.`,
      );
}
