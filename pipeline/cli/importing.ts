// What `pbp import` and the commands that take an export share.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { type ImportOptions, offsetChoices, type Prepared, prepare } from "../../importers/convert.ts";
import { detect, filesFor } from "../../importers/detect.ts";
import { filesAt, type SourceFile } from "../../importers/files.ts";
import type { Format } from "../../importers/format.ts";
import { formats } from "../../importers/formats.ts";
import { type Kind, kinds } from "../../importers/kinds.ts";
import { textOf } from "../../importers/text.ts";
import { explainSystemError, systemErrorIn } from "../system-error.ts";
import { type Call, type Option, UsageError } from "./command.ts";
import { didYouMean } from "./nearest.ts";
import { importedText } from "./output/imported.ts";
import { note } from "./output/output.ts";
import { saveFile } from "./save.ts";

const discontinuous = ["refuse", "split", "hull"] as const;

export const importOptions: Readonly<Record<string, Option>> = {
  map: { value: "FILE", help: 'JSON file that renames labels: {"old": "new", "unwanted": null}' },
  offsets: { value: "UNIT", help: `what offsets count: ${offsetChoices.join(", ")} (default auto)` },
  annotator: { value: "NAME", help: "whose annotations count, where several people annotated a text" },
  "patient-field": { value: "FIELD", help: "field that names the patient, whose notes stay on one side" },
  "document-by": { value: "MARK", help: "what begins a document of CoNLL: docstart, comment, sentence" },
  "text-field": { value: "FIELD", help: "field or column of the text (default text)" },
  "label-field": { value: "FIELDS", help: "column of the labels, or several that say 0 or 1, with commas" },
  separator: { value: "MARKS", help: "what parts several labels in a cell of a table, or none" },
  discontinuous: {
    value: "HOW",
    help: `spans of several parts: ${discontinuous.join(", ")} (default refuse)`,
  },
  reviewed: { help: "take what pbp suggest suggested and nobody changed: people looked at each note" },
  lossy: { help: "take what is left in Label Studio's CoNLL, which has lost parts of spans" },
  kind: { value: "KIND", help: `${Object.keys(kinds).join(", ")} (default: what the file shows)` },
};

/** Of the commands that take another tool's file where an export is expected. */
export const readingOptions: Readonly<Record<string, Option>> = {
  format: { value: "NAME", help: "what another tool's file is, as pbp import names it (default auto)" },
  ...importOptions,
};

/** Throws {@link UsageError}. */
export async function importSettings(options: Call["options"]): Promise<ImportOptions> {
  return {
    offsets: oneOf(offsetChoices, options.offsets, "offsets") ?? "auto",
    map: options.map === undefined ? new Map() : await mapIn(options.map),
    discontinuous: oneOf(discontinuous, options.discontinuous, "discontinuous") ?? "refuse",
    kind: oneOf(Object.keys(kinds) as Kind[], options.kind, "kind"),
    annotator: options.annotator,
    documentBy: options["document-by"],
    lossy: options.lossy !== undefined,
    reviewed: options.reviewed !== undefined,
    textField: options["text-field"],
    labelField: options["label-field"],
    separator: options.separator,
    patientField: options["patient-field"],
  };
}

function oneOf<T extends string>(
  choices: readonly T[],
  value: string | undefined,
  option: string,
): T | undefined {
  if (value === undefined) return undefined;
  const found = choices.find((choice) => choice === value);
  if (found) return found;
  throw new UsageError(`--${option} takes one of ${choices.join(", ")}.${didYouMean(value, choices, "")}`);
}

/** Throws {@link UsageError} with the nearest name. */
function formatNamed(name: string): Format {
  const found = formats.find((format) => format.name === name);
  if (found) return found;
  const names = ["auto", ...formats.map((format) => format.name)];
  throw new UsageError(
    `There is no format ${JSON.stringify(name)}: ${names.join(", ")}.${didYouMean(name, names, "")}`,
  );
}

/** The format that a person named, or that `auto` finds, and the files that it reads; `saw`: what showed it. */
export async function choose(
  name: string,
  files: readonly SourceFile[],
  settings: ImportOptions,
): Promise<{ format: Format; files: readonly SourceFile[]; saw: string | null }> {
  if (name === "auto") return detect(files, settings);
  const format = formatNamed(name);
  return { format, files: filesFor(format, files), saw: null };
}

async function mapIn(file: string): Promise<ImportOptions["map"]> {
  const text = await readFile(file, "utf8").catch(explained(file));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // said below
  }
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isMap && Object.values(value!).every((to) => to === null || (typeof to === "string" && to !== "")))
    return new Map(Object.entries(value!));
  throw new UsageError(`--map: ${file} must hold one JSON object, of names or null.`);
}

/** For a promise: an error of the operating system about what was named, in words. */
export function explained(name: string): (error: unknown) => never {
  return (error) => {
    const refused = systemErrorIn(error);
    throw refused ? new UsageError(`Cannot read ${name}: ${explainSystemError(refused)}`) : error;
  };
}

/** Writes the export, whole or not at all; with it, if asked, where each record stood. Returns the path of the export. */
export async function saveImport(prepared: Prepared, out: string, places?: string): Promise<string> {
  const way: string[] = [];
  async function* records() {
    for await (const { record, place } of prepared.records()) {
      if (places !== undefined) way.push(`${place}\t${record.recordId}\n`);
      yield record;
    }
  }
  const file = await saveExport({ header: prepared.header, records }, out);
  if (places !== undefined) await saveFile(places, "places.tsv", async () => Readable.from(way));
  return file;
}

/** Writes an export as JSON Lines, whole or not at all, and returns its path. */
export function saveExport(
  { header, records }: { header: object; records(): AsyncIterable<object> },
  out: string,
): Promise<string> {
  async function* lines() {
    yield `${JSON.stringify(header)}\n`;
    for await (const record of records()) yield `${JSON.stringify(record)}\n`;
  }
  return saveFile(out, "import.export.jsonl.gz", async () => {
    const text = Readable.from(lines());
    if (!out.endsWith(".gz")) return text;
    const packed = createGzip();
    text.once("error", (error) => packed.destroy(error));
    return text.pipe(packed);
  });
}

/**
 * Hands `use` the export that a path names: the file itself, or what is made of another tool's file, folder or archive,
 * which is removed afterwards. Without a reading option, what is not recognised is handed on for the reader of exports to
 * refuse.
 *
 * Throws {@link UsageError} for reading options beside an export.
 */
export async function withExport<T>(
  path: string,
  options: Call["options"],
  use: (file: string) => Promise<T>,
): Promise<T> {
  const settings = await importSettings(options);
  const given = Object.keys(readingOptions).filter((name) => options[name] !== undefined);
  const files = await filesAt([path]).catch(() => []);
  const isExport = files.length > 0 && (await beginsAsExport(files[0]!));
  if (isExport && given.length > 0)
    throw new UsageError(
      `${path} is an export already. What other tools wrote is read by --${given.join(", --")}.`,
    );
  if (isExport || files.length === 0) return use(path);
  // Who says how it is read means another tool's file: then it is told why it is none.
  const orNone = given.length > 0 ? undefined : unrecognised;
  const found = await choose(options.format ?? "auto", files, settings).catch(orNone);
  if (found === null) return use(path);
  note(`Importing ${found.format.title}: ${found.saw ?? "as --format says"}.`);
  const prepared = await prepare(found.format, found.files, settings);
  const folder = await mkdtemp(join(tmpdir(), "pbp-import-"));
  try {
    const file = await saveImport(prepared, join(folder, `${nameOf(path)}.jsonl.gz`));
    note(importedText(prepared.result));
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** null for what {@link detect} does not recognise. */
function unrecognised(error: unknown): null {
  if ((error as Error).name === "InvalidExport") return null;
  throw error;
}

/** The name of what was imported, without what its format adds to it. */
export const nameOf = (path: string) => basename(path).replace(/(\.\w+)?(\.gz)?$/i, "") || "import";

const HEAD = 65_536;

/** An export says its version in its header, before any record. */
export async function beginsAsExport(file: SourceFile): Promise<boolean> {
  let head = "";
  try {
    for await (const piece of textOf(file)) {
      head += piece;
      if (head.length > HEAD) break;
    }
  } catch (error) {
    if ((error as Error).name !== "InvalidExport") throw error;
  }
  return head.slice(0, HEAD).includes('"schemaVersion"');
}
