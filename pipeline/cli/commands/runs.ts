import { runPrefix } from "../../../schemas/bucket.ts";
import type { RunReceipt } from "../../../schemas/types.ts";
import type { Installation } from "../../installation.ts";
import { type Command, UsageError } from "../command.ts";
import { openInstallation } from "../installation.ts";
import { printJson, printText } from "../output/output.ts";
import { briefly } from "../output/progress.ts";
import { read, reasonIn, settingsIn, without } from "../output/summary.ts";
import { duration, moment, score, table } from "../output/tables.ts";

export const runs: Command = {
  name: "runs",
  summary: "list the executions, the latest first",
  details: `F1 is entity-level, on the run's own test notes; times are UTC. INTERRUPTED is an execution whose process is
gone (killed, power lost): pbp resume continues it. --json adds the settings, and which of them are not the default.`,
  arguments: [],
  options: { limit: { value: "N", help: "how many to list (default 20)" } },
  examples: ["runs", "runs --limit 100 --json"],
  async run({ options }) {
    const limit = Number(options.limit ?? 20);
    if (!Number.isInteger(limit) || limit < 1) throw new UsageError("--limit takes a whole number from 1.");
    const installation = await openInstallation(options);
    const [executions, inUse] = await Promise.all([installation.list(limit), modelInUse(installation)]);
    const { store } = installation;
    const receipts = await Promise.all(
      executions.map(({ name }) => read<RunReceipt>(store, `${runPrefix(name)}receipt.json`)),
    );
    if (options.json !== undefined) {
      printJson({
        executions: executions.map((execution, index) => ({
          execution: execution.name,
          status: execution.status,
          startedAt: execution.startDate,
          endedAt: execution.stopDate,
          error: execution.error,
          progress: execution.progress,
          verdict: receipts[index]?.verdict ?? null,
          metrics: receipts[index]?.metrics ?? null,
          inUse: execution.name === inUse?.execution,
          settings: receipts[index]?.settings ?? settingsIn(execution),
          reason: reasonIn(execution.input),
        })),
      });
      return 0;
    }
    if (executions.length === 0) {
      printText(`No executions yet. Start one: pbp run <export>${installation.options}`);
      return 0;
    }
    const rows = executions.map((execution, index) => {
      const seconds =
        execution.stopDate && (Date.parse(execution.stopDate) - Date.parse(execution.startDate)) / 1000;
      return [
        execution.name,
        execution.status,
        // An error says more than the state that it came from.
        execution.progress.map(briefly).join(", ") || execution.error || execution.lastState,
        score(receipts[index]?.metrics?.challenger.f1),
        // Without the year and the seconds, so that a row is a line of 80 columns.
        moment(execution.startDate).slice(5, 16),
        seconds === null ? "-" : duration(Number(seconds)),
        execution.name === inUse?.execution ? inUse.remark : "",
      ];
    });
    printText(
      table(
        [
          { head: "Execution" },
          { head: "Status" },
          { head: "Outcome" },
          { head: "F1", numeric: true },
          { head: "Started" },
          { head: "Took", numeric: true },
        ],
        rows,
      ),
    );
    return 0;
  },
};

/** The execution whose model is in use, and how that came about. */
async function modelInUse(installation: Installation): Promise<{ execution: string; remark: string } | null> {
  const generations = await installation.history().catch(without("the model in use", []));
  const [newest] = generations;
  if (!newest) return null;
  // A rollback has no execution itself: its version came from an earlier one.
  const made = generations.find(({ version, execution }) => version === newest.version && execution !== null);
  const how = { promote: "", forced: ", promoted by hand", rollback: ", rolled back to" }[newest.action];
  return made
    ? { execution: made.execution!, remark: `in use: generation ${newest.generation}${how}` }
    : null;
}
