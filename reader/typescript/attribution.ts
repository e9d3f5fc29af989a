/** What a word adds to a score; below 0: it speaks against the label. Offsets are UTF-16 units, as JavaScript counts. */
export type WordWeight = { start: number; end: number; weight: number };

/** Which words of a text made a score. For the linear model exactly: `baseline + sum` is the score, but for rounding. */
export type Attribution = {
  /** The score of a text that says nothing. */
  baseline: number;
  /** What the model computes for the label, before temperature, probabilities and thresholds. */
  score: number;
  /** Of all weights. */
  sum: number;
  /** How far `baseline + sum` may be from `score`. */
  tolerance: number;
  /** In the order of the text, as the model reads it: marks are words of their own. */
  words: WordWeight[];
};

const rounding = 1e-12;

/** Of a linear model, whose parts were divided among words: that costs a rounding here and there. */
export function attributionOf(baseline: number, score: number, words: WordWeight[]): Attribution {
  let sum = 0;
  let spread = 1;
  for (const { weight } of words) {
    sum += weight;
    spread += Math.abs(weight);
  }
  return { baseline, score, sum, tolerance: rounding * spread, words };
}
