import { type ImportOptions, prepare } from "../../../../importers/convert.ts";
import { filesAt, type SourceFile } from "../../../../importers/files.ts";
import type { Format } from "../../../../importers/format.ts";
import { formats } from "../../../../importers/formats.ts";
import { merge } from "../../../../importers/merge.ts";
import { shellWord } from "../../../../schemas/shell-word.ts";
import { defaultKind } from "../../../../schemas/tables/kinds.ts";
import type { Kind } from "../../../../schemas/types.ts";
import { requireExport } from "../../../local/events/exports.ts";
import { homeAt, optionsFor } from "../../../local/machine/home.ts";
import { type Call, type Command, UsageError } from "../../command.ts";
import { headerIn, recordsIn } from "../../export-file.ts";
import {
  choose,
  explained,
  importOptions,
  importSettings,
  nameOf,
  saveExport,
  saveImport,
} from "../../importing.ts";
import { importedText, mergedText } from "../../output/imported.ts";
import { note, printJson, printText } from "../../output/output.ts";

export const importCommand: Command = {
  name: "import",
  summary: "make an export of what a labelling tool wrote",
  details: `Formats: ${formats.map(({ name }) => name).join(", ")}; auto looks at the file and says what it saw. The export is JSON Lines, gzipped; pbp validate and pbp run take it. Nothing is
dropped silently: what an export cannot hold is counted. docs/importing.md has an example of each format.`,
  arguments: [
    { name: "format", help: "the format's name, or auto" },
    { name: "path", help: "a file, folder or zip archive that the tool wrote", repeats: true },
  ],
  options: {
    out: { value: "PATH", help: "new file (default: the path's name, with .export.jsonl.gz)" },
    into: {
      value: "EXPORT",
      help: "put the annotations into this export, by record id, and write the whole of it",
    },
    places: { value: "FILE", help: "new file with the place and the recordId of each record, a tab between" },
    ...importOptions,
  },
  examples: [
    "import doccano all.jsonl",
    "import auto project-1-at-2026-11-20.json --out notes.export.jsonl.gz",
    "import brat corpus/ --discontinuous hull",
    "import doccano answers.jsonl --into export.json.gz --out more.jsonl.gz",
    "import table mails.xlsx --text-field Body --label-field Queue",
  ],
  async run({ arguments: [name = "", ...paths], options }) {
    const settings = await importSettings(options);
    const found = await filesAt(paths).catch(explained(paths.join(" ")));
    if (found.length === 0)
      throw new UsageError(
        `There is no file to read in ${paths.join(", ")}: hidden ones and those called README or LICENSE are passed over.`,
      );
    const { format, files, saw } = await choose(name, found, settings);
    if (saw !== null) note(`${format.title}: ${saw}.`);
    if (options.into !== undefined) return mergeInto(options.into, { format, files, settings, options });
    const prepared = await prepare(format, files, settings);
    const file = await saveImport(
      prepared,
      options.out ?? `${nameOf(paths[0]!)}.export.jsonl.gz`,
      options.places,
    );
    if (options.json !== undefined) printJson({ file, ...prepared.result });
    else {
      printText(importedText(prepared.result));
      printText(
        `\nWritten to ${file}. What next:\n  pbp validate ${shellWord(file)}\n  ${runOf(file, prepared.result.kind, options)}`,
      );
    }
    return 0;
  },
};

/** The command that trains on an export; the default model is of the default kind. */
const runOf = (file: string, kind: Kind, { home }: Call["options"]) =>
  `pbp run ${shellWord(file)}${kind === defaultKind ? "" : " --model NAME"}${optionsFor(homeAt(home))}`;

/** What people answered to pbp suggest, in the export that it chose from. */
async function mergeInto(
  file: string,
  {
    format,
    files,
    settings,
    options,
  }: {
    format: Format;
    files: readonly SourceFile[];
    settings: ImportOptions;
    options: Call["options"];
  },
): Promise<0> {
  if (options.out === undefined)
    throw new UsageError("--into needs --out: the export itself is not changed.");
  await requireExport(file);
  const header = await headerIn(file);
  const prepared = await prepare(format, files, {
    ...settings,
    kind: settings.kind ?? header.kind,
    hasLabels: true,
  });
  const { kind, ...older } = header;
  const merged = await merge(prepared, {
    header: header.schemaVersion === "1.0" ? older : { ...older, kind },
    records: () => recordsIn(file),
  });
  const out = await saveExport(merged, options.out);
  const { result } = merged;
  if (options.json !== undefined) printJson({ file: out, ...result, read: prepared.result });
  else {
    printText(mergedText(result, prepared.result));
    printText(`\nWritten to ${out}. What next:\n  ${runOf(out, kind, options)}`);
  }
  return 0;
}
