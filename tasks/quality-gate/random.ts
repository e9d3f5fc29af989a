/**
 * Uniform whole numbers from 0 to below `count`, the same sequence for the same seed on every machine.
 *
 * xoshiro128** (Blackman, Vigna 2018), seeded through splitmix32. A count is at most 2^21, so that the product below is
 * exact; the bias towards low numbers is then below count / 2^32.
 */
export function randomBelow(count: number, seed: number): () => number {
  const next = xoshiro128(splitmix(seed));
  return () => Math.floor((next() * count) / 4294967296);
}

/** Whole numbers from 0 to below 2^32. */
export function xoshiro128(state: [number, number, number, number]): () => number {
  let [a, b, c, d] = state;
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result >>> 0;
  };
}

/** Four well-mixed words from one seed, never all zero. */
function splitmix(seed: number): [number, number, number, number] {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let word = state ^ (state >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    return word ^ (word >>> 15);
  };
  return [next(), next(), next(), next()];
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
