import { gzipSync } from "node:zlib";
import { type BadExport, canary, header, type Json, note, notes, text, wrongHeader } from "./parts.ts";

const { offsetUnit: _, ...named } = header;
const classHeader = (kind: string, more: Json = {}): Json => ({
  ...named,
  schemaVersion: "1.1",
  kind,
  labels: ["cardiology", "urology"],
  ...more,
});

const minilm = {
  name: "minilm",
  prefix: "base-models/minilm/1/",
  weightsSha256: "0".repeat(64),
  embeddingKey: "0".repeat(16),
  learningRate: 5e-4,
};

/** A record of an export of classes; of different texts there are as many as numbers. */
const record = (index: number, classes: string[], more: Json = {}): Json => ({
  recordId: `r-${index}`,
  text: `${canary}-${index} has a kidney stone.`,
  classes,
  ...more,
});

/** Good records, so many of each class on each side that only what is put beside them is wrong. */
const good = (from = 0): Json[] =>
  Array.from({ length: 60 }, (_, index) =>
    record(from + index, [index % 2 ? "cardiology" : "urology"], { split: index % 5 ? "train" : "test" }),
  );

/** Exports of classes that break a rule. */
export function classes(): BadExport[] {
  const single = classHeader("single-label");
  const rejected = (
    file: string,
    why: string,
    one: Json,
    reject: string,
    kind = "single-label",
  ): BadExport => ({
    file,
    why,
    bytes: Buffer.from(text([record(0, ["urology"]), one, record(2, ["urology"])], classHeader(kind))),
    error: "InvalidExport",
    says: `1 of 3 records were rejected, more than 2 %. First: /records/1${reject}`,
  });
  const few = (file: string, why: string, records: Json[], says: string, head: Json = single): BadExport => ({
    file,
    why,
    bytes: gzipSync(text(records, head)),
    error: "InsufficientSamples",
    says,
    input: { minSamples: 1 },
  });
  const three = classHeader("single-label", { labels: ["cardiology", "urology", "oncology"] });
  return [
    wrongHeader(
      "header-kind.json",
      "a kind that there is not",
      text([record(0, ["urology"])], classHeader(canary)),
      'breaks the schema: /kind must be one of ["keyphrases","single-label","multi-label"]',
    ),
    wrongHeader(
      "header-kind-version.json",
      "a kind in version 1.0",
      text([record(0, ["urology"])], { ...single, schemaVersion: "1.0" }),
      'has a /kind, so /schemaVersion must be "1.1"',
    ),
    wrongHeader(
      "header-kind-late.json",
      "the kind behind the records",
      `{"records":[${JSON.stringify(record(0, ["urology"]))}],${JSON.stringify(single).slice(1)}`,
      "has no /labels and no /offsetUnit before its first record. Records are read as they come: write the header first. An export of classes says its /kind there, too",
    ),
    wrongHeader(
      "header-class-name.json",
      "a class whose name ends with white space",
      text([record(0, ["urology"])], { ...single, labels: ["urology", "cardiology "] }),
      "breaks the schema: /labels/1 must be one line without control characters",
    ),
    {
      ...wrongHeader(
        "header-labels-many.json.gz",
        "1,001 labels",
        "",
        "breaks the schema: /labels must NOT have more than 1000 items, and has 1001. Put the rarest together under one label.",
      ),
      bytes: gzipSync(
        text(
          [record(0, ["urology"])],
          classHeader("multi-label", {
            labels: Array.from({ length: 1001 }, (_, index) => `label ${index}`),
          }),
        ),
      ),
    },
    rejected(
      "class-two.json",
      "two classes in a single-label export",
      record(1, ["urology", "cardiology"]),
      "/classes (class-count: exactly one class",
    ),
    rejected(
      "class-none.json",
      "no class in a single-label export",
      record(1, []),
      "/classes (class-count: exactly one class",
    ),
    rejected(
      "class-unknown.json",
      "a class that is not in labels",
      record(1, ["urology", `${canary}logy`]),
      "/classes/1 (class-label: one of the labels that the header lists)",
      "multi-label",
    ),
    rejected(
      "class-keyphrases.json",
      "keyphrases in an export of classes",
      { ...note(1), patientId: "p" },
      "/keyphrases (other-kind: no keyphrases in an export of classes)",
    ),
    rejected(
      "class-facet.json",
      "a facet that is no text",
      record(1, ["urology"], { facets: { [canary]: 1 } }),
      "/facets (schema: the value of a facet must be string)",
    ),
    {
      file: "class-alone.json.gz",
      why: "a single-label export with one label",
      bytes: gzipSync(
        text(
          good().map((one) => ({ ...one, classes: ["urology"] })),
          classHeader("single-label", { labels: ["urology"] }),
        ),
      ),
      error: "InvalidExport",
      says: "The header lists one label, so each record of this single-label export has the same class",
      input: { minSamples: 1 },
    },
    few(
      "class-once.json.gz",
      "a class with one record",
      [...good(), record(100, ["oncology"], { split: "train" })],
      "Labels with fewer than 2 documents to train on: oncology (",
      three,
    ),
    few(
      "class-never.json.gz",
      "a label that no record has",
      good(),
      "Labels with fewer than 2 documents to train on: oncology (in no document).",
      three,
    ),
    few(
      "class-test-only.json.gz",
      "a class only in the test side",
      [...good(), ...[100, 101, 102].map((index) => record(index, ["oncology"], { split: "test" }))],
      "Labels with fewer than 2 documents to train on: oncology (only in the test side, 3).",
      three,
    ),
    few(
      "class-no-validation.json.gz",
      "one patient for all training records, so that none is left to validate",
      good().map((one) => ({ ...one, patientId: `${canary}-${one.split}` })),
      "The validation side is empty: none of the training side's groups (records with the same patientId",
    ),
    {
      file: "class-conflicts.json.gz",
      why: "texts that come with different classes",
      bytes: gzipSync(
        text(
          [
            ...good(),
            ...good()
              .slice(0, 10)
              .map((one, index) => ({ ...one, recordId: `s-${index}`, classes: ["cardiology"] })),
          ],
          single,
        ),
      ),
      error: "InvalidExport",
      says: "5 of 60 texts came with different classes, more than 5 %: no model can be right on more than 92.8 % of the records. Export them as multi-label;",
      input: { minSamples: 1 },
    },
    {
      file: "keyphrases-linear.json",
      why: "a linear model for keyphrases",
      bytes: Buffer.from(text([note(0, { split: "train" }), note(1, { split: "test" })])),
      error: "InvalidInput",
      says: "/algorithms must be among transformer, not linear: the export is of keyphrases.",
      input: { minSamples: 1, algorithms: ["linear"] },
    },
    {
      file: "keyphrases-tuning.json.gz",
      why: "keyphrases tuned over what only linear and frozen models have",
      bytes: gzipSync(
        text(
          Array.from({ length: 60 }, (_, index) =>
            note(index, { split: index % 5 ? "train" : "test", keyphrases: [] }),
          ),
        ),
      ),
      error: "InvalidInput",
      says: "/tuning/ranges/regularization is not a setting of what is trained here (transformer). Leave it out.",
      input: {
        minSamples: 1,
        tuning: { trials: 4, parallel: 1, ranges: { regularization: [1, 10] }, baseModels: [minilm] },
      },
    },
    {
      file: "keyphrases-macro.json",
      why: "keyphrases judged by macro F1",
      bytes: Buffer.from(text(notes().map((one, index) => ({ ...one, split: index ? "train" : "test" })))),
      error: "InvalidInput",
      says: "/gate/metric must be accuracy or f1, not macroF1: the export is of keyphrases.",
      input: {
        minSamples: 1,
        gate: { metric: "macroF1", minimum: 0.5, minimumImprovement: 0, confidence: null },
      },
    },
  ];
}
