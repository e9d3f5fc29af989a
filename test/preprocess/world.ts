// Exports made of a few records, and the handler run on them.
import { text } from "node:stream/consumers";
import facetsSchema from "../../schemas/data/document-facets.schema.json" with { type: "json" };
import rowSchema from "../../schemas/data/labelled-row.schema.json" with { type: "json" };
import reportSchema from "../../schemas/data/preprocess-report.schema.json" with { type: "json" };
import type {
  Dataset,
  DocumentFacets,
  ExportRecord,
  LabelledRow,
  PreprocessReport,
  Run,
} from "../../schemas/types.ts";
import { door } from "../../tasks/lambda/door.ts";
import { handler } from "../../tasks/preprocess.ts";
import type { FileStore } from "../../tasks/store/fs.ts";
import { run as plainRun } from "../tasks/deployment.ts";

export const header = {
  schemaVersion: "1.0",
  exportId: "exp-1",
  exportedAt: "2026-11-20T12:00:00Z",
  source: "test",
  offsetUnit: "utf16" as "utf16" | "codepoint",
  labels: ["problem", "test"],
};

/** An export as one JSON object. */
export function exportOf(records: ExportRecord[], more: Partial<typeof header> = {}): string {
  return JSON.stringify({ ...header, ...more, records });
}

const checkRow = door<LabelledRow>(rowSchema, { what: "A row", name: "TaskFailed" });
export const checkFacets = door<DocumentFacets>(facetsSchema, { what: "Facets", name: "TaskFailed" });
const checkReport = door<PreprocessReport>(reportSchema, { what: "The report", name: "TaskFailed" });

/** Puts an export into the bucket and runs the handler on it. */
export async function preprocess(store: FileStore, content: string | Buffer, more: Partial<Run> = {}) {
  const { key, versionId, etag, sizeBytes } = await store.write("incoming/export.json", content);
  const source = { ...plainRun.source, key, versionId, etag, sizeBytes };
  return handler({ run: { ...plainRun, source, minSamples: 1, ...more } });
}

/** The files of a dataset, each row and the report checked against its schema. */
export async function filesOf(store: FileStore, dataset: Dataset) {
  const read = async (name: string) => text(await store.read(dataset.prefix + name));
  const lines = async <T>(name: string) => {
    const content = await read(name);
    return content
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as T);
  };
  return {
    train: (await lines(`train.jsonl`)).map(checkRow),
    test: (await lines(`test.jsonl`)).map(checkRow),
    facets: (await lines(`facets.jsonl`)).map(checkFacets),
    notes: await lines<{ recordId: string; text: string }>("notes.jsonl"),
    missing: await lines<{ text: string; content: string }>("missing.jsonl"),
    rejects: await lines<Record<string, string>>("rejects.jsonl"),
    labels: JSON.parse(await read("labels.json")) as string[],
    report: checkReport(JSON.parse(await read("report.json"))),
    manifest: JSON.parse(await read("manifest.json")) as Dataset,
  };
}
