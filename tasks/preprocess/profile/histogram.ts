import type { Profile } from "../../../schemas/types.ts";
import { PARTS, sumOf } from "./parts.ts";

// 0, 1, 2, 3, 4, 6, 8, 12, 16, 24, …: two bins a doubling. The last one begins above what a record can hold.
const starts = [0, 1];
for (let octave = 2; octave <= 2 ** 20; octave *= 2) starts.push(octave, octave * 1.5);

/** The bin of a whole number. */
export function binOf(count: number): number {
  if (count < 2) return count;
  const octave = 31 - Math.clz32(Math.min(count, 2 ** 20));
  return 2 * octave + (count >= 1.5 * 2 ** octave ? 1 : 0);
}

/** Documents by a whole number of something, and by part. */
export class HistogramCounter {
  private readonly counts = new Float64Array(starts.length * PARTS);

  add(bin: number, part: number) {
    (this.counts[bin * PARTS + part] as number)++;
  }

  /** The bins that hold something. */
  bins(): Profile["lengths"] {
    return starts
      .map((from, bin) => {
        const parts = [...this.counts.subarray(bin * PARTS, (bin + 1) * PARTS)];
        const to = (starts[bin + 1] ?? Number.MAX_SAFE_INTEGER) - 1;
        return { from, to, documents: sumOf(parts), parts };
      })
      .filter(({ documents }) => documents > 0);
  }
}
