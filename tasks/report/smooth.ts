/** Of how many values a smoothed one is the mean. Of few values, each is itself: nothing is hidden. */
export const smoothedOver = (count: number) => (count < 60 ? 1 : 2 * Math.floor(count / 40) + 1);

/**
 * A noisy series, for the eye: the mean of each value and as many on either side. Nearer to an end than that, of fewer, as
 * many on one side as on the other, so that the line neither lags nor bends where a training begins or ends.
 */
export function smoothed(values: readonly number[]): number[] {
  const half = (smoothedOver(values.length) - 1) / 2;
  return values.map((_, at) => {
    const reach = Math.min(half, at, values.length - 1 - at);
    const near = values.slice(at - reach, at + reach + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}
