/**
 * The population stability index of two lists of counts of the same values: the sum of (p - q) ln(p / q).
 *
 * Half a count is added to each, since a value that one side does not have would make it infinite. So the index of two
 * exports depends on their sizes: a new value with a single document weighs little, as it should.
 */
export function populationStability(counts: readonly number[], before: readonly number[]): number {
  const one = smoothed(counts);
  const other = smoothed(before);
  return one.reduce((sum, p, value) => sum + (p - other[value]!) * Math.log(p / other[value]!), 0);
}

function smoothed(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0) + counts.length / 2;
  return counts.map((count) => (count + 0.5) / all);
}
