const FIRST_CAPACITY = 1 << 12;
const WORD_BITS = 32;

/** Which of up to 64 labels each document has, and how many keyphrases: twelve bytes a document. */
export class LabelMasks {
  private masks = new Uint32Array(2 * FIRST_CAPACITY);
  private items = new Uint32Array(FIRST_CAPACITY);
  private count = 0;
  private readonly labels: number;

  constructor(labels: number) {
    this.labels = labels;
  }

  /** Enters the next document, by how many of its keyphrases have each label. */
  enter(counts: Int32Array) {
    if (this.count === this.items.length) {
      this.masks = grown(this.masks);
      this.items = grown(this.items);
    }
    for (let label = 0; label < counts.length; label++) {
      const count = counts[label] as number;
      if (count === 0) continue;
      this.masks[2 * this.count + (label >>> 5)]! |= 1 << (label % WORD_BITS);
      this.items[this.count]! += count;
    }
    this.count++;
  }

  labelsOf(document: number): number[] {
    const found = [];
    for (let label = 0; label < this.labels; label++)
      if (this.masks[2 * document + (label >>> 5)]! & (1 << (label % WORD_BITS))) found.push(label);
    return found;
  }

  itemsOf(document: number): number {
    return this.items[document]!;
  }
}

function grown(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * array.length);
  larger.set(array);
  return larger;
}
