/**
 * The value below which a standard normal variable stays with the given probability, from 0.5 to below 1; to 0.0005.
 * Abramowitz, Stegun 1964, 26.2.23.
 */
export function normalQuantile(probability: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - probability));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return t - above / below;
}

/** The probability that a standard normal variable is below the value; to 1e-7. Abramowitz, Stegun 1964, 26.2.17. */
export function normalProbability(value: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(value));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const beyond = (Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return value < 0 ? beyond : 1 - beyond;
}

/**
 * The same quantile of Student's t; to a hundredth at 0.999 from 19 degrees of freedom on; infinite for 0.
 * Abramowitz, Stegun 1964, 26.7.5.
 */
export function studentQuantile(probability: number, degreesOfFreedom: number): number {
  const x = normalQuantile(probability);
  const first = (x ** 3 + x) / 4;
  const second = (5 * x ** 5 + 16 * x ** 3 + 3 * x) / 96;
  return x + first / degreesOfFreedom + second / degreesOfFreedom ** 2;
}

/** Of sorted values, between the two nearest. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

/** Of at least two values. */
export function standardDeviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
