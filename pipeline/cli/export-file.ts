import { createReadStream } from "node:fs";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { ExportRecord, RejectedRecord } from "../../schemas/types.ts";
import { MAX_RECORD_BYTES } from "../../tasks/preprocess/limits.ts";
import { type ExportHeader, HeaderReader } from "../../tasks/preprocess/read/header.ts";
import { isReject, readRecord, wording } from "../../tasks/preprocess/read/record.ts";
import { readSource } from "../../tasks/preprocess/read/source.ts";
import { ExportSplitter } from "../../tasks/preprocess/read/splitter.ts";

/** Reads an export to its end for its header. Throws InvalidExport, also for a record that Preprocess would reject. */
export async function headerIn(file: string): Promise<ExportHeader> {
  const header = new HeaderReader();
  for await (const _ of recordsIn(file, header)) {
    // Each is checked.
  }
  return header.finish();
}

/** The records of an export, one at a time. Throws InvalidExport. */
export async function* recordsIn(file: string, header = new HeaderReader()): AsyncGenerator<ExportRecord> {
  let found: ExportRecord[] = [];
  const splitter = new ExportSplitter({
    header: (key, value) => header.add(key, value),
    record(bytes, index) {
      header.forRecords();
      const record = readRecord(bytes, `/records/${index}`);
      if (isReject(record)) throw unusable(record);
      found.push(record);
    },
    tooLarge: (index) => {
      throw unusable({ pointer: `/records/${index}`, expected: `at most ${MAX_RECORD_BYTES} bytes` });
    },
  });
  for await (const chunk of readSource(createReadStream(file)).chunks) {
    splitter.push(chunk);
    yield* found;
    found = [];
  }
  splitter.end();
  yield* found;
}

const unusable = (reject: Pick<RejectedRecord, "pointer" | "expected">) =>
  new NamedError(
    "InvalidExport",
    `${reject.pointer}: ${wording(reject)}. pbp validate lists all such records.`,
  );
