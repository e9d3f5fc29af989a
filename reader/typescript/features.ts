/**
 * Hashed n-grams of words and characters, as containers/pbp_jobs/linear/features.py defines them: the numbers in comments
 * are its points. It asks no Unicode database, of which JavaScript and Python have different versions.
 */

export type Hashing = { bits: number; words: [number, number]; characters: [number, number] };

const spaces = [
  [0x00, 0x20],
  [0x7f, 0xa0],
  [0xad, 0xad],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x3000, 0x3000],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
] as const;
const marks = [
  [0x21, 0x2f],
  [0x3a, 0x40],
  [0x5b, 0x60],
  [0x7b, 0x7e],
  [0xa1, 0xa9],
  [0xab, 0xac],
  [0xae, 0xb4],
  [0xb6, 0xb9],
  [0xbb, 0xbf],
  [0xd7, 0xd7],
  [0xf7, 0xf7],
  [0x2010, 0x2027],
  [0x2030, 0x205e],
  [0x20a0, 0x20cf],
  [0x2190, 0x2bff],
  [0x3001, 0x303f],
  [0xff01, 0xff0f],
  [0x1f000, 0x1faff],
] as const;
/** First, last, every how many, and how far it is to the small letter. */
const capitals = [
  [0x41, 0x5a, 1, 32],
  [0xc0, 0xd6, 1, 32],
  [0xd8, 0xde, 1, 32],
  [0x391, 0x3a1, 1, 32],
  [0x3a3, 0x3ab, 1, 32],
  [0x410, 0x42f, 1, 32],
  [0x400, 0x40f, 1, 80],
  [0x100, 0x137, 2, 1],
  [0x139, 0x148, 2, 1],
  [0x14a, 0x177, 2, 1],
] as const;

const letter = 0;
const space = 1;
const mark = 2;
// Up to U+1FFFF, above which all are letters and none is a capital.
const kinds = new Uint8Array(0x20000);
const small = Uint32Array.from({ length: 0x20000 }, (_, code) => code);
for (const [first, last] of spaces) kinds.fill(space, first, last + 1);
for (const [first, last] of marks) kinds.fill(mark, first, last + 1);
for (const [first, last, every, far] of capitals)
  for (let code = first as number; code <= last; code += every) small[code]! += far;

const lettersOfAToken = 64;
const tokenStart = 0x811c9dc5;
const ngramStart = 0x9747b28c;
const step = (hash: number, value: number) => Math.imul(hash ^ value, 0x01000193);

/** A text as numbers. */
export type Reading = {
  /** Hashes of the tokens (4, 5), and where each begins and ends in the text. */
  tokens: number[];
  starts: number[];
  ends: number[];
  /** The characters with one space for every run (7), and the token in which each lies; -1: in none. */
  characters: number[];
  owners: number[];
};

/** Calls `add` with the bucket of each n-gram of a text. */
export function eachFeature(text: string, hashing: Hashing, add: (bucket: number) => void): void {
  const reading = read(text);
  eachTokenNgram(reading, hashing, add);
  eachCharacterNgram(reading, hashing, add);
}

/** Calls `add` with the bucket of each n-gram of tokens, its first one and the one behind its last. */
export function eachTokenNgram(
  { tokens }: Reading,
  { bits, words: [fewest, most] }: Hashing,
  add: (bucket: number, first: number, end: number) => void,
): void {
  const shift = 33 - bits;
  for (let first = 0; first < tokens.length; first++) {
    let hash = ngramStart;
    for (let length = 1; length <= most && first + length <= tokens.length; length++) {
      hash = step(hash, tokens[first + length - 1]!);
      if (length >= fewest) add(mixed(hash) >>> shift, first, first + length);
    }
  }
}

/** The same for n-grams of characters. */
export function eachCharacterNgram(
  { characters }: Reading,
  { bits, characters: [shortest, longest] }: Hashing,
  add: (bucket: number, first: number, end: number) => void,
): void {
  const shift = 33 - bits;
  const upperHalf = 2 ** (bits - 1);
  for (let first = 0; first < characters.length; first++) {
    let hash = tokenStart;
    for (let length = 1; length <= longest && first + length <= characters.length; length++) {
      const last = characters[first + length - 1]!;
      hash = step(hash, last);
      if (length >= shortest) add(upperHalf + (mixed(hash) >>> shift), first, first + length);
      if (last === 0x20 && length > 1) break; // a space may be the first or the last (7)
    }
  }
}

export function read(text: string): Reading {
  const tokens: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const characters = [0x20];
  const owners = [-1];
  let hash = tokenStart;
  let letters = 0; // of the token that is being read
  let at = 0;
  const endToken = () => {
    if (letters > 0) {
      tokens.push(hash);
      ends.push(at);
    }
    hash = tokenStart;
    letters = 0;
  };
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const kind = code < kinds.length ? kinds[code] : letter;
    if (kind === space) {
      endToken();
      if (characters.at(-1) !== 0x20) {
        characters.push(0x20);
        owners.push(-1);
      }
      at += character.length;
      continue;
    }
    const folded = code < small.length ? small[code]! : code;
    characters.push(folded);
    if (kind === mark) {
      endToken();
      starts.push(at);
      tokens.push(step(tokenStart, folded));
      ends.push(at + character.length);
    } else {
      if (letters === 0) starts.push(at);
      if (letters < lettersOfAToken) hash = step(hash, folded);
      letters++;
    }
    owners.push(starts.length - 1);
    at += character.length;
  }
  endToken();
  if (characters.at(-1) !== 0x20) {
    characters.push(0x20);
    owners.push(-1);
  }
  return { tokens, starts, ends, characters, owners };
}

/** The finaliser of MurmurHash3. */
function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
