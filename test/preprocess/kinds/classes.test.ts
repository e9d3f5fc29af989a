import { text as contentOf } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import rowSchema from "../../../schemas/data/class-row.schema.json" with { type: "json" };
import reportSchema from "../../../schemas/data/preprocess-report.schema.json" with { type: "json" };
import profileSchema from "../../../schemas/data/profile.schema.json" with { type: "json" };
import type {
  ClassRow,
  Dataset,
  ExportRecord,
  PreprocessReport,
  Profile,
  Run,
} from "../../../schemas/types.ts";
import { door } from "../../../tasks/lambda/door.ts";
import { tooManyDecisions } from "../../../tasks/preprocess/report/decisions.ts";
import { deploy, failure, run as plainRun } from "../../tasks/deployment.ts";
import { checkFacets, header, exportOf as keyphrasesOf, preprocess } from "../world.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.remove());

const labels = ["-1", "5 stars", "ENT - Otolaryngology"];
const { offsetUnit: _, ...plain } = header;
const checkRow = door<ClassRow>(rowSchema, { what: "A row", name: "TaskFailed" });
const checkReport = door<PreprocessReport>(reportSchema, { what: "The report", name: "TaskFailed" });
const checkProfile = door<Profile>(profileSchema, { what: "The profile", name: "TaskFailed" });

type Kind = "single-label" | "multi-label";
const exportOf = (kind: Kind, records: ExportRecord[]) =>
  JSON.stringify({ ...plain, schemaVersion: "1.1", kind, labels, records });

async function prepared(kind: Kind, records: ExportRecord[], more: Partial<Run> = {}) {
  const dataset = await preprocess(deployment.store, exportOf(kind, records), more);
  return { dataset, ...(await filesOf(dataset)) };
}

async function filesOf(dataset: Pick<Dataset, "prefix">) {
  const read = async (name: string) => contentOf(await deployment.store.read(dataset.prefix + name));
  const rows = async (side: string) =>
    (await read(`${side}.jsonl`))
      .split("\n")
      .slice(0, -1)
      .map((line) => checkRow(JSON.parse(line)));
  return {
    train: await rows("train"),
    validation: await rows("validation"),
    test: await rows("test"),
    facets: (await read("facets.jsonl"))
      .split("\n")
      .slice(0, -1)
      .map((line) => checkFacets(JSON.parse(line))),
    report: checkReport(JSON.parse(await read("report.json"))),
    profile: checkProfile(JSON.parse(await read("profile.json"))),
  };
}

/** Enough of each class on each side, so that only what stands beside it decides. */
const filling = (classes: (index: number) => string[]): ExportRecord[] =>
  Array.from({ length: 120 }, (_, index) => ({
    recordId: `f-${index}`,
    text: `Filling number ${index}.`,
    classes: classes(index),
    split: index % 4 === 0 ? "test" : "train",
  }));
const one = filling((index) => [labels[index % 3]!]);

test("a row a text, on three sides, with classes in the order of the labels and facets of the first copy", async () => {
  const several = {
    recordId: "a",
    text: "Café\u2028 “x”",
    classes: [labels[2]!, labels[0]!],
    split: "train" as const,
  };
  const {
    dataset,
    train,
    validation,
    test: tested,
    report,
    profile,
    facets,
  } = await prepared("multi-label", [
    { ...several, facets: { channel: "fax", language: "de" } },
    { recordId: "b", text: "Nothing applies.", classes: [], split: "test", specialty: "Urology" },
    { recordId: "c", text: "Not annotated." },
    ...one,
  ]);
  const rows = [...train, ...validation, ...tested];
  expect(rows.find(({ text }) => text.startsWith("Café"))).toMatchObject({
    text: several.text,
    classes: [labels[0], labels[2]],
    facets: { channel: "fax", language: "de" },
  });
  // What Evaluate slices by: of the test side alone, the specialty too.
  const { document } = tested.find(({ text }) => text === "Nothing applies.")!;
  expect(facets).toEqual([{ document, facets: { specialty: "Urology" } }]);
  expect(tested.find(({ text }) => text === "Nothing applies.")).toEqual({
    document: expect.stringMatching(/^[0-9a-f]{16}$/),
    text: "Nothing applies.",
    classes: [],
  });
  expect(rows).toHaveLength(122);
  expect(dataset.validation!.documents).toBe(validation.length);
  expect(dataset.test).toMatchObject({ documents: 31, rows: 31, units: 93, items: 30, tokens: 4 * 30 + 3 });
  expect(dataset).toMatchObject({ kind: "multi-label", labels: { count: 3 } });
  expect(dataset.trials.map(({ trial, algorithm }) => [trial, algorithm])).toEqual([
    [0, "linear"],
    [1, "frozen"],
    [2, "transformer"],
  ]);
  expect(report).toMatchObject({ kind: "multi-label", annotated: 122, unannotated: 1, rows: 122 });
  expect(report.classes).toMatchObject({ perDocument: 1, empty: 1, tooRare: [] });
  const inTraining = train.filter(({ classes }) => classes.includes(labels[1]!)).length;
  expect(profile.labels[1]).toMatchObject({ label: labels[1], documents: { train: inTraining } });
  expect(profile).toMatchObject({ conflicts: report.classes!.conflicts, windows: null });
  const [channel, language] = profile.facets;
  expect([channel!.facet, language!.facet]).toEqual(["channel", "language"]);
  // One fax is too few to be named.
  expect(channel).toMatchObject({
    values: [],
    rest: { values: 1, documents: 1 },
    absent: { documents: 121 },
  });
});

test("different classes of one text: the majority, and a tie is left out", async () => {
  const copies = (name: string, ...classes: number[]): ExportRecord[] =>
    classes.map((number, index) => ({
      recordId: `${name}-${index}`,
      text: index % 2 ? `The ${name} text` : `the  ${name} TEXT`,
      classes: [labels[number]!],
      split: "train",
    }));
  const records = [...one, ...copies("clear", 0, 1, 1), ...copies("tied", 2, 0), ...copies("same", 1, 1)];
  const { dataset, train, validation, report } = await prepared("single-label", records);
  const found = (name: string) =>
    [...train, ...validation]
      .filter(({ text }) => text.toLowerCase().includes(name))
      .map(({ classes }) => classes);
  expect(found("clear")).toEqual([[labels[1]]]);
  expect(found("tied")).toEqual([]);
  expect(found("same")).toEqual([[labels[1]]]);
  expect(report.classes!.conflicts).toEqual({ texts: 2, ties: 1, ceiling: 125 / 127 });
  const { train: some, validation: others, test: rest } = dataset;
  expect(some.documents + others!.documents + rest.documents).toBe(122);
});

test("too many conflicts are refused with the ceiling, unless the input allows them; as multi-label, they are united", async () => {
  const twice = one.slice(0, 40).map((record, index) => ({
    ...record,
    recordId: `t-${index}`,
    classes: [labels[(index + 1) % 3]!],
  }));
  const refused = await failure(prepared("single-label", [...one, ...twice]));
  expect(refused).toEqual({
    name: "InvalidExport",
    message:
      '40 of 120 texts came with different classes, more than 5 %: no model can be right on more than 75 % of the records. Export them as multi-label; or allow it with "conflicts": "allow", and the majority counts, a tie is left out.',
  });
  const allowed = await prepared("single-label", [...one, ...twice], { conflicts: "allow" });
  expect(allowed.report.classes!.conflicts).toMatchObject({ texts: 40, ties: 40 });
  const { report, train, validation, test: tested } = await prepared("multi-label", [...one, ...twice]);
  const both = [...train, ...validation, ...tested].filter(({ classes }) => classes.length === 2);
  expect([both.length, report.classes!.conflicts.texts]).toEqual([40, 40]);
});

test("an execution that fits nothing and compares nothing has no validation side: keyphrases as before", async () => {
  const records: ExportRecord[] = one.map(({ classes: _, ...record }) => ({ ...record, keyphrases: [] }));
  const content = JSON.stringify({ ...header, records });
  const dataset = await preprocess(deployment.store, content);
  expect(dataset).toMatchObject({ kind: "keyphrases", validation: null, trials: [{ trial: 0 }] });
  const { hyperparameters } = dataset.trials[0]!;
  const patient = await preprocess(deployment.store, content, {
    hyperparameters: { ...hyperparameters, patience: 2 },
  });
  expect(patient.validation!.documents).toBeGreaterThan(0);
  expect(patient.train.documents + patient.validation!.documents).toBe(dataset.train.documents);
  expect(patient.test).toEqual(dataset.test);
});

test.each([
  [
    { algorithms: ["linear", "transformer"] as Run["algorithms"] },
    "/algorithms must be among transformer, not linear: the export is of keyphrases.",
  ],
  [
    { gate: { metric: "macroF1" as const, minimum: 0.5, minimumImprovement: 0, confidence: null } },
    "/gate/metric must be accuracy or f1, not macroF1: the export is of keyphrases.",
  ],
  [
    { hyperparameters: { ...plainRun.hyperparameters, classWeights: "balanced" as const } },
    "/hyperparameters/classWeights must be none, not balanced: the export is of keyphrases.",
  ],
  [
    { hyperparameters: { ...plainRun.hyperparameters, thresholds: "label" as const } },
    "/hyperparameters/thresholds must be one, not label: the export is of keyphrases.",
  ],
])("what the kind of the export does not have is refused by name: %j", async (more, message) => {
  const records = one.map(({ classes: _, ...record }) => ({ ...record, keyphrases: [] }));
  const refused = await failure(preprocess(deployment.store, keyphrasesOf(records), more));
  expect([refused.name, refused.message]).toEqual(["InvalidInput", message]);
});

test("a threshold by label is for labels that do not exclude each other", async () => {
  const byLabel = { hyperparameters: { ...plainRun.hyperparameters, thresholds: "label" as const } };
  const refused = await failure(prepared("single-label", one, byLabel));
  expect(refused.message).toMatch(/thresholds must be one, not label: the export is of single-label\.$/);
  await prepared("multi-label", one, byLabel);
});

/** What the copies of a text are counted as; null: the text is left out. */
const counted: Record<Kind, (copies: string[][]) => string[] | null> = {
  "multi-label": (copies) => labels.filter((label) => copies.some((classes) => classes.includes(label))),
  "single-label": (copies) => {
    const votes = labels.map((label) => copies.filter(([only]) => only === label).length);
    const most = Math.max(...votes);
    const leading = labels.filter((_, index) => votes[index] === most);
    return leading.length === 1 ? leading : null;
  },
};

test.each<[Kind, number, number]>([
  ["multi-label", 0, 3],
  ["single-label", 1, 1],
])(
  "%s: no text lies on two sides, whatever its copies, groups and pins; the rows are what one would count",
  async (kind, minLength, maxLength) => {
    const records = fc.array(
      fc.record(
        {
          text: fc.nat(6).map((number) => `Text ${number}`),
          classes: fc.uniqueArray(fc.constantFrom(...labels), { minLength, maxLength }),
          patientId: fc.nat(8).map((number) => `p-${number}`),
          split: fc.constantFrom("train" as const, "test" as const),
        },
        { requiredKeys: ["text"] },
      ),
      { maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(records, async (given) => {
        const numbered = given.map((record, index) => ({ ...record, recordId: `r-${index}` }));
        const {
          train,
          validation,
          test: tested,
        } = await prepared(kind, [...one, ...numbered], { conflicts: "allow" });
        const rows = [...train, ...validation, ...tested];
        expect(new Set(rows.map(({ document }) => document)).size).toBe(rows.length);
        const annotated = numbered.filter(({ classes }) => classes);
        for (const text of new Set(annotated.map((record) => record.text))) {
          const copies = annotated.filter((record) => record.text === text);
          const expected = counted[kind](copies.map(({ classes = [] }) => classes));
          expect(rows.find((row) => row.text === text)?.classes ?? null).toEqual(expected);
          if (expected && copies.some(({ split }) => split === "test"))
            expect(tested.some((row) => row.text === text)).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  },
  60_000,
);

test("an export for which no job has the memory is refused by name, with the algorithms that can do it", () => {
  const problems = (texts: number, algorithms?: Run["algorithms"]) => {
    const found = tooManyDecisions(texts, 1000, "multi-label", { ...(algorithms && { algorithms }) });
    return found && `${found.name}: ${found.message}`;
  };
  expect(problems(50_000)).toBeNull();
  expect(problems(50_001)).toBe(
    "InvalidInput: /algorithms: 50,001 texts times 1,000 labels are more than the 50,000,000 decisions that the memory of a job is enough for with linear and frozen. Train others: --algorithms transformer.",
  );
  expect(problems(50_001, ["transformer"])).toBeNull();
  expect(problems(250_001)).toBe(
    "InvalidExport: The export is too large: 250,001 texts times 1,000 labels are more than the 250,000,000 decisions that the memory of a job is enough for. Export fewer texts, or fewer labels.",
  );
});
