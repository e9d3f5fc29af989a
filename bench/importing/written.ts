// A file of each format, as large as is asked for, from the sample's notes: written as the tools write them by the writers
// of test/importers, a block of notes at a time.
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Unit } from "../../importers/record.ts";
import { sampleRecords } from "../../samples/records.ts";
import * as tools from "../../test/importers/writers.ts";

type Documents = readonly tools.Document[];
type Write = (documents: Documents, unit: Unit, first: number) => tools.Files | tools.Binaries;

/** The notes of a block; brat has a file for each document, and a document is an abstract there. */
const BLOCK = 1000;

/** `around`: what stands before, between and behind the blocks of a file. */
export const written: Readonly<
  Record<string, { write: Write; unit?: Unit; notes?: number; around?: [string, string, string] }>
> = {
  doccano: { write: tools.doccano },
  "label-studio": { write: list(tools.labelStudio, 2), unit: "codepoint", around: ["[\n", ",\n", "\n]\n"] },
  "label-studio-min": { write: list(tools.labelStudioMin, 1), unit: "codepoint", around: ["[", ",", "]"] },
  prodigy: { write: tools.prodigy, unit: "codepoint" },
  "spacy-docbin": {
    write: (documents, _, first) => ({ [`part-${first}.spacy`]: tools.docbin(documents)["corpus.spacy"]! }),
  },
  brat: { write: tools.brat, unit: "codepoint", notes: 10 },
  "ground-truth": { write: tools.groundTruth },
  comprehend: { write: comprehend, unit: "codepoint" },
  conll: { write: (documents) => ({ "notes.conll": documents.map(conll).join("") }) },
  pubtator: { write: tools.pubtator, unit: "codepoint" },
  "hugging-face": {
    write: (documents) => ({
      "notes.jsonl": documents.map((one) => `${JSON.stringify(wordsIn(one))}\n`).join(""),
    }),
  },
  fasttext: {
    write: (documents) => ({
      "notes.txt": documents.map(({ text, spans }) => `__label__${classOf(spans)} ${text}\n`).join(""),
    }),
  },
  table: {
    write: (documents, _, first) => ({
      "notes.csv": documents
        .map(({ text, spans }, at) => `${first + at},"${text.replaceAll('"', '""')}",${classOf(spans)}\r\n`)
        .join(""),
    }),
    around: ["id,text,label\r\n", "", ""],
  },
};

/** Writes so many bytes of a format, or a block more, into a folder, and returns how many these are. */
export async function writeNotes(format: string, folder: string, bytes: number): Promise<number> {
  const { write, unit = "utf16", notes = 1, around: [head, between, tail] = ["", "", ""] } = written[format]!;
  let size = 0;
  let first = 1;
  const parts = new Map<string, string[]>();
  // The same notes in each block, under other ids: an import does not compare texts.
  const documents = documentsOf(notes);
  const next = (): tools.Files | tools.Binaries => {
    const block = write(documents, unit, first);
    first += BLOCK;
    return block;
  };
  // Where each block has files of its own, they are whole.
  const isOfMany = ["brat", "spacy-docbin"].includes(format);
  async function* pieces(name: string) {
    yield head;
    while (size < bytes) {
      if (first > 1) yield between;
      const block = next();
      for (const [other, content] of Object.entries(block))
        if (other !== name) parts.set(other, [...(parts.get(other) ?? []), String(content)]);
      const content = String(block[name]!);
      size += Buffer.byteLength(content);
      yield content;
    }
    yield tail;
  }
  mkdirSync(folder, { recursive: true });
  if (isOfMany)
    while (size < bytes)
      for (const [name, content] of Object.entries(next())) {
        const file = join(folder, name);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content);
        size += Buffer.byteLength(content);
      }
  else {
    const name = Object.keys(write(documents.slice(0, 1), unit, 1)).at(-1)!;
    await pipeline(Readable.from(pieces(name)), createWriteStream(join(folder, name)));
    for (const [other, content] of parts) writeFileSync(join(folder, other), content.join(""));
  }
  return size;
}

/** Some notes of the sample, each on one line, one in ten with what units count differently. */
function documentsOf(notes: number): tools.Document[] {
  const records = [...sampleRecords({ records: BLOCK * notes, extra: 0, seed: "13" })];
  return Array.from({ length: BLOCK }, (_, index) => {
    const document: tools.Document = { text: index % 10 === 0 ? "\u{1f600}" : "", spans: [] };
    for (const { text, keyphrases = [] } of records.slice(index * notes, (index + 1) * notes)) {
      const at = document.text === "" ? 0 : document.text.length + 1;
      if (at > 0) document.text += " ";
      document.text += text.replaceAll("\n", " ");
      for (const { start, end, label } of keyphrases)
        document.spans.push({ start: at + start, end: at + end, label: label.replaceAll(" ", "_") });
    }
    return document;
  });
}

const classOf = ([first]: readonly tools.Span[]) => first?.label ?? "none";

/** A list as JSON has it, without what is around its elements. */
function list(write: typeof tools.labelStudio, cut: number) {
  return (documents: Documents, unit: Unit, first: number): tools.Files =>
    Object.fromEntries(
      Object.entries(write(documents, unit, first)).map(([name, content]) => [
        name,
        content.slice(cut, -cut),
      ]),
    );
}

/** Of the list of spans, the head once. */
function comprehend(documents: Documents, unit: Unit, first: number): tools.Files {
  const files = tools.comprehend(documents, unit, first);
  const list = files["annotations.csv"]!;
  return { ...files, "annotations.csv": first === 1 ? list : list.slice(list.indexOf("\n") + 1) };
}

function wordsIn({ text, spans }: tools.Document): { tokens: string[]; ner_tags: string[] } {
  const found: { tokens: string[]; ner_tags: string[] } = { tokens: [], ner_tags: [] };
  let last: tools.Span | undefined;
  for (const { 0: word, index } of text.matchAll(/\S+/g)) {
    const span = spans.find(({ start, end }) => index < end && index + word.length > start);
    found.tokens.push(word);
    found.ner_tags.push(span ? `${span === last ? "I" : "B"}-${span.label}` : "O");
    last = span;
  }
  return found;
}

function conll(document: tools.Document): string {
  const { tokens, ner_tags: tags } = wordsIn(document);
  return `-DOCSTART- -X- O O\n\n${tokens.map((word, at) => `${word} NN B-NP ${tags[at]}\n`).join("")}\n`;
}
