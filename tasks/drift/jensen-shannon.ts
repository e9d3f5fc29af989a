/**
 * The Jensen–Shannon distance of two distributions over the same values: 0 for equal ones, 1 for those that share no
 * value. The square root of the divergence in bits, which is a metric (Endres, Schindelin 2003).
 */
export function jensenShannonDistance(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let bits = 0;
  for (let value = 0; value < one.length; value++) {
    const p = one[value]!;
    const q = other[value]!;
    const mean = (p + q) / 2;
    if (p > 0) bits += (p / 2) * Math.log2(p / mean);
    if (q > 0) bits += (q / 2) * Math.log2(q / mean);
  }
  // Rounding can take equal distributions below 0.
  return Math.sqrt(Math.min(1, Math.max(0, bits)));
}
