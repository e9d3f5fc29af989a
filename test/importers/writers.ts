// Files as the tools write them, from texts with spans in UTF-16 code units. Written from the tools' own code, not from
// the readers.
import type { Unit } from "../../importers/record.ts";

export type Span = { start: number; end: number; label: string };
export type Document = { text: string; spans: Span[] };
export type Files = Record<string, string>;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** A position in UTF-16 code units, counted in another unit. */
export function counted(text: string, position: number, unit: Unit): number {
  const before = text.slice(0, position);
  if (unit === "utf16") return position;
  if (unit === "codepoint") return [...before].length;
  if (unit === "byte") return Buffer.byteLength(before);
  return [...graphemes.segment(text)].filter(({ index }) => index < position).length;
}

const inUnit = ({ text, spans }: Document, unit: Unit) =>
  spans.map(({ start, end, label }) => ({
    start: counted(text, start, unit),
    end: counted(text, end, unit),
    label,
    text: text.slice(start, end),
  }));

const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

export const doccano = (documents: readonly Document[], unit: Unit): Files => ({
  "all.jsonl": lines(
    documents.map((document, index) => ({
      id: index + 1,
      text: document.text,
      label: inUnit(document, unit).map(({ start, end, label }) => [start, end, label]),
      Comments: [],
    })),
  ),
});

export const doccanoRelations = (documents: readonly Document[], unit: Unit): Files => ({
  "all.jsonl": lines(
    documents.map((document, index) => ({
      id: index + 1,
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

export const labelStudio = (documents: readonly Document[], unit: Unit): Files => ({
  "project-1.json": JSON.stringify(
    documents.map((document, index) => ({
      id: index + 1,
      annotations: [
        {
          id: index + 100,
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

export const labelStudioMin = (documents: readonly Document[], unit: Unit): Files => ({
  "project-1-min.json": JSON.stringify(
    documents.map((document, index) => ({
      text: document.text,
      id: index + 1,
      label: inUnit(document, unit).map(({ start, end, label, text }) => ({
        start,
        end,
        text,
        labels: [label],
      })),
      annotator: 1,
      annotation_id: index + 100,
      created_at: "2026-11-20T12:00:00.000000Z",
      updated_at: "2026-11-20T12:00:00.000000Z",
      lead_time: 3.5,
    })),
  ),
});

export const prodigy = (documents: readonly Document[], unit: Unit): Files => ({
  "annotations.jsonl": lines(
    documents.map((document, index) => ({
      text: document.text,
      _input_hash: index,
      _task_hash: -index,
      ...(document.spans.length > 0 && {
        spans: inUnit(document, unit).map(({ start, end, label }) => ({ start, end, label })),
      }),
      answer: "accept",
      _timestamp: 1_700_000_000 + index,
    })),
  ),
});

/** brat opens texts with universal newlines, so the writer's texts have no carriage return. */
export const brat = (documents: readonly Document[], unit: Unit): Files =>
  Object.fromEntries(
    documents.flatMap((document, index) => [
      [`doc-${index}.txt`, document.text],
      [
        `doc-${index}.ann`,
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

export const comprehend = (documents: readonly Document[], unit: Unit): Files => ({
  "annotations.csv": `File, Line, Begin Offset, End Offset, Type\n${documents
    .flatMap((document, index) =>
      inUnit(document, unit).map(({ start, end, label }) => `notes.txt,${index},${start},${end},${label}\n`),
    )
    .join("")}`,
  "notes.txt": documents.map(({ text }) => `${text}\n`).join(""),
});

/** Over a title, one character and an abstract: here the title ends where the first line does. */
export const pubtator = (documents: readonly Document[], unit: Unit): Files => ({
  "corpus.pubtator": documents
    .map((document, index) => {
      const [title = "", abstract = ""] = document.text.split("\n", 2);
      const mentions = inUnit(document, unit).map(
        ({ start, end, label, text }) =>
          `${index + 1}\t${start}\t${end}\t${text.replaceAll("\n", " ")}\t${label}\tD000\n`,
      );
      return `${index + 1}|t|${title}\n${index + 1}|a|${abstract}\n${mentions.join("")}\n`;
    })
    .join(""),
});
