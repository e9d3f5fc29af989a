import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { filesAt } from "../../../../importers/files.ts";
import { type Task, type Tool, tools } from "../../../../importers/tasks/tools.ts";
import { defaultModel } from "../../../../schemas/models/registered-models.ts";
import { shellWord } from "../../../../schemas/shell-word.ts";
import { wordsOf } from "../../../../schemas/tables/kinds.ts";
import type { ExportRecord } from "../../../../schemas/types.ts";
import type { ExportHeader } from "../../../../tasks/preprocess/read/header.ts";
import { counted } from "../../../../tasks/report/format.ts";
import { InstallationError } from "../../../installation.ts";
import { requireExport } from "../../../local/events/exports.ts";
import { homeAt, requireHome } from "../../../local/machine/home.ts";
import { python, serviceEnvironment, started } from "../../../python.ts";
import { type Command, UsageError, wholeNumber } from "../../command.ts";
import { headerIn, recordsIn } from "../../export-file.ts";
import { beginsAsExport } from "../../importing.ts";
import { didYouMean } from "../../nearest.ts";
import { note, printJson, printText } from "../../output/output.ts";
import { saveFolder } from "../../save.ts";
import { idsIn } from "./asked-ids.ts";

const defaultCount = 200;
const mostNotes = 10_000;

type Pool = (record: ExportRecord) => boolean;

/** Which notes there are to choose from. */
const pools: Readonly<Record<string, Pool>> = {
  unannotated: ({ keyphrases, classes }) => keyphrases === undefined && classes === undefined,
  suspects: ({ keyphrases, classes }) => keyphrases !== undefined || classes !== undefined,
};

type Chosen = { note: { recordId: string; text: string }; worth: number } & Pick<
  Task,
  "keyphrases" | "classes"
>;
type Summary = { looked: number; pool: number; withoutVector: number; version: string };

export const suggest: Command = {
  name: "suggest",
  summary: "choose the notes that teach most, as tasks for a labelling tool",
  details: `Of the export's notes without an annotation, those that the model in use is least sure of and that are least alike by
their embeddings, with what the model says about them for a person to correct. --of suspects: of the annotated notes,
those where the model is surest that the annotation is wrong. --ids: the notes of a list, such as the review list of
pbp serve, whatever the model is sure of. The new folder holds text of notes. Answers come back by
pbp import … --into. docs/importing.md has the way in each tool.`,
  arguments: [{ name: "export", help: "the export that the notes are chosen from" }],
  options: {
    to: { value: "TOOL", help: tools.map(({ name }) => name).join(", ") },
    count: { value: "N", help: `how many notes, 1 to ${mostNotes} (default ${defaultCount})` },
    of: { value: "NOTES", help: "unannotated or suspects (default unannotated)" },
    ids: { value: "FILE", help: "exactly these notes: an id a line, or lines of review lists; -: stdin" },
    model: { value: "NAME", help: `registered model that chooses (default ${defaultModel})` },
    models: { value: "DIR", help: "a models folder without a home, such as a mounted /mnt/pbp/models" },
    out: { value: "DIR", help: "new folder (default: suggested)" },
  },
  examples: [
    "suggest export.json.gz --to doccano",
    "suggest export.json.gz --of suspects --count 50 --to label-studio",
    "suggest export.json.gz --model routing --ids - --to doccano",
  ],
  async run({ arguments: [file = ""], options }) {
    if (options.cloud !== undefined)
      throw new UsageError(
        "pbp suggest runs on this machine: leave --cloud out, and name the mounted models folder with --models.",
      );
    const tool = toolNamed(options.to);
    const count = wholeNumber(options, "count", { to: mostNotes, usual: defaultCount });
    const pool = pools[options.of ?? "unannotated"];
    if (!pool) throw new UsageError("--of takes unannotated or suspects.");
    if (options.ids !== undefined && (options.count !== undefined || options.of !== undefined))
      throw new UsageError("--ids names the notes: leave --count and --of out.");
    const ids = options.ids === undefined ? null : await idsIn(options.ids, mostNotes);
    await requireExport(file);
    const [given] = await filesAt([file]);
    if (!given || !(await beginsAsExport(given)))
      throw new UsageError(
        `${file} is no export, whose header has "schemaVersion". To make one: pbp import auto ${shellWord(file)}`,
      );
    const header = await headerIn(file);
    if (wordsOf(header.kind).annotation === "classes" && !tool.takesClasses)
      throw new UsageError(`${tool.title} has no classes of texts. Take another tool with --to.`);
    const models = await modelsFolder(options.models, options.home);
    note("Asking the model in use about each note …");
    const { chosen, summary } = await choose({
      models,
      model: options.model ?? defaultModel,
      count: ids ? null : count,
      notes: asked(recordsIn(file), ids ? ({ recordId }) => ids.has(recordId) : pool, header),
    });
    if (ids && chosen.length === 0)
      throw new UsageError(
        `The export has none of the ${ids.size} notes of --ids. They are asked for by their recordId.`,
      );
    if (chosen.length === 0) {
      if (options.json !== undefined) printJson({ folder: null, suggested: 0, ...summary });
      else printText(nothingTo(summary.looked, options.of ?? "unannotated"));
      return 0;
    }
    const tasks = chosen.map(({ note: { recordId, text }, keyphrases, classes }): Task => {
      return { recordId, text, ...(keyphrases && { keyphrases }), ...(classes && { classes }) };
    });
    const folder = await saveFolder(options.out ?? "suggested", async (draft) => {
      for (const [name, content] of tool.files(tasks, header.labels, summary.version))
        await writeFile(join(draft, name), content, { mode: 0o600 });
    });
    const unknown = ids ? ids.size - chosen.length : 0;
    if (options.json !== undefined)
      printJson({ folder, suggested: chosen.length, ...(ids && { unknown }), ...summary });
    else
      printText(outcome({ folder, file, tool, suggested: chosen.length, summary, asked: ids?.size ?? null }));
    if (unknown > 0)
      note(`${counted(unknown, ["id is", "ids are"])} not of a record of the export: passed over.`);
    return 0;
  },
};

function nothingTo(looked: number, of: string): string {
  if (looked > 0) return `Nothing to suggest: of ${looked} such notes none is in doubt.`;
  return of === "unannotated"
    ? "Nothing to suggest: every note is annotated. To look at annotations again: --of suspects."
    : "Nothing to suggest: no note is annotated.";
}

function toolNamed(name: string | undefined): Tool {
  const names = tools.map((tool) => tool.name);
  const found = tools.find((tool) => tool.name === name);
  if (found) return found;
  throw new UsageError(`--to takes one of ${names.join(", ")}.${didYouMean(name ?? "", names, "")}`);
}

async function modelsFolder(models: string | undefined, home: string | undefined): Promise<string> {
  if (models === undefined) {
    const folders = homeAt(home);
    await requireHome(folders);
    return folders.models;
  }
  if (home !== undefined) throw new UsageError("--models and --home name two places; give one.");
  if ((await stat(models).catch(() => null))?.isDirectory()) return resolve(models);
  throw new UsageError("--models takes a folder that is there.");
}

/** What the model is asked about, a line each: offsets in code points, as its reader counts. */
async function* asked(
  records: AsyncIterable<ExportRecord>,
  pool: Pool,
  { offsetUnit }: Pick<ExportHeader, "offsetUnit">,
): AsyncGenerator<string> {
  for await (const record of records) {
    if (!pool(record)) continue;
    const { recordId, text, keyphrases, classes } = record;
    const position = (at: number) => (offsetUnit === "utf16" ? [...text.slice(0, at)].length : at);
    const spans = keyphrases?.map(({ start, end, label }) => ({
      start: position(start),
      end: position(end),
      label,
    }));
    yield `${JSON.stringify({ recordId, text, keyphrases: spans, classes })}\n`;
  }
}

/** Asks the reader, in a process of its own. */
async function choose(request: {
  models: string;
  model: string;
  /** null: every note, in the order of the export. */
  count: number | null;
  notes: AsyncIterable<string>;
}): Promise<{ chosen: Chosen[]; summary: Summary }> {
  const { models, model, count, notes } = request;
  const child = await started(
    spawn(
      python,
      [
        ...["-m", "suggest", "--models", models, "--model", model],
        ...(count === null ? [] : ["--count", String(count)]),
      ],
      { env: serviceEnvironment(), stdio: ["pipe", "pipe", "pipe"] },
    ),
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = once(child, "close");
  const fed = pipeline(Readable.from(notes), child.stdin).catch((error: NodeJS.ErrnoException) => {
    // It has ended, and says why.
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
  const answers: unknown[] = [];
  for await (const line of createInterface({ input: child.stdout })) answers.push(JSON.parse(line));
  await fed;
  const [code] = (await ended) as [number | null];
  const summary = answers.pop() as Summary | undefined;
  if (code !== 0 || !summary)
    throw new InstallationError("SuggestFailed", said.trim().split("\n").at(-1) ?? "The reader ended early.");
  return { chosen: answers as Chosen[], summary };
}

function outcome(told: {
  folder: string;
  file: string;
  tool: Tool;
  suggested: number;
  summary: Summary;
  /** How many were asked for by their ids. */
  asked: number | null;
}): string {
  const { folder, file, tool, suggested, summary, asked } = told;
  const which =
    asked === null
      ? `${suggested} of ${summary.looked} notes, the most doubtful first`
      : `${suggested} of the ${counted(asked, ["note", "notes"])} that ${asked === 1 ? "was" : "were"} asked for`;
  const alike =
    summary.withoutVector > 0
      ? ` ${summary.withoutVector} have no vector in the model's bundle, and so may be alike: run the export first.`
      : "";
  return `${which}, with what ${summary.version} says about each.${alike}
They are in ${folder}, which holds text of notes.

${tool.title}: ${tool.next}
Then: pbp import ${tool.name} <answers> --into ${shellWord(file)} --out merged.jsonl.gz`;
}
