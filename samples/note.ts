import { doses, headings, marks, type Outline, outlines, type Section, sections } from "./grammar.ts";
import type { Random } from "./random.ts";
import { expand } from "./template.ts";
import { type Patient, pickTerm } from "./terms.ts";
import type { Label } from "./vocabulary.ts";

export type Span = { start: number; end: number; label: Label; text: string };
export type Note = { text: string; spans: Span[] };

/** Shares of the kinds of note: short ones are common, long ones hold most of the words. */
const kinds: readonly (readonly [keyof typeof outlines, share: number])[] = [
  ["line", 0.37],
  ["message", 0.13],
  ["office", 0.03],
  ["visit", 0.33],
  ["operative", 0.05],
  ["consult", 0.07],
  ["summary", 0.02],
];

/** Human annotators: they miss some spans, and sometimes take a neighbouring word in. */
const missedShare = 0.012;
const widenedShare = 0.015;
/** A body site inside a labelled problem that was labelled too: the longer span wins in Preprocess. */
const nestedShare = 0.12;
const typoShare = 0.012;
const pluralShare = 0.01;

/** Writes one note about the patient. Offsets count UTF-16 code units. */
export function writeNote(random: Random, patient: Patient): Note {
  const note: Note = { text: random.chance(0.07) ? random.pick(marks) : "", spans: [] };
  const kind = pickKind(random);
  const withHeadings =
    (kind === "consult" || kind === "summary" || kind === "operative") && random.chance(0.6);
  const outline: Outline = outlines[kind];
  for (const [section, least, most] of outline) {
    const count = random.between(least, most);
    const chosen = headings[section];
    if (count > 0 && withHeadings && chosen) add(note, random.pick(chosen), "\n");
    for (let index = 0; index < count; index++) {
      writeSentence(note, random, patient, random.pick<string>(sections[section as Section]));
    }
  }
  if (note.spans.length === 0 && note.text.trim() === "")
    writeSentence(note, random, patient, random.pick(sections.plan));
  if (random.chance(0.05)) note.text = note.text.replace(/\.$/, "");
  if (random.chance(0.06)) lowerCase(note);
  note.text = note.text.trimEnd();
  for (const span of note.spans) span.text = note.text.slice(span.start, span.end);
  return note;
}

function pickKind(random: Random): keyof typeof outlines {
  let left = random.number();
  for (const [kind, share] of kinds) {
    left -= share;
    if (left < 0) return kind;
  }
  return "line";
}

function add(note: Note, text: string, separator: string): void {
  const atStart = note.text === "" || /\s$/.test(note.text);
  note.text += (atStart ? "" : separator) + text;
}

const token = /\{(\w+)(~?)\}|\[([^|\]]+)\|(\w+)\]/g;

function writeSentence(note: Note, random: Random, patient: Patient, template: string): void {
  add(note, "", " ");
  const from = note.text.length;
  // Choices, numbers and doses come before the terms are set in.
  const sentence = expand(random, template, { dose: doses });
  let last = 0;
  for (const match of sentence.matchAll(token)) {
    note.text += sentence.slice(last, match.index);
    last = match.index + match[0].length;
    const [, slot, unlabelled, phrase, phraseLabel] = match;
    const label = (slot ?? phraseLabel) as Label;
    const term = phrase ? { text: phrase } : pickTerm(random, label, patient);
    writeTerm(note, random, { ...term, text: misspell(random, term.text) }, label, unlabelled !== "~");
  }
  note.text += sentence.slice(last);
  const first = note.text.charAt(from);
  note.text = note.text.slice(0, from) + first.toUpperCase() + note.text.slice(from + 1);
}

function writeTerm(
  note: Note,
  random: Random,
  term: { text: string; site?: string },
  label: Label,
  labelled: boolean,
): void {
  let start = note.text.length;
  note.text += term.text;
  let end = note.text.length;
  if (!labelled) return;
  if (random.chance(pluralShare) && /[a-z]$/.test(term.text)) note.text += "s";
  if (random.chance(missedShare)) return;
  if (random.chance(widenedShare)) {
    const before = /(?:\b[a-z]+ )$/.exec(note.text.slice(0, start))?.[0].length ?? 0;
    start -= before;
    end = note.text.length;
  }
  note.spans.push({ start, end, label, text: "" });
  if (term.site && term.text.startsWith(term.site) && random.chance(nestedShare))
    note.spans.push({
      start: end - term.text.length,
      end: end - term.text.length + term.site.length,
      label: "anatomy",
      text: "",
    });
}

function misspell(random: Random, term: string): string {
  if (term.length < 7 || !random.chance(typoShare)) return term;
  const at = random.between(2, term.length - 3);
  return term.slice(0, at) + term.charAt(at + 1) + term.charAt(at) + term.slice(at + 2);
}

/** Some clinicians never press Shift. Only plain letters change, so that offsets stay. */
function lowerCase(note: Note): void {
  note.text = note.text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
