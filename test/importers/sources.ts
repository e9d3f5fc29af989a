import { Readable } from "node:stream";
import type { Imported, ImportOptions } from "../../importers/convert.ts";
import { prepare } from "../../importers/convert.ts";
import type { SourceFile } from "../../importers/files.ts";
import { formats } from "../../importers/formats.ts";
import type { ExportRecord, TrainingExport } from "../../schemas/types.ts";

/** Files in memory, read in pieces of so many bytes: small ones part characters, escapes and lines. */
export function sources(files: Readonly<Record<string, string | Buffer>>, pieceBytes = 7): SourceFile[] {
  return Object.entries(files).map(([name, content]) => ({
    name,
    changed: new Date("2026-11-20T12:00:00Z"),
    open: async () => Readable.from(pieces(Buffer.from(content as string), pieceBytes)),
  }));
}

function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export const formatOf = (name: string) => formats.find((format) => format.name === name)!;

export type Read = { header: TrainingExport; records: ExportRecord[]; places: string[]; result: Imported };

/** All of an import. */
export async function imported(
  format: string,
  files: Readonly<Record<string, string | Buffer>>,
  options: Partial<ImportOptions> = {},
): Promise<Read> {
  const settings: ImportOptions = { offsets: "auto", map: new Map(), discontinuous: "refuse", ...options };
  const { header, records, result } = await prepare(formatOf(format), sources(files), settings);
  const read: Read = { header, records: [], places: [], result };
  for await (const { record, place } of records()) {
    read.records.push(record);
    read.places.push(place);
  }
  return read;
}

/** What was counted, by its words. */
export const lost = ({ result }: Read) =>
  Object.fromEntries(result.losses.map(({ what, count }) => [what, count]));
