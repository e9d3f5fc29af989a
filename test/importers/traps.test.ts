// What each tool writes that its pages do not say: see docs/importing.md, "Traps"; of tables in tables.test.ts.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { detect } from "../../importers/detect.ts";
import { murmur } from "../../importers/formats/docbin.ts";
import { Ids } from "../../importers/ids.ts";
import { Losses } from "../../importers/losses.ts";
import { usable } from "../../importers/usable.ts";
import { imported, lost, sources } from "./sources.ts";

const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

describe("doccano", () => {
  const record = { id: 4, text: "Kidney stone seen", label: [[0, 12, "problem"]] };

  test("relations and comments are counted, an empty list is annotated", async () => {
    const read = await imported("doccano", {
      "all.jsonl": lines(
        {
          id: 1,
          text: "Kidney stone",
          entities: [{ id: 7, label: "problem", start_offset: 0, end_offset: 12 }],
          relations: [{ id: 1, from_id: 7, to_id: 7, type: "same" }],
          Comments: ["sure?"],
        },
        { id: 2, text: "Nothing", entities: [], relations: [] },
      ),
    });
    expect(read.records.map(({ keyphrases }) => keyphrases?.length)).toEqual([1, 0]);
    expect(lost(read)).toEqual({ relations: 1, comments: 1 });
  });

  test("an archive with a file for each person needs the person", async () => {
    const files = { "ann.jsonl": lines(record), "bob.jsonl": lines({ ...record, label: [] }) };
    await expect(imported("doccano", files)).rejects.toThrow("--annotator");
    expect((await imported("doccano", files, { annotator: "ann" })).records).toHaveLength(1);
  });

  test("what stands in unknown.jsonl nobody has labelled: it is not annotated, and needs no patient", async () => {
    const files = {
      "ann.jsonl": lines({ ...record, mrn: "A1" }),
      "bob.jsonl": lines({ ...record, mrn: "A1" }, { ...record, id: 6, mrn: "A2" }),
      "unknown.jsonl": lines({ id: 5, data: "Never opened", label: [] }),
    };
    const { "bob.jsonl": _, ...one } = files;
    const read = await imported("doccano", one, { patientField: "mrn" });
    expect(read.records.map(({ patientId, keyphrases }) => [patientId, keyphrases?.length])).toEqual([
      ["A1", 1],
      [undefined, undefined],
    ]);
    expect(lost(read)).toEqual({ "texts without an annotation and without the patient's field": 1 });
    const hers = await imported("doccano", files, { annotator: "ann" });
    expect(hers.records.map(({ recordId }) => recordId)).toEqual(["4", "5"]);
    expect(lost(hers)).toEqual({ "records in files of others": 2 });
  });

  test("a project of intents and slots has both, and says which was not taken", async () => {
    const files = {
      "all.jsonl": lines({ id: 1, text: "Fly to Paris", cats: ["book"], entities: [[7, 12, "CITY"]] }),
    };
    expect((await detect(sources(files))).format.name).toBe("doccano");
    await expect(imported("doccano", files)).rejects.toThrow("--kind");
    const read = await imported("doccano", files, { kind: "keyphrases" });
    expect(read.records).toEqual([
      { recordId: "1", text: "Fly to Paris", keyphrases: [{ start: 7, end: 12, label: "CITY" }] },
    ]);
    expect(lost(read)).toEqual({ "classes in a file of both": 1 });
    expect(lost(await imported("doccano", files, { kind: "single-label" }))).toEqual({
      "spans in a file of both": 1,
    });
  });

  test("classes are names; empty lists among them say that none applies", async () => {
    const read = await imported("doccano", {
      "all.jsonl": lines({ id: 1, text: "a", label: ["x", "y"] }, { id: 2, text: "b", label: [] }),
    });
    expect(read.header).toMatchObject({ schemaVersion: "1.1", kind: "multi-label", labels: ["x", "y"] });
    expect(read.records.map(({ classes }) => classes)).toEqual([["x", "y"], []]);
  });

  test("one class each is single-label, and a text without one is not annotated", async () => {
    const read = await imported("doccano", {
      "all.jsonl": lines({ text: "a", label: ["x"] }, { text: "b", label: [] }, { text: "c", label: ["y"] }),
    });
    expect(read.header.kind).toBe("single-label");
    expect(read.records.map(({ classes }) => classes)).toEqual([["x"], undefined, ["y"]]);
    expect(lost(read)).toEqual({ "texts without a class": 1 });
  });

  test("numbers instead of names are refused", async () => {
    const annotations = [{ label: 2, start_offset: 0, end_offset: 6, user: 1 }];
    await expect(
      imported("doccano", { "all.jsonl": lines({ text: "Kidney", annotations }) }),
    ).rejects.toThrow("all.jsonl, line 1: expected the names of labels");
  });
});

describe("Label Studio", () => {
  const region = (start: number, end: number, ...labels: string[]) => ({
    id: "a",
    type: "labels",
    value: { start, end, labels },
  });
  const task = (...annotations: object[]) => ({ id: 1, data: { text: "Kidney stone seen" }, annotations });

  test("cancelled tasks, predictions and drafts are no annotations", async () => {
    const read = await imported("label-studio", {
      "p.json": JSON.stringify([
        {
          ...task({ was_cancelled: true, result: [region(0, 6, "a")] }),
          predictions: [{}],
          drafts: [{}, {}],
        },
        { ...task({ was_cancelled: false, result: [region(0, 12, "a")] }), id: 2 },
      ]),
    });
    expect(read.records.map(({ keyphrases }) => keyphrases)).toEqual([
      undefined,
      [{ start: 0, end: 12, label: "a" }],
    ]);
    expect(lost(read)).toEqual({ "cancelled annotations": 1, predictions: 1, drafts: 2 });
  });

  test("of several people the ground truth counts, else the one who is named, else it is refused", async () => {
    const two = [
      { completed_by: { id: 1, email: "ann@example.org" }, result: [region(0, 6, "a")] },
      { completed_by: 2, result: [region(0, 12, "a")] },
    ];
    const file = (annotations: object[]) => ({ "p.json": JSON.stringify([task(...annotations)]) });
    await expect(imported("label-studio", file(two))).rejects.toThrow(
      "p.json, line 1: expected one annotation or a ground truth, found 2",
    );
    const ends = async (annotations: object[], annotator?: string) =>
      (await imported("label-studio", file(annotations), { ...(annotator && { annotator }) })).records[0]!
        .keyphrases![0]!.end;
    expect(await ends(two, "ann@example.org")).toBe(6);
    expect(await ends(two, "2")).toBe(12);
    expect(await ends([two[0]!, { ...two[1], ground_truth: true }])).toBe(12);
    expect(await ends([two[0]!, two[0]!])).toBe(6);
  });

  test("completions, several labels of a region, relations, choices", async () => {
    const read = await imported("label-studio", {
      "p.json": JSON.stringify([
        {
          id: 1,
          data: { note: "Kidney stone" },
          completions: [{ result: [region(0, 6, "a", "b"), { type: "relation", from_id: "a", to_id: "a" }] }],
        },
      ]),
    });
    expect(read.records[0]!.keyphrases).toEqual([
      { start: 0, end: 6, label: "a" },
      { start: 0, end: 6, label: "b" },
    ]);
    expect(lost(read)).toEqual({ relations: 1, "spans that overlap a longer one, which training takes": 1 });
    const choices = await imported("label-studio", {
      "p.json": JSON.stringify([task({ result: [{ type: "choices", value: { choices: ["x"] } }] })]),
    });
    expect(choices.records[0]!.classes).toEqual(["x"]);
  });

  test("the same regions in another order do not differ; a completion that was skipped is none", async () => {
    const [one, other] = [region(0, 6, "a"), region(7, 12, "a")];
    const read = await imported("label-studio", {
      "p.json": JSON.stringify([
        task({ result: [one, other] }, { result: [other, one] }),
        { id: 2, data: { text: "Kidney" }, completions: [{ skipped: true, result: [] }] },
      ]),
    });
    expect(read.records.map(({ keyphrases }) => keyphrases?.length)).toEqual([2, undefined]);
    expect(lost(read)).toEqual({ "annotations beside the one that counts": 1, "cancelled annotations": 1 });
  });

  test("regions without a label, choices about a region and texts with neither are counted", async () => {
    const choice = { type: "choices", value: { start: 0, end: 6, choices: ["acute"] } };
    const { labels: _, ...bare } = region(7, 12).value;
    const read = await imported("label-studio", {
      "p.json": JSON.stringify([
        task({ result: [region(0, 6, "a"), region(7, 12), { type: "labels", value: bare }, choice] }),
        { ...task({ result: [{ type: "rating", value: { rating: 4 } }] }), id: 2 },
      ]),
    });
    expect(read.records.map(({ keyphrases }) => keyphrases?.length)).toEqual([1, undefined]);
    expect(lost(read)).toEqual({
      "regions without a label": 2,
      "choices about a region": 1,
      "results of the type rating": 1,
      "texts with neither regions nor choices, left unannotated": 1,
    });
    const paragraphs = { type: "paragraphlabels", value: { start: "0", end: "1", paragraphlabels: ["a"] } };
    await expect(
      imported("label-studio", { "p.json": JSON.stringify([task({ result: [paragraphs] })]) }),
    ).rejects.toThrow("<Paragraphs>");
  });

  test("regions of HTML are refused", async () => {
    const html = {
      type: "hypertextlabels",
      value: { start: "/p[1]/text()[1]", end: "/p[1]/text()[1]", globalOffsets: { start: 0, end: 6 } },
    };
    await expect(
      imported("label-studio", { "p.json": JSON.stringify([task({ result: [html] })]) }),
    ).rejects.toThrow("<HyperText>");
  });

  test("white space at the ends of a region is left out", async () => {
    const read = await imported("label-studio", {
      "p.json": JSON.stringify([task({ result: [region(6, 13, "a")] })]),
    });
    expect(read.records[0]!.keyphrases).toEqual([{ start: 7, end: 12, label: "a" }]);
    expect(lost(read)).toEqual({ "spans without the white space at their ends": 1 });
  });

  test("JSON-MIN: a single choice is a word, several an object; a second annotation of a task needs a person", async () => {
    const rows = [
      { text: "a", id: 1, sentiment: "good", annotator: 1, annotation_id: 1 },
      { text: "b", id: 2, sentiment: { choices: ["good", "bad"] }, annotator: 2, annotation_id: 2 },
    ];
    const read = await imported("label-studio-min", { "p.json": JSON.stringify(rows) });
    expect(read.records.map(({ classes }) => classes)).toEqual([["good"], ["good", "bad"]]);
    const twice = { "p.json": JSON.stringify([rows[0], { ...rows[0], annotator: 2, sentiment: "bad" }]) };
    await expect(imported("label-studio-min", twice)).rejects.toThrow("--annotator");
    expect((await imported("label-studio-min", twice, { annotator: "2" })).records).toHaveLength(1);
  });
});

test("JSON-MIN: a name that once has several choices has single ones too; equal annotations are one", async () => {
  const row = (id: number, topic: unknown) => ({ text: "x", id, topic, annotator: id, annotation_id: id });
  const rows = [row(1, "a"), row(2, { choices: ["a", "b"] }), { ...row(1, "a"), annotator: 3 }];
  const read = await imported("label-studio-min", { "p.json": JSON.stringify(rows) });
  expect(read.records.map(({ classes }) => classes)).toEqual([["a"], ["a", "b"]]);
  expect(lost(read)).toEqual({ "annotations beside an equal one": 1 });
});

describe("Prodigy", () => {
  test("what spaCy's Doc.to_json writes is read", async () => {
    const doc = { text: "Kidney stone", ents: [{ start: 0, end: 12, label: "P" }], tokens: [] };
    const files = { "a.jsonl": lines(doc) };
    expect((await detect(sources(files))).format.name).toBe("prodigy");
    expect((await imported("prodigy", files)).records[0]!.keyphrases).toHaveLength(1);
  });

  test("a rejected or ignored task has no labels, an accepted one without spans has none", async () => {
    const spans = [{ start: 0, end: 6, label: "a", token_start: 0, token_end: 0 }];
    const read = await imported("prodigy", {
      "a.jsonl": lines(
        { text: "Kidney stone", spans, answer: "reject", _input_hash: 1 },
        { text: "Kidney cyst", spans, answer: "ignore", _input_hash: 2 },
        { text: "Nothing", answer: "accept", _input_hash: 3 },
        { text: "Kidney", spans, answer: "accept", _input_hash: 4 },
      ),
    });
    expect(read.records.map(({ keyphrases }) => keyphrases?.length)).toEqual([undefined, undefined, 0, 1]);
    expect(lost(read)).toEqual({ "tasks answered with reject": 1, "tasks answered with ignore": 1 });
  });

  test("the answer that was given last counts", async () => {
    const answer = (end: number, at: number) => ({
      text: "Kidney stone",
      spans: [{ start: 0, end, label: "a" }],
      answer: "accept",
      _input_hash: 1,
      _timestamp: at,
    });
    const read = await imported("prodigy", { "a.jsonl": lines(answer(12, 20), answer(6, 10)) });
    expect(read.records.map(({ keyphrases }) => keyphrases?.[0]?.end)).toEqual([12]);
    expect(lost(read)).toEqual({ "answers that a later one replaced": 1 });
  });

  const answer = { text: "Kidney stone", answer: "accept", _input_hash: 1 };

  test("of questions about one text, each has its own answer", async () => {
    const asked = (label: string, hash: number, said = "accept") => ({
      ...answer,
      label,
      answer: said,
      _task_hash: hash,
    });
    const classes = await imported("prodigy", {
      "a.jsonl": lines(
        asked("x", 1),
        asked("y", 2, "reject"),
        asked("z", 3),
        asked("w", 4),
        asked("w", 4, "reject"),
      ),
    });
    expect(classes.records.map((record) => record.classes)).toEqual([["x", "z"]]);
    expect(lost(classes)).toEqual({
      "tasks answered with reject": 2,
      "answers that a later one replaced": 1,
    });
    const span = (start: number, end: number, hash: number) => ({
      ...answer,
      spans: [{ start, end, label: "a" }],
      _task_hash: hash,
      _view_id: "ner",
    });
    const spans = await imported("prodigy", { "a.jsonl": lines(span(0, 6, 1), span(7, 12, 2)) });
    expect(spans.records.map(({ keyphrases }) => keyphrases?.length)).toEqual([2]);
    expect(spans.result.said.join()).toContain("What was not asked about counts as no span");
  });

  test("two people who differ about a text are refused, unless one is named", async () => {
    const by = (person: string, end: number) => ({
      ...answer,
      spans: [{ start: 0, end, label: "a" }],
      _annotator_id: person,
    });
    const files = { "a.jsonl": lines(by("db-ann", 12), by("db-bob", 6)) };
    await expect(imported("prodigy", files)).rejects.toThrow("a.jsonl, line 2: expected one annotator");
    const hers = await imported("prodigy", files, { annotator: "db-ann" });
    expect(hers.records[0]!.keyphrases![0]!.end).toBe(12);
    expect(lost(hers)).toEqual({ "answers of others": 1 });
    // Sessions without a name are called after their time.
    const again = { "a.jsonl": lines(by("db-2026-01-01_10-00-00", 12), by("db-2026-01-02_10-00-00", 6)) };
    expect((await imported("prodigy", again)).records[0]!.keyphrases![0]!.end).toBe(6);
  });

  test("the words of a file say what its spans are", async () => {
    const tokens = [
      { text: "Kidney", start: 0, end: 6, id: 0, ws: true },
      { text: "stone", start: 7, end: 12, id: 1, ws: false },
    ];
    const of = (start: number, end: number, hash: number) => ({
      ...answer,
      _input_hash: hash,
      tokens,
      spans: [{ start, end, label: "a", token_start: 0, token_end: 1 }],
    });
    const read = await imported("prodigy", { "a.jsonl": lines(of(0, 12, 1), of(0, 6, 2)) });
    expect(read.records.map(({ keyphrases }) => keyphrases?.length)).toEqual([1, undefined]);
    expect(lost(read)).toMatchObject({ "spans that are not where the file says": 1 });
  });

  test("ids of choices may be numbers; spans beside classes are counted", async () => {
    const numbers = await imported("prodigy", { "a.jsonl": lines({ ...answer, accept: [2] }) });
    expect(numbers.records[0]!.classes).toEqual(["2"]);
    expect(numbers.result.said.join()).toContain("--map");
    const spans = [{ start: 0, end: 6, label: "a" }];
    const both = { "a.jsonl": lines({ ...answer, accept: ["x"], spans }) };
    await expect(imported("prodigy", both)).rejects.toThrow("--kind");
    expect(lost(await imported("prodigy", both, { kind: "keyphrases" }))).toEqual({
      "classes in a file of both": 1,
    });
    const shown = { "a.jsonl": lines({ ...answer, accept: ["x"], spans, _view_id: "choice" }) };
    expect(lost(await imported("prodigy", shown))).toEqual({
      "spans that were shown beside a question of classes": 1,
    });
  });

  test("choices, binary classes, cats, and the lines of spaCy 2", async () => {
    const read = await imported("prodigy", {
      "a.jsonl": lines(
        { text: "a", accept: ["x", "y"], answer: "accept" },
        { text: "b", label: "x", answer: "accept" },
        { text: "c", cats: { x: 0, y: 1 } },
      ),
    });
    expect(read.records.map(({ classes }) => classes)).toEqual([["x", "y"], ["x"], ["y"]]);
    const old = await imported("prodigy", {
      "a.jsonl": lines(["Kidney stone", { entities: [[0, 12, "a"]] }]),
    });
    expect(old.records[0]!.keyphrases).toEqual([{ start: 0, end: 12, label: "a" }]);
  });
});

describe("spaCy DocBin", () => {
  test("a file of spaCy 3.8 with emoji, its own and other types, documents without an entity", async () => {
    const file = readFileSync(new URL("data/notes.spacy", import.meta.url));
    const { records } = await imported("spacy-docbin", { "notes.spacy": file });
    const slices = records.map(({ text, keyphrases }) =>
      keyphrases?.map(({ start, end, label }) => [text.slice(start, end), label]),
    );
    expect(slices).toEqual([
      [
        ["kidney stone", "problem"],
        ["Paris", "GPE"],
      ],
      [],
      [["na\u00efve \u{1f600}", "problem"]],
    ]);
  });

  test("strings are named as spaCy names them", () => {
    // Of spacy.strings.StringStore.
    expect(murmur("my_label")).toBe(2187847477323470746n);
  });
});

describe("brat", () => {
  const text = "Tumours of breast and colon.\r\nNo others.\r\n";
  const files = (...annotations: string[]) => ({
    "a.txt": text,
    "a.ann": annotations.map((line) => `${line}\n`).join(""),
  });

  test("a carriage return and a line feed count one; a span over them is one", async () => {
    const read = await imported("brat", files("T1\tproblem 22 28;29 31\tcolon. No"));
    expect(read.records[0]).toEqual({
      recordId: "a",
      text: text.replaceAll("\r\n", "\n"),
      keyphrases: [{ start: 22, end: 31, label: "problem" }],
    });
  });

  test("a span of several parts is refused, split or widened", async () => {
    const several = files("T1\tproblem 0 7;22 27\tTumours colon");
    await expect(imported("brat", several)).rejects.toThrow("a.ann, line 1: expected spans of one part");
    expect((await imported("brat", several, { discontinuous: "split" })).records[0]!.keyphrases).toHaveLength(
      2,
    );
    const hull = await imported("brat", several, { discontinuous: "hull" });
    expect(hull.records[0]!.keyphrases).toEqual([{ start: 0, end: 27, label: "problem" }]);
    expect(lost(hull)).toEqual({ "spans of several parts, widened to their hull": 1 });
  });

  test("other lines are counted; a text without .ann is not annotated; a broken line leaves its text unannotated", async () => {
    const read = await imported("brat", {
      ...files(
        "T1\tproblem 0 7\tTumours",
        "E1\tproblem:T1",
        "R1\tOf Arg1:T1 Arg2:T1",
        "A1\tSure T1",
        "#1\tAnnotatorNotes T1\tok",
      ),
      "b.txt": "Not looked at.",
      "c.txt": "Empty.",
      "c.ann": "",
      "d.txt": "Broken.",
      "d.ann": "T1\tproblem zero 7\tBroken\n",
    });
    expect(read.records.map(({ keyphrases }) => keyphrases?.length)).toEqual([1, undefined, 0, undefined]);
    expect(lost(read)).toEqual({
      events: 1,
      relations: 1,
      attributes: 1,
      "notes of annotators": 1,
      "texts left unannotated, as a line of theirs cannot be read": 1,
    });
  });

  test("split makes one span of parts that a line break separates", async () => {
    const read = await imported(
      "brat",
      {
        "a.txt": "Tumours of breast and colon.\nleft\nbreast x",
        "a.ann": "T3\tP 0 7;29 33;34 40\tTumours left breast\n",
      },
      { discontinuous: "split" },
    );
    expect(read.records[0]!.keyphrases).toEqual([
      { start: 0, end: 7, label: "P" },
      { start: 29, end: 40, label: "P" },
    ]);
  });

  test("a byte order mark counts one, as brat counts it, and is no part of the text", async () => {
    const read = await imported("brat", { "a.txt": "\ufeffKidney stone", "a.ann": "T1\tP 1 7\tKidney\n" });
    expect(read.records[0]).toMatchObject({ text: "Kidney stone", keyphrases: [{ start: 0, end: 6 }] });
  });

  test("where no line can be read, the first that cannot is named", async () => {
    const files = { "a.txt": "Tumours here", "a.ann": "T1\tP zero 7\tTumours\n" };
    await expect(imported("brat", files)).rejects.toThrow(
      /none of 1 is; texts left unannotated, as a line of theirs cannot be read: 1, first a.ann, line 1\./,
    );
  });

  test("annotations without their text are refused", async () => {
    await expect(imported("brat", { "a.ann": "T1\ta 0 1\ta\n" })).rejects.toThrow(
      "a.ann: expected the text beside it",
    );
  });
});

describe("Ground Truth and Comprehend", () => {
  const span = (job: string, end: number, created: string) => ({
    [job]: { annotations: { entities: [{ startOffset: 0, endOffset: end, label: "a" }], labels: [] } },
    [`${job}-metadata`]: { type: "groundtruth/text-span", "creation-date": created },
  });

  test("the newest of chained jobs counts; bare and failed lines are not annotated", async () => {
    const read = await imported("ground-truth", {
      "output.manifest": lines(
        {
          source: "Kidney stone",
          ...span("first", 6, "2026-01-01T00:00:00"),
          ...span("check", 12, "2026-02-01T00:00:00"),
        },
        { source: "Bare" },
        {
          source: "Failed",
          "first-metadata": { "failure-reason": "ClientError: …", type: "groundtruth/text-span" },
        },
      ),
    });
    expect(read.records.map(({ keyphrases }) => keyphrases?.[0]?.end)).toEqual([12, undefined, undefined]);
    expect(lost(read)).toEqual({ "labels of earlier jobs": 1, "lines whose job failed": 1 });
  });

  test("a class is named in the metadata, several by their map", async () => {
    const read = await imported("ground-truth", {
      "output.manifest": lines(
        {
          source: "a",
          job: 1,
          "job-metadata": { type: "groundtruth/text-classification", "class-name": "5 stars" },
        },
        {
          source: "b",
          job: [5, 1],
          "job-metadata": {
            type: "groundtruth/text-classification-multilabel",
            "class-map": { 5: "x", 1: "y" },
          },
        },
      ),
    });
    expect(read.records.map(({ classes }) => classes)).toEqual([["5 stars"], ["x", "y"]]);
  });

  test("source-ref finds its text among the files, or says so", async () => {
    const manifest = lines({
      "source-ref": "s3://bucket/notes/one.txt",
      ...span("job", 6, "2026-01-01T00:00:00"),
    });
    const { records } = await imported("ground-truth", {
      "output.manifest": manifest,
      "notes/one.txt": "Kidney stone",
    });
    expect(records[0]!.text).toBe("Kidney stone");
    await expect(imported("ground-truth", { "output.manifest": manifest })).rejects.toThrow("source-ref");
  });

  test("source-ref takes the file of its own folder, and none where that is not sure", async () => {
    const manifest = (...folders: string[]) => ({
      "output.manifest": lines(
        ...folders.map((folder) => ({
          "source-ref": `s3://bucket/${folder}/one.txt`,
          ...span("job", 6, "2026-01-01T00:00:00"),
        })),
      ),
    });
    const texts = { "a/one.txt": "Another text", "b/one.txt": "Kidney stone" };
    const { records } = await imported("ground-truth", { ...texts, ...manifest("b") });
    expect(records[0]!.text).toBe("Kidney stone");
    await expect(imported("ground-truth", { ...texts, ...manifest("c") })).rejects.toThrow(
      "one file for each",
    );
    await expect(
      imported("ground-truth", { "a/one.txt": "Another text", ...manifest("a", "b") }),
    ).rejects.toThrow("output.manifest, line 2: expected one file for each");
  });

  test("entities of lines that are not there are counted; a document beside the list is whole as the others are", async () => {
    const read = await imported("comprehend", {
      "annotations.csv": "File,Line,Begin Offset,End Offset,Type\nd.txt,0,0,6,P\nd.txt,9,0,2,P\n",
      "d.txt": "Kidney stone\nx\n",
    });
    expect(lost(read)).toEqual({ "entities of lines that their document does not have": 1 });
    const whole = await imported("comprehend", {
      "annotations.csv": "File,Begin Offset,End Offset,Type\nd.txt,0,6,P\n",
      "d.txt": "Kidney",
      "e.txt": "Nothing\nmarked\n",
    });
    expect(whole.records.map(({ text, keyphrases }) => [text, keyphrases?.length])).toEqual([
      ["Kidney", 1],
      ["Nothing\nmarked\n", undefined],
    ]);
  });

  test("an entity list: heads without blanks, one document a file, lines without an entity", async () => {
    const read = await imported("comprehend", {
      "annotations.csv": "File,Line,Begin Offset,End Offset,Type\nnotes.txt,1,0,6,problem\n",
      "notes.txt": "Nothing here\nKidney stone\n",
    });
    expect(read.records.map(({ keyphrases }) => keyphrases?.length)).toEqual([0, 1]);
    const whole = await imported("comprehend", {
      "annotations.csv": "File, Begin Offset, End Offset, Type\none.txt, 8, 14, problem\n",
      "one.txt": "History\nKidney stone\n",
    });
    expect(whole.records[0]!.keyphrases).toEqual([{ start: 8, end: 14, label: "problem" }]);
    await expect(
      imported("comprehend", {
        "annotations.csv": "File,Line,Begin Offset,End Offset,Type\nlost.txt,0,0,6,a\n",
        "b.txt": "x",
      }),
    ).rejects.toThrow("annotations.csv, line 2: expected the document");
  });
});

describe("words with tags", () => {
  test("a first column that counts the words is not taken for words", async () => {
    const files = { "a.conllu": "# sent_id = 1\n1\tKidney\tNN\tB-P\n2\tstone\tNN\tI-P\n\n1\tSeen\tVB\tO\n" };
    await expect(imported("conll", files, { documentBy: "sentence" })).rejects.toThrow(
      /^a.conllu, line 2: .*numbers that count the words.*cut -f/,
    );
  });

  const document = (...tags: string[]) => tags.map((tag, index) => `w${index} NN ${tag}`).join("\n");
  const spans = async (...tags: string[]) => {
    const read = await imported(
      "conll",
      { "a.conll": `${document(...tags)}\n\n` },
      { documentBy: "sentence" },
    );
    const [{ text, keyphrases } = { text: "", keyphrases: [] }] = read.records;
    return {
      scheme: read.result.said[0],
      found: keyphrases?.map(({ start, end }) => text.slice(start, end)),
    };
  };

  test.each([
    ["IOB1", ["I-a", "I-a", "B-a", "O"], ["w0 w1", "w2"]],
    ["IOB2", ["B-a", "I-a", "B-a", "O"], ["w0 w1", "w2"]],
    ["IOBES", ["B-a", "E-a", "S-a", "O"], ["w0 w1", "w2"]],
    ["BILOU", ["B-a", "L-a", "U-a", "O"], ["w0 w1", "w2"]],
  ])("%s is detected and said", async (name, tags, found) => {
    expect(await spans(...tags)).toEqual({ scheme: `The tags are ${name}.`, found });
  });

  test("sentences of a document stay together; without documents it is refused", async () => {
    const sentence = "Kidney B-a\nstone I-a\n\nseen O\n\n";
    const read = await imported("conll", {
      "a.conll": `-DOCSTART- -X- O\n\n${sentence}-DOCSTART- O\n\n${sentence}`,
    });
    expect(read.records.map(({ text }) => text)).toEqual(["Kidney stone\nseen", "Kidney stone\nseen"]);
    await expect(imported("conll", { "a.conll": sentence })).rejects.toThrow("--document-by");
    const byComment = await imported(
      "conll",
      { "a.conll": `# id = 1\n${sentence}# id = 2\n${sentence}` },
      { documentBy: "comment" },
    );
    expect(byComment.records).toHaveLength(2);
  });

  test("the word # is a word, with the width and the tag of a row; a comment is not", async () => {
    const read = await imported(
      "conll",
      { "a.conll": "EU NNP B-ORG\n# # O\n# vitamin of 3 B-12\n5 CD O\n\n" },
      { documentBy: "sentence" },
    );
    expect(read.records.map(({ text }) => text)).toEqual(["EU #", "5"]);
  });

  test.each([
    ["IOB2", ["B-a", "I-b", "O"], { "spans of IOB2 that begin with I": 1 }],
    [
      "IOBES",
      ["B-a", "E-b", "I-a", "O", "S-a"],
      { "spans of IOBES that begin with I or E": 2, "spans of IOBES that do not end with E or S": 2 },
    ],
    [
      "labels alone, without a scheme",
      ["PROBLEM", "O"],
      { "tags without B, I, E or S, taken as spans of one word": 1 },
    ],
  ])("%s: what breaks its rules is counted", async (name, tags, losses) => {
    const read = await imported(
      "conll",
      { "a.conll": `${document(...tags)}\n\n` },
      { documentBy: "sentence" },
    );
    expect(read.result.said[0]).toBe(`The tags are ${name}.`);
    expect(lost(read)).toEqual(losses);
  });

  test("tags in small letters are no labels", async () => {
    await expect(imported("conll", { "a.conll": "a b-X\nb o\n" })).rejects.toThrow(
      "a.conll, line 1: expected tags in capital letters",
    );
  });

  test("Parquet is told how it becomes JSON lines", async () => {
    await expect(detect(sources({ "train-00000.parquet": "PAR1" }))).rejects.toThrow("to_json");
  });

  test("Label Studio's own has lost too much to be taken by the way", async () => {
    const files = {
      "result.conll": "-DOCSTART- -X- O\nCT -X- _ B-test\nseen -X- _ O\n\nstones. -X- _ B-problem\n\n",
    };
    await expect(imported("conll", files)).rejects.toThrow("Export JSON instead");
    const read = await imported("conll", files, { lossy: true });
    expect(read.records.map(({ text, keyphrases }) => [text, keyphrases])).toEqual([
      ["CT seen", [{ start: 0, end: 2, label: "test" }]],
      ["stones.", [{ start: 0, end: 7, label: "problem" }]],
    ]);
    expect(read.result.said.join(" ")).toContain("were lost when it was exported");
  });

  test("Hugging Face: numbers need dataset_info.json", async () => {
    const data = lines({ id: "0", tokens: ["Kidney", "stone", "seen"], ner_tags: [1, 2, 0] });
    await expect(imported("hugging-face", { "train.json": data })).rejects.toThrow("dataset_info.json");
    const info = JSON.stringify({ features: { ner_tags: { feature: { names: ["O", "B-a", "I-a"] } } } });
    const { records } = await imported("hugging-face", { "dataset_info.json": info, "train.json": data });
    expect(records[0]).toEqual({
      recordId: "0",
      text: "Kidney stone seen",
      keyphrases: [{ start: 0, end: 12, label: "a" }],
    });
  });
});

describe("PubTator", () => {
  test("the first two bars part the line; a mention written otherwise is taken by its offsets", async () => {
    const read = await imported("pubtator", {
      "a.txt":
        "12|t|A | B and \u03b1-cells\n12|a|Kidney stone.\n12\t10\t17\talpha-cells\tcell\tX\n12\t18\t24\tKidney\tproblem\tY\n12\tCID\tX\tY\n\n",
    });
    const [{ text, keyphrases } = { text: "", keyphrases: [] }] = read.records;
    expect(keyphrases!.map(({ start, end }) => text.slice(start, end))).toEqual(["\u03b1-cells", "Kidney"]);
    expect(lost(read)).toEqual({
      relations: 1,
      "mentions written otherwise than in the text, taken by their offsets": 1,
    });
  });
});

describe("fastText", () => {
  test("labels anywhere, comments, lines without a text or a label", async () => {
    const read = await imported("fasttext", {
      "a.txt":
        "__label__x __label__y Kidney stone\nseen __label__x today\n__label__y\nno label\n__label__x a __comment__ doubtful\n",
    });
    expect(read.records.map(({ text, classes }) => [text, classes])).toEqual([
      ["Kidney stone", ["x", "y"]],
      ["seen today", ["x"]],
      ["no label", undefined],
      ["a", ["x"]],
    ]);
    expect(lost(read)).toEqual({ "lines without a text": 1, comments: 1 });
  });
});

describe("whatever the format", () => {
  test("labels are renamed and left out by --map, which has to know them", async () => {
    const files = {
      "a.jsonl": lines({
        text: "Kidney stone seen",
        label: [
          [0, 6, "1 organ"],
          [7, 12, "old"],
        ],
      }),
    };
    await expect(imported("doccano", files)).rejects.toThrow("--map");
    const map = new Map([
      ["1 organ", "organ"],
      ["old", null],
    ]);
    const read = await imported("doccano", files, { map });
    expect(read.records[0]!.keyphrases).toEqual([{ start: 0, end: 6, label: "organ" }]);
    expect(lost(read)).toEqual({ "spans whose label --map leaves out": 1 });
    await expect(imported("doccano", files, { map: new Map([...map, ["none", "x"]]) })).rejects.toThrow(
      '"none"',
    );
  });

  test("a span that is nowhere leaves its text unannotated: without it the rest would teach that there is none", async () => {
    const read = await imported("doccano", {
      "a.jsonl": lines(
        {
          text: "Kidney",
          label: [
            [0, 6, "a"],
            [9, 12, "a"],
          ],
        },
        { text: "Kidney", label: [[0, 6, "a"]] },
      ),
    });
    expect(read.records.map(({ keyphrases }) => keyphrases?.length)).toEqual([undefined, 1]);
    expect(lost(read)).toEqual({
      "spans that are not where the file says": 1,
      "texts left unannotated, as a span of theirs cannot be placed": 1,
    });
  });

  test("spans that begin inside a word are refused where most do, and counted where few do", async () => {
    // AWS's own example of a manifest is one off.
    const line = (startOffset: number, endOffset: number) => ({
      source: "Opened in Minneapolis. Today",
      loc: { annotations: { entities: [{ startOffset, endOffset, label: "a" }], labels: [] } },
      "loc-metadata": { type: "groundtruth/text-span" },
    });
    const shifted = { "off.manifest": lines(line(11, 22)) };
    const refused = imported("ground-truth", shifted);
    await expect(refused).rejects.toThrow(
      "off.manifest, line 1: expected spans that begin and end with a word. 1 of the 1",
    );
    await expect(refused).rejects.toThrow("--offsets");
    const partial = { "spans that begin or end inside a word, taken as they are": 1 };
    expect(lost(await imported("ground-truth", shifted, { offsets: "utf16" }))).toEqual(partial);
    const few = await imported("ground-truth", { "a.manifest": lines(line(10, 21), line(13, 21)) });
    expect(few.records.map(({ keyphrases }) => keyphrases?.length)).toEqual([1, 1]);
    expect(lost(few)).toEqual(partial);
    // Where words are written without blanks, they end wherever a person says.
    const chinese = { text: "\u60a3\u8005\u6709\u80be\u7ed3\u77f3", label: [[3, 6, "a"]] };
    expect(lost(await imported("doccano", { "a.jsonl": lines(chinese) }))).toEqual({});
  });

  test("a span that counts otherwise than the file is never written: its text is left unannotated", async () => {
    const record = (start: number) => ({
      text: "\u{1f600} Kidney stone",
      label: [[start, start + 6, "a"]],
    });
    const told = (count: number) => ({
      "spans that do not count in utf16, as the file does": count,
      "texts left unannotated, as a span of theirs cannot be placed": count,
    });
    // 2 of 402 fit another unit, and none fits no unit: two populations, whatever their share.
    const many = Array.from({ length: 400 }, () => record(3));
    const stray = { "a.jsonl": lines(...many, record(2), record(2)) };
    await expect(imported("doccano", stray)).rejects.toThrow(
      /^a.jsonl, line 401: .*Of 402 spans .* 400 count in utf16 \(first: a.jsonl, line 1\), and 2 do not, but in grapheme.*--offsets utf16/,
    );
    // Where as many fit no unit, half words were marked, and one that fits another by chance is no population.
    const bad = await imported("doccano", { "a.jsonl": lines(...many, record(2), record(4)) });
    expect(bad.result).toMatchObject({ records: 402, annotated: 401 });
    expect(lost(bad)).toMatchObject(told(1));
    const half = { "a.jsonl": lines(record(3), record(2), record(3), record(2)) };
    await expect(imported("doccano", half)).rejects.toThrow("are then left unannotated");
    const asked = await imported("doccano", half, { offsets: "utf16" });
    expect(asked.records.map(({ keyphrases }) => keyphrases?.[0]?.start)).toEqual([
      3,
      undefined,
      3,
      undefined,
    ]);
    expect(lost(asked)).toEqual(told(2));
  });

  test("one id for all is numbered in a time that grows as the file does", () => {
    const [ids, losses] = [new Ids(), new Losses()];
    const record = { id: "42", text: "a", place: "a.csv, line 1", fields: {} };
    const began = process.cpuUsage();
    const found = new Set(Array.from({ length: 20_000 }, () => ids.next(record, losses)));
    expect(found.size).toBe(20_000);
    expect(found).toContain("42~20000");
    expect(process.cpuUsage(began).user / 1e6).toBeLessThan(5);
    // An id that looks like a number that was given.
    expect(ids.next({ ...record, id: "42~7" }, losses)).toBe("42~7~2");
  });

  test("texts that an export cannot hold are counted and left out; overlaps are told", async () => {
    const read = await imported("doccano", {
      "a.jsonl": lines(
        {
          text: "Kidney stone",
          label: [
            [0, 12, "a"],
            [0, 6, "b"],
            [0, 12, "a"],
          ],
        },
        { text: "", label: [] },
        { text: " \n", label: [] },
      ).concat('{"text": "a \\ud83d", "label": []}\n'),
    });
    expect(read.records).toHaveLength(1);
    expect(lost(read)).toEqual({
      "spans that overlap a longer one, which training takes": 2,
      "records without a text": 2,
      "texts with half of a character (a lone surrogate)": 1,
    });
    for (const empty of [
      ["prodigy", lines({ text: "", answer: "accept" }, { text: "b", label: "x", answer: "accept" })],
      [
        "label-studio",
        JSON.stringify([
          { data: { text: "" }, annotations: [] },
          {
            data: { text: "b" },
            annotations: [{ result: [{ type: "choices", value: { choices: ["x"] } }] }],
          },
        ]),
      ],
      ["hugging-face", lines({ tokens: [], ner_tags: [] }, { tokens: ["b"], ner_tags: ["B-x"] })],
    ] as const)
      expect(lost(await imported(empty[0], { "a.json": empty[1] })), empty[0]).toEqual({
        "records without a text": 1,
      });
  });

  test("a text of more than a million characters is left out", async () => {
    const losses = new Losses();
    async function* records() {
      for (const text of ["x".repeat(1_000_001), "\u{1f600}".repeat(1_000_000)])
        yield { place: "here", text, fields: {} };
    }
    const kept: number[] = [];
    for await (const { text } of usable(records(), losses)) kept.push(text.length);
    expect(kept).toEqual([2_000_000]);
    expect(losses.entries).toMatchObject([{ what: "texts of more than 1,000,000 characters", count: 1 }]);
  });

  test("too many labels, and one that an export cannot have, are refused without being told", async () => {
    const named = (...labels: string[]) => ({
      "a.jsonl": lines(...labels.map((label) => ({ text: "Kidney", label: [[0, 6, label]] }))),
    });
    await expect(
      imported("doccano", named(...Array.from({ length: 65 }, (_, index) => `l${index}`))),
    ).rejects.toThrow("at most 64 labels, found 65");
    const odd = imported("doccano", named("a", "Gr\u00f6\u00dfe"));
    await expect(odd).rejects.toThrow("a.jsonl, line 2: expected labels that begin with a letter");
    await expect(odd).rejects.not.toThrow("Gr\u00f6\u00dfe");
  });

  test("the patient is found by a path, and has to be there", async () => {
    const record = { text: "Kidney", label: [[0, 6, "a"]], meta: { mrn: 7 } };
    const read = await imported("doccano", { "a.jsonl": lines(record) }, { patientField: "meta.mrn" });
    expect(read.records[0]!.patientId).toBe("7");
    await expect(
      imported(
        "doccano",
        { "a.jsonl": lines(record, { ...record, meta: {} }) },
        { patientField: "meta.mrn" },
      ),
    ).rejects.toThrow("a.jsonl, line 2: expected the patient");
  });

  test("ids that come twice are numbered, and where a record stood is told", async () => {
    const record = { id: 1, text: "Kidney", label: [[0, 6, "a"]] };
    const read = await imported("doccano", {
      "a.jsonl": lines(record, record, { ...record, id: undefined }),
    });
    expect(read.records.map(({ recordId }) => recordId)).toEqual(["1", "1~2", "a.jsonl, line 3"]);
    expect(read.places).toEqual(["a.jsonl, line 1", "a.jsonl, line 2", "a.jsonl, line 3"]);
  });

  test.each([
    ["not JSON", '{"text": "secret"\n', "a.jsonl, line"],
    [
      "JSON that ends in the middle",
      '[{"text": "secret", "label": [[0, 6, "a"]]}, {"text": "sec',
      "a.jsonl, line 1",
    ],
    ["a line that is no JSON", '{"text": "b", "label": []}\nsecret\n', "a.jsonl, line 2"],
  ])("%s is told by its place", async (_, content, place) => {
    const read = imported("doccano", { "a.jsonl": content });
    await expect(read).rejects.toThrow(place);
    await expect(read).rejects.not.toThrow("secret");
  });
});

test.each([
  ["doccano", { "all.jsonl": lines({ id: 1, text: "a", label: [[0, 1, "x"]] }) }],
  ["label-studio", { "p.json": JSON.stringify([{ id: 1, data: { text: "a" }, annotations: [] }], null, 2) }],
  ["label-studio-min", { "p.json": JSON.stringify([{ id: 1, text: "a", annotation_id: 1 }]) }],
  ["prodigy", { "a.jsonl": lines({ text: "a", spans: [], answer: "accept" }) }],
  ["prodigy", { "a.jsonl": lines({ text: "a", entities: [[0, 1, "x"]] }) }],
  ["spacy-docbin", { "train.spacy": "" }],
  ["brat", { "a.ann": "", "a.txt": "a" }],
  [
    "ground-truth",
    {
      "output.manifest": lines(
        { source: "a" },
        { source: "b", j: 1, "j-metadata": { type: "groundtruth/text-classification" } },
      ),
    },
  ],
  ["comprehend", { "annotations.csv": "File, Line, Begin Offset, End Offset, Type\n", "a.txt": "a" }],
  ["pubtator", { "a.txt": "1|t|a\n1|a|b\n" }],
  ["fasttext", { "train.txt": "__label__x a\n" }],
  ["hugging-face", { "train.json": lines({ tokens: ["a"], ner_tags: [0] }) }],
  ["conll", { "train.conll": "-DOCSTART- -X- O O\n\nEU NNP B-NP I-ORG\nrejects VBZ B-VP O\n" }],
  ["table", { "a.csv": "text,label\na,x\n" }],
  ["table", { "a.tsv": "id\tnote\ttoxic\n1\ta\t1\n" }],
])("auto knows %s", async (name, files) => {
  expect((await detect(sources(files as unknown as Record<string, string>))).format.name).toBe(name);
});

test("auto knows nothing of prose", async () => {
  await expect(detect(sources({ "a.txt": "A note about a kidney stone.\nAnother line.\n" }))).rejects.toThrow(
    "known format",
  );
});
