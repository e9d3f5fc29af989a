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
/** The state of a tag that is a label alone. */
export const BARE = "bare";
const ends = new Set(["E", "S", "L", "U", BARE]);

export function partsOf(tag: string): { state: string; label: string } {
  const match = /^([BIOESLUM])[-_](.+)$/.exec(tag);
  if (match) return { state: match[1]!, label: match[2]! };
  return { state: tag === "O" || tag === "" ? "O" : BARE, label: tag };
}

type Stray = { what: string; count: number; first: string };

/** The scheme of tags, found over a whole file: each has letters or an order that the others lack. */
export class SchemeSurvey {
  private readonly states = new Set<string>();
  private beginsBetween = 0;
  /** Spans without the letter that begins one, and without the letter that ends one. */
  private readonly unbegun = { count: 0, first: "" };
  private readonly unended = { count: 0, first: "" };

  add(sentence: readonly Word[], place: string): void {
    let open: string | undefined;
    for (const { tag } of sentence) {
      const { state, label } = partsOf(tag);
      this.states.add(state);
      const isInside = open === label;
      if (open !== undefined && !(isInside && continues.has(state))) note(this.unended, place);
      if (continues.has(state) && !isInside) note(this.unbegun, place);
      if (state === "B" && !isInside) this.beginsBetween++;
      open = state === "O" || ends.has(state) ? undefined : label;
    }
    if (open !== undefined) note(this.unended, place);
  }

  /** `strays`: spans that break the scheme's rules. */
  get scheme(): { name: string; strays: Stray[] } {
    const has = (state: string) => this.states.has(state);
    const strays = (name: string, begin: string, end: string) => [
      { what: `spans of ${name} that begin with ${begin}`, ...this.unbegun },
      ...(end === "" ? [] : [{ what: `spans of ${name} that do not end with ${end}`, ...this.unended }]),
    ];
    if (has("L") || has("U")) return { name: "BILOU", strays: strays("BILOU", "I or L", "L or U") };
    if (has("E") || has("S")) return { name: "IOBES", strays: strays("IOBES", "I or E", "E or S") };
    if (has(BARE) && !has("B") && !has("I")) return { name: "labels alone, without a scheme", strays: [] };
    // In IOB1 a B stands only where it separates two spans of one label.
    if (this.unbegun.count > 0 && this.beginsBetween === 0) return { name: "IOB1", strays: [] };
    return { name: "IOB2", strays: strays("IOB2", "I", "") };
  }
}

function note(stray: { count: number; first: string }, place: string): void {
  if (stray.count === 0) stray.first = place;
  stray.count++;
}
