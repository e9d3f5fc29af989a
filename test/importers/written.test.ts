// Files that the tools' own libraries wrote (data/written/generate.py, generate_doccano.py) from one corpus with emoji,
// combining marks, right-to-left scripts and CRLF: read as they are, they give the corpus back.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { detect } from "../../importers/detect.ts";
import { imported, lost, sources } from "./sources.ts";

const content = (name: string) =>
  readFileSync(fileURLToPath(new URL(`data/written/${name}`, import.meta.url)));
type Document = { text: string; spans: { start: number; end: number; label: string }[] };
const corpus = JSON.parse(content("corpus.json").toString("utf8")) as Document[];
const utf16 = (text: string, points: number) => [...text].slice(0, points).join("").length;
const expected = corpus.map(({ text, spans }) => ({
  text,
  keyphrases: spans.map(({ start, end, label }) => ({
    start: utf16(text, start),
    end: utf16(text, end),
    label,
  })),
}));

const sorted = <T extends { text: string }>(documents: T[]) =>
  documents.toSorted((one, other) => (one.text < other.text ? -1 : 1));

test.each([
  ["doccano.jsonl", "doccano", "utf16", {}],
  ["doccano-relations.jsonl", "doccano", "utf16", { relations: 5 }],
  ["label-studio.json", "label-studio", "codepoint", {}],
  ["label-studio-min.json", "label-studio-min", "codepoint", {}],
  ["spacy.jsonl", "prodigy", "codepoint", {}],
  ["corpus.spacy", "spacy-docbin", undefined, {}],
])("%s", async (file, name, unit, losses) => {
  const files = { [file]: content(file) };
  const { format } = await detect(sources(files));
  expect(format.name).toBe(name);
  const read = await imported(name, files);
  const found = read.records.map(({ text, keyphrases }) => ({ text, keyphrases }));
  // label-studio-sdk takes the tasks as its folder lists them.
  expect(sorted(found)).toEqual(sorted(expected));
  expect(read.result.offsets?.unit).toBe(unit);
  expect(lost(read)).toEqual(losses);
});

test("doccano gives back what came with a text: the record keeps its id", async () => {
  const { records } = await imported("doccano", { "all.jsonl": content("doccano.jsonl") });
  expect(records.map(({ recordId }) => recordId)).toEqual(corpus.map((_, index) => `r-${index}`));
});

test("of Label Studio's CoNLL the words are left, and of spans whole words", async () => {
  const files = { "label-studio.conll": content("label-studio.conll") };
  await expect(imported("conll", files)).rejects.toThrow("--lossy");
  const { records } = await imported("conll", files, { lossy: true });
  expect(records).toHaveLength(corpus.length);
  const first = records.find(({ text }) => text.startsWith("Reviewed"));
  expect(first!.keyphrases!.map(({ start, end }) => first!.text.slice(start, end))).toEqual([
    "CT abdomen",
    // The full stop was not marked.
    "a kidney stone.",
  ]);
});
