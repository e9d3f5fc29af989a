import type { Item } from "../../../local/prune.ts";
import { type Command, UsageError, wholeNumber } from "../../command.ts";
import { printJson, printText } from "../../output/output.ts";
import { table } from "../../output/tables.ts";
import { askedModel, modelOption, requireKnown } from "../../registered-model.ts";

const keepDefault = 3;

export const prune: Command = {
  name: "prune",
  summary: "free the disk of what no resume, rerun or rollback needs",
  details: `Removes the model, the bundle's vectors and the rows of all successful runs but the newest of each registered
model; what pbp show says of them stays. What was promoted is not touched. Safe while executions run.`,
  arguments: [],
  options: {
    "dry-run": { help: "only say what would go, what stays, and why" },
    keep: {
      value: "N",
      help: `newest runs of each model that keep theirs, for pbp promote --force (default ${keepDefault})`,
    },
    ...modelOption("whose older runs alone are cleared (default: all)"),
  },
  examples: ["prune --dry-run", "prune --keep 1", "prune --model specialty --keep 0"],
  async run({ options }) {
    if (options.cloud !== undefined)
      throw new UsageError("In AWS, the bucket's lifecycle rules remove what is old.");
    const keep = wholeNumber(options, "keep", { from: 0, usual: keepDefault });
    const model = askedModel(options);
    const { homeAt, requireHome } = await import("../../../local/machine/home.ts");
    const { openPipeline } = await import("../../../local/pipeline.ts");
    const local = await import("../../../local/prune.ts");
    await requireHome(homeAt(options.home));
    const pipeline = await openPipeline(options.home);
    if (model !== undefined) requireKnown(model, await local.modelsOf(pipeline));
    const pruned = await local.prune(pipeline, {
      keep,
      ...(model !== undefined && { model }),
      isDryRun: options["dry-run"] !== undefined,
    });
    const freedBytes = total(pruned.goes);
    if (options.json !== undefined) printJson({ ...pruned, freedBytes, keptBytes: total(pruned.kept) });
    else
      printText(
        [
          ...(freedBytes > 0 ? [list(pruned.isDryRun ? "Would go" : "Gone", pruned.goes)] : []),
          list("Stays", pruned.kept),
          `${pruned.isDryRun ? "Would free" : "Freed"} ${megabytes(freedBytes)}; ${megabytes(total(pruned.kept))} stay.`,
        ].join("\n\n"),
      );
    return 0;
  },
};

function list(head: string, items: readonly Item[]): string {
  const rows = items
    .filter(({ bytes }) => bytes > 0)
    .map(({ what, why, bytes }) => [what, megabytes(bytes), why]);
  return table([{ head }, { head: "Size", numeric: true }, { head: "Why" }], rows);
}

const total = (items: readonly Item[]) => items.reduce((sum, { bytes }) => sum + bytes, 0);

function megabytes(bytes: number): string {
  if (bytes > 0 && bytes < 1e5) return "< 0.1 MB";
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
