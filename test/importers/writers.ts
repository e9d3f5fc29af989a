// Files as the tools write them, from texts with spans in UTF-16 code units. Written from the tools' own code, not from
// the readers.
import { deflateSync } from "node:zlib";
import { encode } from "@msgpack/msgpack";
import GraphemeSplitter from "grapheme-splitter";
import { murmur } from "../../importers/formats/docbin.ts";
import type { Unit } from "../../importers/record.ts";

// Of many documents they write some, the `first` of which has this number.

export type Span = { start: number; end: number; label: string };
export type Document = { text: string; spans: Span[] };
export type Files = Record<string, string>;
export type Binaries = Record<string, Buffer>;

const graphemes = new GraphemeSplitter();

/** A position in UTF-16 code units, counted in another unit. */
export function counted(text: string, position: number, unit: Unit): number {
  const before = text.slice(0, position);
  if (unit === "utf16") return position;
  if (unit === "codepoint") return [...before].length;
  if (unit === "byte") return Buffer.byteLength(before);
  // Clusters of the whole text: one that the position parts counts.
  let at = 0;
  let clusters = 0;
  for (const cluster of graphemes.iterateGraphemes(text)) {
    if (at >= position) break;
    at += cluster.length;
    clusters++;
  }
  return clusters;
}

const inUnit = ({ text, spans }: Document, unit: Unit) =>
  spans.map(({ start, end, label }) => ({
    start: counted(text, start, unit),
    end: counted(text, end, unit),
    label,
    text: text.slice(start, end),
  }));

const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

export const doccano = (documents: readonly Document[], unit: Unit, first = 1): Files => ({
  "all.jsonl": lines(
    documents.map((document, index) => ({
      id: first + index,
      text: document.text,
      label: inUnit(document, unit).map(({ start, end, label }) => [start, end, label]),
      Comments: [],
    })),
  ),
});

export const doccanoRelations = (documents: readonly Document[], unit: Unit, first = 1): Files => ({
  "all.jsonl": lines(
    documents.map((document, index) => ({
      id: first + index,
      text: document.text,
      relations: [],
      entities: inUnit(document, unit).map(({ start, end, label }, at) => ({
        id: at,
        label,
        start_offset: start,
        end_offset: end,
      })),
    })),
  ),
});

export const labelStudio = (documents: readonly Document[], unit: Unit, first = 1): Files => ({
  "project-1.json": JSON.stringify(
    documents.map((document, index) => ({
      id: first + index,
      annotations: [
        {
          id: first + index + 99,
          completed_by: 1,
          was_cancelled: false,
          ground_truth: false,
          created_at: "2026-11-20T12:00:00.000000Z",
          result: inUnit(document, unit).map(({ start, end, label, text }, at) => ({
            id: `r${at}`,
            from_name: "label",
            to_name: "text",
            type: "labels",
            // The front end writes a line break as backslash and n.
            value: { start, end, text: text.replace(/[\n\r]/g, "\\n"), labels: [label] },
          })),
        },
      ],
      data: { text: document.text },
      meta: {},
      predictions: [],
      drafts: [],
    })),
    null,
    2,
  ),
});

export const labelStudioMin = (documents: readonly Document[], unit: Unit, first = 1): Files => ({
  "project-1-min.json": JSON.stringify(
    documents.map((document, index) => ({
      text: document.text,
      id: first + index,
      label: inUnit(document, unit).map(({ start, end, label, text }) => ({
        start,
        end,
        text,
        labels: [label],
      })),
      annotator: 1,
      annotation_id: first + index + 99,
      created_at: "2026-11-20T12:00:00.000000Z",
      updated_at: "2026-11-20T12:00:00.000000Z",
      lead_time: 3.5,
    })),
  ),
});

export const prodigy = (documents: readonly Document[], unit: Unit, first = 1): Files => ({
  "annotations.jsonl": lines(
    documents.map((document, index) => ({
      text: document.text,
      _input_hash: first + index,
      _task_hash: -first - index,
      ...(document.spans.length > 0 && {
        spans: inUnit(document, unit).map(({ start, end, label }) => ({ start, end, label })),
      }),
      answer: "accept",
      _timestamp: 1_700_000_000 + first + index,
    })),
  ),
});

/** brat opens texts with universal newlines, so the writer's texts have no carriage return. */
export const brat = (documents: readonly Document[], unit: Unit, first = 1): Files =>
  Object.fromEntries(
    documents.flatMap((document, index) => [
      [`doc-${first + index}.txt`, document.text],
      [
        `doc-${first + index}.ann`,
        inUnit(document, unit)
          .map(({ start, end, label, text }, at) => {
            const parts = partsByLine(document.text, document.spans[at]!, unit);
            const ranges = parts.length > 0 ? parts.join(";") : `${start} ${end}`;
            return `T${at + 1}\t${label} ${ranges}\t${text.replaceAll("\n", " ")}\n`;
          })
          .join(""),
      ],
    ]),
  );

/** A span over line breaks is written as a fragment a line. */
function partsByLine(text: string, { start, end }: Span, unit: Unit): string[] {
  const parts: string[] = [];
  let from = start;
  for (const line of text.slice(start, end).split("\n")) {
    if (line !== "") parts.push(`${counted(text, from, unit)} ${counted(text, from + line.length, unit)}`);
    from += line.length + 1;
  }
  return parts;
}

export const groundTruth = (documents: readonly Document[], unit: Unit): Files => ({
  "output.manifest": lines(
    documents.map((document) => ({
      source: document.text,
      "note-entities": {
        annotations: {
          labels: [],
          entities: inUnit(document, unit).map(({ start, end, label }) => ({
            startOffset: start,
            endOffset: end,
            label,
          })),
        },
      },
      "note-entities-metadata": {
        entities: document.spans.map(() => ({ confidence: 0 })),
        "job-name": "labeling-job/note-entities",
        type: "groundtruth/text-span",
        "creation-date": "2026-11-20T12:00:00.000000",
        "human-annotated": "yes",
      },
    })),
  ),
});

export const comprehend = (documents: readonly Document[], unit: Unit, first = 1): Files => ({
  "annotations.csv": `File, Line, Begin Offset, End Offset, Type\n${documents
    .flatMap((document, index) =>
      inUnit(document, unit).map(
        ({ start, end, label }) => `notes.txt,${first + index - 1},${start},${end},${label}\n`,
      ),
    )
    .join("")}`,
  "notes.txt": documents.map(({ text }) => `${text}\n`).join(""),
});

/** Over a title, one character and an abstract: here the title ends where the first line does. */
export const pubtator = (documents: readonly Document[], unit: Unit, first = 1): Files => ({
  "corpus.pubtator": documents
    .map((document, index) => {
      const [title = "", abstract = ""] = document.text.split("\n", 2);
      const mentions = inUnit(document, unit).map(
        ({ start, end, label, text }) =>
          `${first + index}\t${start}\t${end}\t${text.replaceAll("\n", " ")}\t${label}\tD000\n`,
      );
      return `${first + index}|t|${title}\n${first + index}|a|${abstract}\n${mentions.join("")}\n`;
    })
    .join(""),
});

/** As DocBin.to_bytes packs documents: a row of numbers for each word, strings by their hashes. */
export const docbin = (documents: readonly Document[]): Binaries => {
  const strings = new Set<string>();
  const named = (text: string) => {
    strings.add(text);
    return murmur(text);
  };
  const rows = documents.map((document) => rowsOf(document, named));
  const words = rows.flat();
  const bytes = (view: BigUint64Array | Int32Array) => new Uint8Array(view.buffer);
  const bin = {
    version: "0.1",
    // ORTH, ENT_IOB, ENT_TYPE
    attrs: [65, 77, 78],
    tokens: bytes(BigUint64Array.from(words.flatMap(({ numbers }) => numbers))),
    spaces: Uint8Array.from(words.map(({ hasSpace }) => Number(hasSpace))),
    lengths: bytes(Int32Array.from(rows.map(({ length }) => length))),
    strings: [...strings],
    cats: documents.map(() => ({})),
    flags: documents.map(() => ({ has_unknown_spaces: false })),
  };
  return { "corpus.spacy": deflateSync(encode(bin)) };
};

/** A word ends at a blank, which belongs to it unless it is its second one, and where a span begins or ends. */
function rowsOf({ text, spans }: Document, named: (text: string) => bigint) {
  const cuts = new Set(spans.flatMap(({ start, end }) => [start, end]));
  const rows: { numbers: bigint[]; hasSpace: boolean }[] = [];
  let word = "";
  const close = (end: number, hasSpace: boolean) => {
    if (word === "") return;
    const start = end - word.length;
    const span = spans.find((one) => one.start <= start && end <= one.end);
    const state = span ? (span.start === start ? 3n : 1n) : 2n;
    rows.push({ numbers: [named(word), state, span ? named(span.label) : 0n], hasSpace });
    word = "";
  };
  for (let at = 0; at < text.length; at++) {
    if (cuts.has(at) && text[at] !== " ") close(at, false);
    if (text[at] === " " && word !== "") close(at, true);
    else word += text[at];
  }
  close(text.length, false);
  return rows;
}
