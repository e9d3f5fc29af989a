import { type Command, UsageError } from "../command.ts";
import { openInstallation } from "../installation.ts";
import { printJson, printText } from "../output.ts";
import { briefly } from "../progress.ts";
import { duration, moment, table } from "../tables.ts";

export const runs: Command = {
  name: "runs",
  summary: "list the executions, the latest first",
  details:
    "INTERRUPTED is an execution whose process is gone (killed, power lost): pbp resume goes on with it.",
  arguments: [],
  options: { limit: { value: "N", help: "how many to list (default 20)" } },
  examples: ["runs", "runs --limit 100 --json"],
  async run({ options }) {
    const limit = Number(options.limit ?? 20);
    if (!Number.isInteger(limit) || limit < 1) throw new UsageError("--limit takes a whole number from 1.");
    const installation = await openInstallation(options);
    const executions = await installation.list(limit);
    if (options.json !== undefined) {
      printJson({
        executions: executions.map((execution) => ({
          execution: execution.name,
          status: execution.status,
          startedAt: execution.startDate,
          endedAt: execution.stopDate,
          error: execution.error,
          progress: execution.progress,
        })),
      });
      return 0;
    }
    if (executions.length === 0) {
      printText(`No executions yet. Start one: pbp run <export>${installation.options}`);
      return 0;
    }
    const rows = executions.map((execution) => {
      const seconds =
        execution.stopDate && (Date.parse(execution.stopDate) - Date.parse(execution.startDate)) / 1000;
      return [
        execution.name,
        execution.status,
        // An error says more than the state that it came from.
        execution.progress.map(briefly).join(", ") || execution.error || execution.lastState,
        // Without the year and the seconds, so that a row is a line of 80 columns.
        moment(execution.startDate).slice(5, 16),
        seconds === null ? "-" : duration(Number(seconds)),
      ];
    });
    printText(
      table(
        [
          { head: "Execution" },
          { head: "Status" },
          { head: "Outcome" },
          { head: "Started (UTC)" },
          { head: "Took", numeric: true },
        ],
        rows,
      ),
    );
    return 0;
  },
};
