// The notes of a file, one by one, whatever it is: annotations are not asked for.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { detect } from "../../importers/detect.ts";
import { filesAt } from "../../importers/files.ts";
import { Ids } from "../../importers/ids.ts";
import { Losses } from "../../importers/losses.ts";
import { refusal } from "../../importers/refusal.ts";
import { faultOf } from "../../importers/usable.ts";
import { MAX_RECORD_BYTES } from "../../tasks/preprocess/limits.ts";
import { isReject, readRecord, wording } from "../../tasks/preprocess/read/record.ts";
import { readSource } from "../../tasks/preprocess/read/source.ts";
import { ExportSplitter } from "../../tasks/preprocess/read/splitter.ts";
import { UsageError } from "./command.ts";
import { beginsAsExport, explained } from "./importing.ts";
import { note } from "./output/output.ts";

export type Note = { recordId: string; text: string } | { recordId: string; refused: string };

/** The digest of all that was named tells whether it is the same the next time. Throws UsageError, InvalidExport. */
export async function notesIn(
  path: string,
  textField: string | undefined,
): Promise<{ sha256: string; notes: AsyncIterable<Note> }> {
  const files = await filesAt([path]).catch(explained(path));
  if (files.length === 0) throw new UsageError(`There is no file to read in ${path}.`);
  const digest = createHash("sha256").update(textField ?? "");
  let bytes = 0;
  for (const file of files) {
    digest.update(`${file.name}\0`);
    try {
      for await (const chunk of await file.open()) {
        digest.update(chunk as Buffer);
        bytes += (chunk as Buffer).length;
      }
    } catch (error) {
      throw isBrokenGzip(error) ? refusal(file.name, "expected whole gzip data. Download it again.") : error;
    }
  }
  if (bytes === 0) throw refusal(basename(path), "expected notes, found no byte. Write it again.");
  const sha256 = digest.digest("hex");
  const options = {
    discontinuous: "hull",
    textsOnly: true,
    ...(textField !== undefined && { textField }),
  } as const;
  const [first] = files;
  if (first && (await beginsAsExport(first))) return { sha256, notes: notesOfExport(path) };
  const { format, files: read, saw } = await detect(files, options).catch(neither(path));
  note(`Reading ${format.title}: ${saw}.`);
  async function* notes(): AsyncGenerator<Note> {
    const [ids, losses] = [new Ids(), new Losses()];
    for await (const record of format.read(read, options, losses)) {
      const recordId = ids.next(record, losses);
      const fault = faultOf(record.text);
      yield fault
        ? { recordId, refused: `${record.place}: expected ${fault.expected}` }
        : { recordId, text: record.text };
    }
  }
  return { sha256, notes: notes() };
}

const isBrokenGzip = (error: unknown) => (error as NodeJS.ErrnoException).code?.startsWith("Z_") === true;

/** Says of what is no export, and which {@link detect} does not recognise, that it is neither. */
const neither = (path: string) => (error: unknown) => {
  if ((error as Error).name !== "InvalidExport") throw error;
  throw refusal(
    basename(path),
    'expected an export, whose header has "schemaVersion", or texts in a known format. --text-field names the field or column of the text.',
  );
};

async function* notesOfExport(path: string): AsyncGenerator<Note> {
  const found: Note[] = [];
  const splitter = new ExportSplitter({
    // Labels, units and the like are about annotations.
    header: () => undefined,
    record(bytes, index) {
      const record = readRecord(bytes, `/records/${index}`);
      if (!isReject(record)) found.push({ recordId: record.recordId, text: record.text });
      else found.push(refusedNote(index, record.recordId, `${record.pointer}: ${wording(record)}`));
    },
    tooLarge: (index) =>
      found.push(
        refusedNote(index, undefined, `/records/${index}: expected at most ${MAX_RECORD_BYTES} bytes`),
      ),
  });
  const { chunks } = readSource(createReadStream(path));
  for await (const chunk of chunks) {
    splitter.push(chunk);
    yield* found.splice(0);
  }
  splitter.end();
  yield* found.splice(0);
}

const refusedNote = (index: number, recordId: string | undefined, refused: string): Note => ({
  recordId: recordId ?? `/records/${index}`,
  refused,
});
