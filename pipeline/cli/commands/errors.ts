import type { Analysis, ModelError } from "../../../schemas/types.ts";
import { ObjectMissing } from "../../../tasks/store/store.ts";
import { InstallationError } from "../../installation.ts";
import {
  evaluationOf,
  mostSuspects,
  type Row,
  readErrors,
  readRows,
  suspectsByKind,
  whyNoAnalysis,
} from "../../results/analysis.ts";
import { readStored } from "../../results/stored.ts";
import { type Command, UsageError, wholeNumber } from "../command.ts";
import { executionArgument, executionName } from "../execution-name.ts";
import { openInstallation } from "../installation.ts";
import { analysisTables, errorTable } from "../output/errors.ts";
import { annotated } from "../output/notes.ts";
import { note, printJson, printText } from "../output/output.ts";

const usualLimit = 20;

/** What --json prints. */
type Told = {
  execution: string;
  analysis: Analysis;
  /** null: none were asked for. */
  errors: (ModelError & { rows?: Row[] })[] | null;
};

export const errors: Command = {
  name: "errors",
  summary: "show what the model of an execution gets wrong on the test notes",
  details: `Without options: which labels are confused, missed and invented, whether keyphrases begin and end where they should,
and the scores by specialty and facet, by length, and by how often a phrase stood in training. With --suspects or
--label: the errors themselves, by digest of the note and token numbers. A suspect is an annotation that the model
contradicts most surely, of each kind of error by itself (invented, other label, wrong bounds, missed): look at it
again. Only notes of the test side can be suspects, since the model has seen the others. --show-notes prints the text of the notes, which is patient data, to your terminal.`,
  arguments: [executionArgument],
  options: {
    suspects: { help: "list the errors that the model is surest of, by kind" },
    label: { value: "NAME", help: "list errors with this label, annotated or said by the model" },
    "show-notes": { help: "list errors with the text around them: patient data" },
    limit: { value: "N", help: `of a list, of suspects of each kind (default ${usualLimit})` },
  },
  examples: [
    "errors latest",
    "errors latest --suspects",
    "errors latest --label problem --limit 100",
    "errors latest --suspects --show-notes",
  ],
  nothing: { execution: null, analysis: null, errors: null },
  async run({ arguments: [word = ""], options }) {
    const isList = ["suspects", "label", "show-notes"].some((name) => options[name] !== undefined);
    if (options.limit !== undefined && !isList)
      throw new UsageError("--limit goes with a list: --suspects, --label or --show-notes.");
    const limit = wholeNumber(options, "limit", { usual: usualLimit });
    const installation = await openInstallation(options);
    const { store, place } = installation;
    const execution = await executionName(installation, word);
    const description = await installation.describe(execution);
    const prefix = await evaluationOf(store, execution);
    const analysis = prefix && (await readStored<Analysis>(store, `${prefix}analysis.json`));
    if (!analysis)
      throw new InstallationError(
        "NoSuchFile",
        `${execution} has no error analysis in ${place}. ${whyNoAnalysis(description, installation.options)}`,
      );
    const told: Told = { execution, analysis, errors: null };
    let hasMore = false;
    if (isList) {
      const list = options.suspects === undefined ? "errors" : "suspects";
      const { label } = options;
      const isMeant = ({ gold, predicted }: ModelError) =>
        label === undefined || gold === label || predicted === label;
      if (label !== undefined) requireLabel(analysis, label);
      // One more than is shown tells whether there are more.
      const read = list === "suspects" ? mostSuspects : limit + 1;
      const found = await readErrors(store, `${prefix}${list}.jsonl`, read, isMeant).catch(
        pruned(execution, installation.options),
      );
      told.errors =
        list === "suspects"
          ? suspectsByKind(found, limit).flatMap(({ suspects }) => suspects)
          : found.slice(0, limit);
      hasMore = found.length > told.errors.length;
    }
    const showsNotes = options["show-notes"] !== undefined;
    if (showsNotes && told.errors) {
      note("What follows is text of patients' notes: keep it out of files, mails and tickets.");
      const documents = new Set(told.errors.map(({ document }) => document));
      const rows = await readRows(store, execution, documents).catch(pruned(execution, installation.options));
      told.errors = told.errors.map((error) => ({ ...error, rows: rows.get(error.document) ?? [] }));
    }
    if (options.json !== undefined) printJson(told);
    else if (!told.errors) printText(analysisTables(analysis));
    else {
      const listed = showsNotes ? annotatedList : errorTable;
      const groups = options.suspects === undefined ? [] : suspectsByKind(told.errors, limit);
      printText(
        groups.map(({ name, suspects }) => `${name}\n${listed(suspects)}`).join("\n\n") ||
          listed(told.errors),
      );
      if (hasMore) note(`There are more: --limit N lists more than ${limit}.`);
    }
    return 0;
  },
};

const annotatedList = (errors: NonNullable<Told["errors"]>) =>
  errors.map((error) => annotated({ ...error, rows: error.rows ?? [] })).join("\n\n") || "No such error.";

function pruned(execution: string, options: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ObjectMissing)) throw error;
    throw new InstallationError(
      "NoSuchFile",
      `Of the errors of ${execution} only the counts are left: its lists and rows were removed, as pbp prune does. The counts: pbp errors ${execution}${options}`,
    );
  };
}

function requireLabel({ challenger }: Analysis, label: string): void {
  const labels = challenger.confusion.labels.map((one) => one.label);
  if (labels.includes(label)) return;
  const some = labels.slice(0, 20).join(", ");
  throw new UsageError(
    `--label: no label is called ${label}. There are: ${some}${labels.length > 20 ? ", …" : ""}.`,
  );
}
