// What the tools' own libraries write beside the plain case (data/edges/generate.py, generate_doccano.py): each file once
// gave a wrong text, a wrong label, a loss that was not counted, or a message without a remedy.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { detect } from "../../importers/detect.ts";
import { imported, lost, type Read, sources } from "./sources.ts";

const canary = "zqxCANARYzqx";

const contents = (...names: string[]) =>
  Object.fromEntries(
    names.map((name) => [name, readFileSync(fileURLToPath(new URL(`data/edges/${name}`, import.meta.url)))]),
  );

type Options = Parameters<typeof imported>[2];

/** As pbp import auto. */
async function read(names: string | string[], options: Options = {}): Promise<Read> {
  const files = contents(...[names].flat());
  const { format, files: found } = await detect(sources(files), options);
  const own = found.map(({ name }) => [name, files[name]!]);
  return imported(format.name, Object.fromEntries(own), options);
}

const refused = (names: string | string[], options: Options = {}) =>
  read(names, options).then(
    () => "nothing was refused",
    (error: Error) => error.message,
  );

const classesOf = ({ records }: Read) => records.map(({ text, classes }) => [text, classes]);
const spansOf = ({ records }: Read) =>
  records.map(({ text, keyphrases }) =>
    keyphrases?.map(({ start, end, label }) => [text.slice(start, end), label]),
  );

describe("doccano", () => {
  test("fastText lines are CSV of one column: quotes, commas and line breaks are in quotes", async () => {
    const found = await read("doccano.txt");
    expect(classesOf(found)).toEqual([
      ['Seen, with "pain" 😀', ["C#", "billing"]],
      ["Two lines\nof a note, here", ["billing"]],
      ["plain", ["C#"]],
      ["nobody has labelled, this", undefined],
      ["with a remark", ["billing"]],
    ]);
    expect(lost(found)).toEqual({ comments: 1 });
    expect(found.places[2]).toBe("doccano.txt, line 4");
  });

  test("quotes of plain fastText are characters; of doccano's, one that does not close is refused", async () => {
    const plain = await imported("fasttext", { "a.txt": '__label__a "so" he\n__label__b said "so\n' });
    expect(classesOf(plain)).toEqual([
      ['"so" he', ["a"]],
      ['said "so', ["b"]],
    ]);
    const open = imported("fasttext", { "a.txt": `__label__a x\n"__label__b ${canary}\n__label__a y\n` });
    const error = await open.catch((thrown: Error) => thrown);
    expect((error as Error).message).toMatch(/^a.txt, line 2: expected quotes .*Export JSON Lines instead/);
    expect((error as Error).message).not.toContain(canary);
  });

  test.each([
    ["hugging-face", { "a.jsonl": '{"text": "says __label__x", "label": "y"}\n' }],
    ["table", { "a.csv": 'text,label\n"says\n__label__x",y\nno,y\n' }],
    ["fasttext", { "a.txt": "where is it __label__billing\nthanks __label__other\n" }],
    ["hugging-face", { "a.jsonl": '{"text": "a |t| b", "label": "y"}\n' }],
  ])("a text of %s may hold another format's mark", async (format, files) => {
    expect((await detect(sources(files as Record<string, string>))).format.name).toBe(format);
  });

  test("CSV joins C# and billing as C##billing: it cannot be parted", async () => {
    expect(await refused("doccano.csv")).toMatch(/^doccano.csv, line 2: .*Export JSON Lines instead/);
  });

  test("free texts of Seq2seq are no classes, and are not printed", async () => {
    const message = await refused("doccano-seq2seq.jsonl");
    expect(message).toMatch(/^doccano-seq2seq.jsonl, line 1: expected classes that come back/);
    expect(message).not.toContain(canary);
  });

  test("an empty list may be nobody's: that is said where a text may have no label", async () => {
    const lines = (...labels: unknown[][]) =>
      labels.map((label, index) => `${JSON.stringify({ id: index, text: "Kidney", label })}\n`).join("");
    const said = async (...labels: unknown[][]) =>
      (await imported("doccano", { "all.jsonl": lines(...labels) })).result.said;
    expect(await said([[0, 6, "organ"]], [], [])).toEqual([
      expect.stringMatching(/^Texts with an empty list of labels: 2, .*export approved documents alone\.$/),
    ]);
    expect(await said(["a", "b"], [])).toHaveLength(1);
    expect(await said(["a"], [])).toEqual([]);
    expect(await said([[0, 6, "organ"]])).toEqual([]);
  });

  test("images are no texts", async () => {
    expect(await refused("doccano-images.jsonl")).toContain("found names of files");
  });
});

describe.each(["", "-min"])("Label Studio%s", (form) => {
  const file = (name: string) => `label-studio-${name}${form}.json`;

  test("of two questions with the same answers one counts, which a person names", async () => {
    const urgent = await read(file("questions"), { labelField: "urgent" });
    expect(classesOf(urgent)).toEqual([
      ["Call me", ["yes"]],
      ["Thanks", ["no"]],
    ]);
    expect(lost(urgent)).toEqual({ "results of controls that --label-field does not name": 4 });
    const all = await read(file("questions"), { labelField: "urgent, choice" });
    expect(classesOf(all)[0]).toEqual(["Call me", ["yes", "no"]]);
  });

  test("a line break is two characters where it is CRLF; a blank line in a region is one all the same", async () => {
    const found = await read(file("data"));
    expect(spansOf(found)).toEqual([[["kidney\r\n\r\nstone", "problem"]], []]);
    expect(found.records.map(({ recordId, text }) => [recordId, text.slice(0, 5)])).toEqual([
      ["1", "First"],
      ["3", "4711"],
    ]);
    expect(lost(found)).toEqual({ "addresses of files in place of texts": 1, "records without a text": 2 });
  });

  test("the address of an image is no text", async () => {
    expect(await refused(file("images"))).toMatch(form ? "--text-field" : "addresses of files");
    expect(await refused(file("images"), { textField: "image" })).toContain("addresses of files");
  });

  test("seconds of a recording are no offsets", async () => {
    expect(await refused(file("audio"))).toContain("found those of a recording");
  });
});

describe("Label Studio JSON", () => {
  test("choices of two controls, and regions of two texts, need the one that counts", async () => {
    expect(await refused("label-studio-questions.json")).toMatch(
      /line 1: expected choices of one control, found those of "urgent" and "choice"\. .*--label-field/,
    );
    expect(await refused("label-studio-texts.json")).toMatch(
      /line 1: expected regions of one text, found those of "title" and "text"\./,
    );
  });

  test.each([
    ["title", "ofTitle", "Kidney"],
    ["text", "ofText", "fracture"],
  ])("the regions of %s", async (textField, labelField, said) => {
    const found = await read("label-studio-texts.json", { textField, labelField });
    expect(spansOf(found)).toEqual([[[said, "problem"]]]);
  });

  test("annotations that are ids alone are counted", async () => {
    const task = { id: 1, data: { text: "Kidney" }, annotations: [17] };
    const found = await imported(
      "label-studio",
      { "p.json": JSON.stringify([task]) },
      { kind: "keyphrases", hasLabels: true },
    );
    expect(lost(found)).toEqual({ "annotations without their results": 1 });
  });

  test("the text of one task is the text of all: another field is not taken where it is empty", async () => {
    const tasks = [
      { id: 1, data: { note: "Kidney stone", mrn: null }, annotations: [] },
      { id: 2, data: { note: null, mrn: "A17" }, annotations: [] },
      { id: 3, data: { note: "Seen", mrn: 4 }, annotations: [{ result: [] }] },
    ];
    const found = await imported(
      "label-studio",
      { "p.json": JSON.stringify(tasks) },
      { kind: "keyphrases", hasLabels: true },
    );
    expect(found.records.map(({ text }) => text)).toEqual(["Kidney stone", "Seen"]);
    expect(found.places).toEqual(["p.json, line 1", "p.json, line 1, record 3"]);
  });
});

test("brat needs an .ann file before anybody has opened the text: empty ones are said", async () => {
  const corpus = { "a.txt": "Kidney", "a.ann": "T1\torgan 0 6\tKidney\n", "b.txt": "Seen", "b.ann": "" };
  const { result, records } = await imported("brat", corpus);
  expect(records.map(({ keyphrases }) => keyphrases?.length)).toEqual([1, 0]);
  expect(result.said).toEqual([expect.stringMatching(/^Texts whose \.ann file has no spans: 1, /)]);
});

describe("spaCy", () => {
  test("a word that is not annotated leaves its text so; a blocked one has no entity", async () => {
    const found = await read("parts.spacy");
    expect(spansOf(found)).toEqual([[["kidney stone", "problem"]], undefined, []]);
    expect(lost(found)).toEqual({ "texts with words that are not annotated, left unannotated": 1 });
  });

  test("some words and labels are spaCy's own numbers", async () => {
    const { records } = await read("numbered.spacy");
    expect(records[0]!.text).toBe("Patient ID number X_1, prep of the root: see agent mark _ DATE");
    expect(records[0]!.keyphrases).toEqual([{ start: 8, end: 17, label: "ID" }]);
  });

  test("groups of spans are counted; a text that has no others is not annotated", async () => {
    const found = await read("spacy-groups.jsonl");
    expect(spansOf(found)).toEqual([undefined, [["kidney stone", "problem"]]]);
    expect(lost(found)).toEqual({ "span groups": 2 });
  });

  test("a folder may have what spacy init laid beside its files", async () => {
    const { "parts.spacy": bin } = contents("parts.spacy");
    const folder = { "labels/ner.json": '["problem"]', "config.cfg": "[nlp]", "train.spacy": bin! };
    expect((await detect(sources(folder))).format.name).toBe("spacy-docbin");
    expect((await imported("spacy-docbin", folder)).records).toHaveLength(3);
  });

  test("training data of spaCy 2 says how it is converted", async () => {
    const old = { "train.json": '[{"id": 0, "paragraphs": [{"raw": "x", "sentences": []}]}]' };
    await expect(detect(sources(old))).rejects.toThrow("spacy convert");
  });
});

describe("Hugging Face", () => {
  test("several classes of a text are numbers that dataset_info.json names, the first list may be empty", async () => {
    const found = await read(["emotions/dataset_info.json", "emotions/train.jsonl"]);
    expect(classesOf(found)).toEqual([
      ["one 😀", []],
      ["two", ["joy", "anger"]],
      ["three", ["anger"]],
    ]);
  });

  test("what explains a data set is no record of another format's", async () => {
    const found = await read(["entities/dataset_info.json", "entities/train.jsonl"]);
    expect(spansOf(found)).toEqual([[["kidney stone", "problem"]], []]);
  });

  test("a text that is null is none, and counted", async () => {
    const lines = '{"text": "a", "label": "x"}\n{"text": null, "label": "x"}\n';
    const found = await imported("hugging-face", { "a.jsonl": lines });
    expect(found.records).toHaveLength(1);
    expect(lost(found)).toEqual({ "records without a text": 1 });
  });

  test("dataset_infos.json of older data sets names its one configuration; true and false are names", async () => {
    const names = { label: { names: ["no", "yes"], _type: "ClassLabel" } };
    const train = '{"text": "a", "label": 1}\n{"text": "b", "label": 0}\n';
    const one = { "dataset_infos.json": JSON.stringify({ x: { features: names } }), "train.jsonl": train };
    expect(classesOf(await imported("hugging-face", one))).toEqual([
      ["a", ["yes"]],
      ["b", ["no"]],
    ]);
    const two = { ...one, "dataset_infos.json": JSON.stringify({ x: { features: names }, y: {} }) };
    await expect(imported("hugging-face", two)).rejects.toThrow("expected one configuration, found 2");
    const bool = await imported("hugging-face", { "a.jsonl": '{"text": "a", "label": true}\n' });
    expect(classesOf(bool)).toEqual([["a", ["true"]]]);
  });
});

describe("tables", () => {
  test("of a workbook the sheet counts that is shown and has the head; a diagram is none", async () => {
    const found = await read("sheets.xlsx");
    expect(classesOf(found)).toEqual([
      ["Where is my bill?", ["billing"]],
      ["Thanks", ["other"]],
    ]);
    expect(lost(found)).toEqual({ "hidden sheets with rows": 1, "further sheets with rows": 1 });
  });

  test("of tabs without quoting, a quote may open in one row and close in another: that is said", async () => {
    const unquoted = await imported("table", { "a.tsv": `text\tlabel\n"${canary}\ta\nends"\tb\n` });
    const [said] = unquoted.result.said;
    expect(said).toMatch(/^Texts of several lines that look like rows of their own: 1, .* a.tsv, line 3\./);
    expect(said).not.toContain(canary);
    const quoted = await imported("table", { "a.tsv": 'text\tlabel\n"one\ntwo"\ta\nthree\tb\n' });
    expect(classesOf(quoted)[0]).toEqual(["one\ntwo", ["a"]]);
    expect(quoted.result.said).toEqual([]);
  });

  test("UTF-16 without a mark", async () => {
    expect(classesOf(await read("utf-16.csv"))[0]).toEqual(["Où est-elle ? 😀", ["billing"]]);
  });
});

describe("CoNLL", () => {
  test("between tabs a word may have blanks in it; a first line may name the columns", async () => {
    const found = await imported(
      "conll",
      { "a.tsv": "Token\tNER_tag\nNew York\tB-place\nis\tO\n\nkidney\tB-problem\n" },
      { documentBy: "sentence" },
    );
    expect(spansOf(found)).toEqual([[["New York", "place"]], [["kidney", "problem"]]]);
    expect(found.records[0]!.text).toBe("New York is");
    expect(lost(found)).toEqual({ "lines that name the columns": 1 });
  });
});

test.each([
  ["data-00000-of-00001.arrow", "load_from_disk"],
  ["[Content_Types].xml", "Save the sheet as xlsx"],
  ["META-INF/manifest.xml", "Save the sheet as xlsx"],
  ["empty.jsonl", "found an empty file"],
])("%s says what helps", async (name, what) => {
  await expect(detect(sources({ [name]: "" }))).rejects.toThrow(what);
});
