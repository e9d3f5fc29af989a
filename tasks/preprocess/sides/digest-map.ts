import { hash } from "node:crypto";

/** SHA-256 of bytes, or of a text as UTF-8, its first 32 hex digits: 128 bits tell all texts apart that will ever be. */
export function digestOf(text: string | Uint8Array): string {
  return hash("sha256", text, "hex").slice(0, 32);
}

// Beyond four fifths, probing for a free slot gets slow; well below, memory is wasted.
const MAX_LOAD = 0.8;
const FIRST_CAPACITY = 1 << 12;

type Values = typeof Uint8Array | typeof Uint32Array;

/**
 * A map from digests (hex digits) to small numbers in typed arrays: ten million texts take 285 MB where a Map of strings
 * would need gigabytes. Nothing is ever removed.
 *
 * `bits` of each digest count. 64 are enough where a collision costs little: the chance that any two of ten million
 * collide is 3 in a million. Values go from 0 to 2^8 - 2 or 2^32 - 2, as the array named by `values` allows.
 */
export class DigestMap {
  size = 0;
  private readonly words: number;
  private readonly arrays: Values;
  private readonly key: Int32Array;
  private keys: Int32Array;
  // 0 marks a free slot, so values are kept plus one.
  private values: Uint8Array | Uint32Array;
  private mask = FIRST_CAPACITY - 1;

  constructor(options: { bits: 64 | 128; values: Values }) {
    this.words = options.bits / 32;
    this.arrays = options.values;
    this.key = new Int32Array(this.words);
    this.keys = new Int32Array(FIRST_CAPACITY * this.words);
    this.values = new options.values(FIRST_CAPACITY);
  }

  /** The value of a digest, or -1. */
  get(digest: string): number {
    this.read(digest);
    return (this.values[this.slot()] as number) - 1;
  }

  set(digest: string, value: number) {
    this.read(digest);
    let slot = this.slot();
    if (this.values[slot] === 0) {
      if (this.size + 1 > (this.mask + 1) * MAX_LOAD) {
        this.grow();
        this.read(digest);
        slot = this.slot();
      }
      this.keys.set(this.key, slot * this.words);
      this.size++;
    }
    this.values[slot] = value + 1;
  }

  private read(digest: string) {
    for (let word = 0; word < this.words; word++) {
      let value = 0;
      for (let i = word * 8; i < word * 8 + 8; i++) {
        const code = digest.charCodeAt(i);
        value = (value << 4) | (code > 57 ? code - 87 : code - 48);
      }
      this.key[word] = value;
    }
  }

  /** The slot of `key`, or the free one where it would stand. */
  private slot(): number {
    const { key, keys, values, mask, words } = this;
    let slot = (key[0] as number) & mask;
    while (values[slot] !== 0) {
      const at = slot * words;
      let word = 0;
      while (word < words && keys[at + word] === key[word]) word++;
      if (word === words) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private grow() {
    const { keys, values, words } = this;
    const capacity = values.length * 2;
    this.keys = new Int32Array(capacity * words);
    this.values = new this.arrays(capacity);
    this.mask = capacity - 1;
    for (let old = 0; old < values.length; old++) {
      if (values[old] === 0) continue;
      for (let word = 0; word < words; word++) this.key[word] = keys[old * words + word] as number;
      const slot = this.slot();
      this.keys.set(this.key, slot * words);
      this.values[slot] = values[old] as number;
    }
  }
}

/** A map of text digests in which nothing is stored yet. */
export function emptyTexts(): DigestMap {
  return new DigestMap({ bits: 128, values: Uint8Array });
}
