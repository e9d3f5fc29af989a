// What formats share that have words with tags and no text: the text is rebuilt, and its offsets are made here.
import type { SourceSpan } from "../record.ts";

export type Word = { word: string; tag: string };

/** The text of some sentences, a line each, words with one blank between; spans count UTF-16 code units. */
export function rebuilt(sentences: readonly Word[][]): { text: string; spans: SourceSpan[] } {
  const spans: SourceSpan[] = [];
  let text = "";
  for (const sentence of sentences) {
    if (text !== "") text += "\n";
    let open: SourceSpan | undefined;
    for (const [index, { word, tag }] of sentence.entries()) {
      if (index > 0) text += " ";
      const start = text.length;
      text += word;
      const { state, label } = partsOf(tag);
      if (state === "O") open = undefined;
      else if (open && open.label === label && continues.has(state)) open.end = text.length;
      else {
        open = { start, end: text.length, label };
        spans.push(open);
      }
      if (ends.has(state)) open = undefined;
    }
  }
  return { text, spans };
}

// IOB1, IOB2, IOBES and BILOU say the same by other letters; an I without a B begins a span, as in IOB1.
const continues = new Set(["I", "E", "L", "M"]);
const ends = new Set(["E", "S", "L", "U"]);

export function partsOf(tag: string): { state: string; label: string } {
  const match = /^([BIOESLUM])[-_](.+)$/.exec(tag);
  return match
    ? { state: match[1]!, label: match[2]! }
    : { state: tag === "O" || tag === "" ? "O" : "S", label: tag };
}

/** The scheme of tags, found over a whole file: each has letters or an order that the others lack. */
export class SchemeSurvey {
  private readonly states = new Set<string>();
  private beginsWithInside = 0;
  private beginsBetween = 0;

  add(sentence: readonly Word[]): void {
    let before: { state: string; label: string } | undefined;
    for (const { tag } of sentence) {
      const part = partsOf(tag);
      this.states.add(part.state);
      const isInside = before !== undefined && before.state !== "O" && before.label === part.label;
      if (part.state === "I" && !isInside) this.beginsWithInside++;
      if (part.state === "B" && !isInside) this.beginsBetween++;
      before = part;
    }
  }

  /** `strays`: spans of an IOB2 file that begin with I. */
  get scheme(): { name: string; strays: number } {
    const has = (state: string) => this.states.has(state);
    if (has("L") || has("U")) return { name: "BILOU", strays: 0 };
    if (has("E") || has("S")) return { name: "IOBES", strays: 0 };
    // In IOB1 a B stands only where it parts two spans of one label.
    if (this.beginsWithInside > 0 && this.beginsBetween === 0) return { name: "IOB1", strays: 0 };
    return { name: "IOB2", strays: this.beginsWithInside };
  }
}
