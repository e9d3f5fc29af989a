// Out to each tool and back into the export: the tasks of importers/tasks as the tool keeps them, answered as they are.
import fc from "fast-check";
import { expect, test } from "vitest";
import { prepare } from "../../importers/convert.ts";
import { merge } from "../../importers/merge.ts";
import { type Task, tools } from "../../importers/tasks/tools.ts";
import type { ExportRecord, TrainingExport } from "../../schemas/types.ts";
import { formatOf, imported, lost, sources } from "./sources.ts";

type Written = Record<string, string>;
const json = (lines: string) =>
  lines
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const lines = (values: object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

/** What each tool makes of its tasks when a person accepts them all. Written from the tools' own code. */
const answered: Record<string, (files: Written) => Written> = {
  // Whatever came with a text is written out beside it; the ids are doccano's.
  doccano: (files) => ({
    "all.jsonl": lines(
      json(files["tasks.jsonl"]!).map(({ text, label, ...meta }, index) => ({
        id: index + 900,
        text,
        label,
        ...meta,
        Comments: [],
      })),
    ),
  }),
  "label-studio": (files) => ({
    "project.json": JSON.stringify(
      JSON.parse(files["tasks.json"]!).map((task: { predictions: { result: object[] }[] }, id: number) => ({
        id,
        ...task,
        annotations: [{ id, completed_by: 1, was_cancelled: false, result: task.predictions[0]!.result }],
      })),
    ),
  }),
  prodigy: (files) => ({
    "out.jsonl": lines(
      json(files["tasks.jsonl"]!).map((task, index) => ({
        ...task,
        _input_hash: index,
        _task_hash: -index,
        answer: "accept",
      })),
    ),
  }),
  brat: ({ "annotation.conf": _, ...files }) => files,
};

const word = fc.constantFrom(
  "stone",
  "CT",
  "caf\u00e9",
  "e\u0301t",
  "\u05e9\u05dc\u05d5\u05dd",
  "\u{1f600}",
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
  "\u{20000}",
);
const gap = fc.constantFrom(" ", ", ", "\n", "\r\n", "  ");
const note = fc.array(fc.tuple(word, gap, fc.boolean()), { minLength: 2, maxLength: 25 }).map((parts) => {
  let text = "Note ";
  const keyphrases: NonNullable<ExportRecord["keyphrases"]> = [];
  for (const [piece, between, isMarked] of parts) {
    if (isMarked) keyphrases.push({ start: text.length, end: text.length + piece.length, label: "problem" });
    text += piece + between;
  }
  return { text: `${text}end`, keyphrases };
});
const header: TrainingExport = {
  schemaVersion: "1.0",
  exportId: "exp-1",
  exportedAt: "2026-11-20T12:00:00Z",
  source: "test",
  offsetUnit: "utf16",
  labels: ["problem"],
};
const points = (text: string, at: number) => [...text.slice(0, at)].length;

test.each(tools)("what $name is given comes back to its record, span by span", async ({ name, files }) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(note, { minLength: 1, maxLength: 5 }),
      fc.constantFrom("utf16" as const, "codepoint" as const),
      async (notes, offsetUnit) => {
        const records = notes.map(({ text, keyphrases }, index) => ({
          recordId: `r/${index} \u00e9%`,
          patientId: `p-${index}`,
          text,
          keyphrases: keyphrases.map(({ start, end, label }) =>
            offsetUnit === "utf16"
              ? { start, end, label }
              : { start: points(text, start), end: points(text, end), label },
          ),
        }));
        const tasks = notes.map(
          ({ text, keyphrases }, index): Task => ({
            recordId: records[index]!.recordId,
            text,
            keyphrases: keyphrases.map((one) => ({
              ...one,
              start: points(text, one.start),
              end: points(text, one.end),
            })),
          }),
        );
        const written = answered[name]!(Object.fromEntries(files(tasks, ["problem"], "000001-0123456789ab")));
        // The smallest cases say nothing of the unit: there it is given, as pbp import would ask for it.
        const offsets = name === "doccano" ? "utf16" : "codepoint";
        const settings = {
          offsets,
          map: new Map(),
          discontinuous: "refuse",
          kind: "keyphrases",
          hasLabels: true,
          reviewed: true,
        } as const;
        const prepared = await prepare(formatOf(name), sources(written), settings);
        const open = records.map(({ keyphrases: _, ...record }) => record);
        const merged = await merge(prepared, {
          header: { ...header, offsetUnit },
          async *records() {
            yield* open;
          },
        });
        const found: ExportRecord[] = [];
        for await (const record of merged.records()) found.push(record);
        expect(found).toEqual(records);
        expect(merged.result).toEqual({ answers: records.length, taken: records.length, losses: [] });
      },
    ),
    { numRuns: 60 },
  );
});

test("classes go out and back where the tool has them", async () => {
  const tasks: Task[] = [
    { recordId: "a", text: "Where is my bill?", classes: ["billing", "urgent"] },
    { recordId: "b", text: "Hello", classes: [] },
  ];
  for (const { name, files, takesClasses } of tools.filter((tool) => tool.takesClasses)) {
    expect(takesClasses).toBe(true);
    const written = answered[name]!(Object.fromEntries(files(tasks, ["billing", "urgent"], "v")));
    const { records } = await imported(name, written, { kind: "multi-label", reviewed: true });
    expect(records.map(({ recordId, classes }) => [recordId, classes])).toEqual([
      ["a", ["billing", "urgent"]],
      ["b", []],
    ]);
  }
});

// Prodigy's answers and Label Studio's annotations are made by people only: what was suggested lies apart from them.
test.each(["doccano", "brat"])(
  "%s: what comes back as it was suggested is not taken for a person's work",
  async (name) => {
    const { files } = tools.find((tool) => tool.name === name)!;
    const spans = [{ start: 9, end: 14, label: "a problem" }];
    const tasks: Task[] = ["looked", "unopened", "nothing"].map((recordId) => ({
      recordId,
      text: "\u{1f600} CT of\r\nstone",
      keyphrases: recordId === "nothing" ? [] : spans,
    }));
    const written = answered[name]!(Object.fromEntries(files(tasks, ["a problem"], "v")));
    const file = name === "brat" ? "looked.ann" : "all.jsonl";
    const [old, corrected] =
      name === "brat" ? ["T1\ta_problem 8 13\tstone", "T1\ta_problem 2 4\tCT"] : ["[10,15,", "[3,5,"];
    const changed = { ...written, [file]: written[file]!.replace(old!, corrected!) };
    expect(changed[file]).not.toBe(written[file]);
    const settings = {
      kind: "keyphrases",
      hasLabels: true,
      offsets: name === "brat" ? "codepoint" : "utf16",
    } as const;
    const read = await imported(name, changed, settings);
    const byId = ({ records }: typeof read) =>
      Object.fromEntries(records.map(({ recordId, keyphrases }) => [recordId, keyphrases?.length]));
    expect(byId(read)).toEqual({ looked: 1, unopened: undefined, nothing: undefined });
    expect(lost(read)).toEqual({
      "suggestions of the model that came back unchanged, not taken without --reviewed": 2,
    });
    expect(byId(await imported(name, changed, { ...settings, reviewed: true }))).toEqual({
      looked: 1,
      unopened: 1,
      nothing: 0,
    });
  },
);

test("an answer to another text or to no record is counted and not taken; other labels are refused", async () => {
  const answers = lines([
    { text: "CT of a stone", label: [[0, 2, "problem"]], recordId: "changed" },
    { text: "CT of a stone", label: [[0, 2, "problem"]], recordId: "gone" },
  ]);
  const read = (content: string) =>
    prepare(formatOf("doccano"), sources({ "all.jsonl": content }), {
      offsets: "utf16",
      map: new Map(),
      discontinuous: "refuse",
    });
  const record = { recordId: "changed", text: "CT of two stones", keyphrases: [] };
  const into = {
    header,
    async *records() {
      yield record;
    },
  };
  const merged = await merge(await read(answers), into);
  const found: ExportRecord[] = [];
  for await (const one of merged.records()) found.push(one);
  expect(found).toEqual([record]);
  expect(merged.result).toMatchObject({ answers: 2, taken: 0 });
  expect(merged.result.losses.map(({ what, count }) => [what, count])).toEqual([
    ["answers to another text than the record's", 1],
    ["answers to records that the export does not have", 1],
  ]);
  await expect(merge(await read(answers.replaceAll("problem", "finding")), into)).rejects.toThrow(
    "expected labels of the export (problem), found finding too",
  );
});
