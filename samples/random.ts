/** A small repeatable source of chance: the same seed gives the same sequence on every machine and Node version. */
export type Random = {
  /** Uniform in [0, 1). */
  number(): number;
  /** Uniform whole number in [low, high], both ends included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
};

/** Hash of a text as an unsigned 32-bit number (FNV-1a). */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Mulberry32 over the hash of the seed: 32 bits of state are plenty for one patient's notes. */
export function createRandom(seed: string): Random {
  let state = hash32(seed);
  const number = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + Math.floor(number() * (high - low + 1));
  return {
    number,
    between,
    chance: (probability) => number() < probability,
    pick: (choices) => {
      const choice = choices[between(0, choices.length - 1)];
      if (choice === undefined) throw new RangeError("Expected at least one choice, got none.");
      return choice;
    },
  };
}
