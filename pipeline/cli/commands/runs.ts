import { defaultModel, ofModel } from "../../../schemas/models/registered-models.ts";
import { f1Head, hasMacroF1 } from "../../../schemas/tables/kinds.ts";
import { duration } from "../../../tasks/report/format.ts";
import type { ApprovalState } from "../../results/approval.ts";
import type { InUse } from "../../results/in-use.ts";
import { listRuns } from "../../results/runs.ts";
import { type Command, wholeNumber } from "../command.ts";
import { openInstallation } from "../installation.ts";
import { noteMissing, printJson, printText } from "../output/output.ts";
import { briefly } from "../output/progress.ts";
import { moment, score, table } from "../output/tables.ts";
import { askedModel, modelOption, requireModel } from "../registered-model.ts";

const usualLimit = 20;

export const runs: Command = {
  name: "runs",
  summary: "list the executions, the latest first",
  details: `F1 is on the run's own test notes: entity-level, or of classes over all of them (micro); times are UTC. INTERRUPTED is an execution whose process is
gone (killed, power lost): pbp resume continues it. --json adds the settings, and which of them are not the default.`,
  arguments: [],
  options: {
    limit: { value: "N", help: `how many to list (default ${usualLimit})` },
    ...modelOption("whose executions are wanted (default: all)"),
  },
  examples: ["runs", "runs --model specialty", "runs --limit 100 --json"],
  async run({ options }) {
    const limit = wholeNumber(options, "limit", { usual: usualLimit });
    const model = askedModel(options);
    const installation = await openInstallation(options);
    const { runs, missing } = await listRuns(installation, { limit, model });
    if (runs.length === 0) await requireModel(installation, model);
    noteMissing(missing);
    if (options.json !== undefined) {
      printJson({ executions: runs.map(({ entry }) => entry) });
      return 0;
    }
    if (runs.length === 0) {
      printText(`No executions yet. Start one: pbp run <export>${installation.options}`);
      return 0;
    }
    // Where there is only the default model, nobody has to know of models.
    const hasOthers = runs.some(({ entry }) => entry.model !== defaultModel);
    const hasClasses = runs.some(({ entry }) => entry.kind !== null && hasMacroF1(entry.kind));
    const rows = runs.map(({ entry, lastState, inUse }) => {
      const { startedAt, endedAt } = entry;
      const seconds = endedAt && (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
      return [
        entry.execution,
        ...(hasOthers ? [entry.model] : []),
        // How it succeeded is the state that it ended in.
        entry.status === "SUCCEEDED" ? decided(entry.approval) || lastState : entry.status,
        score(entry.metrics?.challenger.f1),
        // Without the year and the seconds, so that a row is a line of 80 columns.
        moment(startedAt).slice(5, 16),
        seconds === null ? "-" : duration(Number(seconds)),
        [
          entry.progress.map(briefly).join(", ") || entry.error || (entry.status === "RUNNING" && lastState),
          inUse && inWords(inUse, entry.model),
        ]
          .filter(Boolean)
          .join("; "),
      ];
    });
    printText(
      table(
        [
          { head: "Execution" },
          ...(hasOthers ? [{ head: "Model" }] : []),
          { head: "Outcome" },
          { head: f1Head(hasClasses), numeric: true },
          { head: "Started" },
          { head: "Took", numeric: true },
        ],
        rows,
      ),
    );
    return 0;
  },
};

/** A run that waited ended as AwaitingApproval; what was decided since says more. */
const decided = (approval: ApprovalState | null) =>
  approval?.decision && { approved: "Approved", declined: "Declined" }[approval.decision.decision];

function inWords({ generation, action }: InUse, model: string): string {
  const how = { promote: "", forced: ", promoted by hand", rollback: ", rolled back to" }[action];
  return `in use: generation ${generation}${ofModel(model)}${how}`;
}
