/** Random parts that each count is kept by as well: enough to see how much counts of one export vary by chance. */
export const PARTS = 16;

/**
 * The part of what must not be divided, by its digest: the last digit. The digest is salted, and its first twelve digits
 * decide the side of the split, so that no side has more of one part.
 */
export function partOf(groupDigest: string): number {
  return Number.parseInt(groupDigest.slice(-1), 16);
}

export function noParts(): number[] {
  return new Array<number>(PARTS).fill(0);
}

/** Counts by part, and their sum. */
export function sumOf(parts: readonly number[]): number {
  return parts.reduce((sum, count) => sum + count, 0);
}
