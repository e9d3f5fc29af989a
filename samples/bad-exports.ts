// One small bad export for every rule of validation. Their notes carry canaries, words that no output may repeat.
import { classes } from "./bad-exports/classes.ts";
import { headers } from "./bad-exports/headers.ts";
import type { BadExport } from "./bad-exports/parts.ts";
import { records } from "./bad-exports/records.ts";
import { samples } from "./bad-exports/samples.ts";
import { structures } from "./bad-exports/structures.ts";

/** All bad exports. The same bytes every time, except that gzip's own bytes are those of the zlib at hand. */
export function badExports(): BadExport[] {
  return [...structures(), ...headers(), ...records(), ...samples(), ...classes()];
}
