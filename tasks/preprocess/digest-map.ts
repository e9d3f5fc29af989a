import { hash } from "node:crypto";

/** SHA-256 of the UTF-8 bytes of `text`, the first 32 hex digits: 128 bits tell any texts apart that will ever be. */
export function digestOf(text: string): string {
  return hash("sha256", text, "hex").slice(0, 32);
}

// Beyond four fifths, probing for a free slot gets slow; below, memory is wasted.
const MAX_LOAD = 0.8;
const FIRST_CAPACITY = 1 << 12;
const WORDS = 4;

/**
 * A map from 128-bit digests (32 hex digits) to numbers of 32 bits, in 20 bytes an entry: ten million texts fit
 * where a Map of strings would need gigabytes. Nothing is ever removed.
 */
export class DigestMap {
  private keys = new Int32Array(FIRST_CAPACITY * WORDS);
  // 0 marks a free slot, so values are kept plus one.
  private values = new Uint32Array(FIRST_CAPACITY);
  private mask = FIRST_CAPACITY - 1;
  private readonly key = new Int32Array(WORDS);
  size = 0;

  /** The value of a digest, or -1. */
  get(digest: string): number {
    this.read(digest);
    return (this.values[this.slot(this.keys, this.values, this.mask)] as number) - 1;
  }

  /** Sets the value, from 0 to 2^32 - 2, of a digest. */
  set(digest: string, value: number) {
    this.read(digest);
    let slot = this.slot(this.keys, this.values, this.mask);
    if (this.values[slot] === 0) {
      if (this.size + 1 > (this.mask + 1) * MAX_LOAD) {
        this.grow();
        this.read(digest);
        slot = this.slot(this.keys, this.values, this.mask);
      }
      this.keys.set(this.key, slot * WORDS);
      this.size++;
    }
    this.values[slot] = value + 1;
  }

  /** Adds a digest with the value 0; false when it was there. */
  add(digest: string): boolean {
    if (this.get(digest) >= 0) return false;
    this.set(digest, 0);
    return true;
  }

  private read(digest: string) {
    for (let word = 0; word < WORDS; word++) {
      let value = 0;
      for (let i = word * 8; i < word * 8 + 8; i++) {
        const code = digest.charCodeAt(i);
        value = (value << 4) | (code > 57 ? code - 87 : code - 48);
      }
      this.key[word] = value;
    }
  }

  private slot(keys: Int32Array, values: Uint32Array, mask: number): number {
    const [a, b, c, d] = this.key as unknown as [number, number, number, number];
    let slot = a & mask;
    while (values[slot] !== 0) {
      const at = slot * WORDS;
      if (keys[at] === a && keys[at + 1] === b && keys[at + 2] === c && keys[at + 3] === d) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private grow() {
    const capacity = (this.mask + 1) * 2;
    const keys = new Int32Array(capacity * WORDS);
    const values = new Uint32Array(capacity);
    for (let old = 0; old <= this.mask; old++) {
      if (this.values[old] === 0) continue;
      for (let word = 0; word < WORDS; word++) this.key[word] = this.keys[old * WORDS + word] as number;
      const slot = this.slot(keys, values, capacity - 1);
      keys.set(this.key, slot * WORDS);
      values[slot] = this.values[old] as number;
    }
    this.keys = keys;
    this.values = values;
    this.mask = capacity - 1;
  }
}
