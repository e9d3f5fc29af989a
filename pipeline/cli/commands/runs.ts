import { runPrefix } from "../../../schemas/bucket.ts";
import { defaultModel, modelAskedFor, ofModel } from "../../../schemas/registered-models.ts";
import type { RunReceipt } from "../../../schemas/types.ts";
import type { Installation } from "../../installation.ts";
import { type Command, UsageError } from "../command.ts";
import { openInstallation } from "../installation.ts";
import { printJson, printText } from "../output/output.ts";
import { briefly } from "../output/progress.ts";
import { read, reasonIn, settingsIn, without } from "../output/summary.ts";
import { duration, moment, score, table } from "../output/tables.ts";
import { askedModel, modelOption, requireModel } from "../registered-model.ts";

export const runs: Command = {
  name: "runs",
  summary: "list the executions, the latest first",
  details: `F1 is entity-level, on the run's own test notes; times are UTC. INTERRUPTED is an execution whose process is
gone (killed, power lost): pbp resume continues it. --json adds the settings, and which of them are not the default.`,
  arguments: [],
  options: {
    limit: { value: "N", help: "how many to list (default 20)" },
    ...modelOption("whose executions are wanted (default: all)"),
  },
  examples: ["runs", "runs --model specialty", "runs --limit 100 --json"],
  async run({ options }) {
    const limit = Number(options.limit ?? 20);
    if (!Number.isInteger(limit) || limit < 1) throw new UsageError("--limit takes a whole number from 1.");
    const model = askedModel(options);
    const installation = await openInstallation(options);
    const executions = await installation.list(limit, model);
    if (executions.length === 0) await requireModel(installation, model);
    const models = executions.map(({ input }) => modelAskedFor(input));
    const inUse = await modelsInUse(installation, new Set(models));
    const { store } = installation;
    const receipts = await Promise.all(
      executions.map(({ name }) => read<RunReceipt>(store, `${runPrefix(name)}receipt.json`)),
    );
    if (options.json !== undefined) {
      printJson({
        executions: executions.map((execution, index) => ({
          execution: execution.name,
          model: models[index],
          status: execution.status,
          startedAt: execution.startDate,
          endedAt: execution.stopDate,
          error: execution.error,
          progress: execution.progress,
          verdict: receipts[index]?.verdict ?? null,
          metrics: receipts[index]?.metrics ?? null,
          inUse: inUse.has(execution.name),
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
    // Where there is only the default model, nobody has to know of models.
    const hasOthers = models.some((name) => name !== defaultModel);
    const rows = executions.map((execution, index) => {
      const seconds =
        execution.stopDate && (Date.parse(execution.stopDate) - Date.parse(execution.startDate)) / 1000;
      return [
        execution.name,
        ...(hasOthers ? [models[index]!] : []),
        execution.status,
        // An error says more than the state that it came from.
        execution.progress.map(briefly).join(", ") || execution.error || execution.lastState,
        score(receipts[index]?.metrics?.challenger.f1),
        // Without the year and the seconds, so that a row is a line of 80 columns.
        moment(execution.startDate).slice(5, 16),
        seconds === null ? "-" : duration(Number(seconds)),
        inUse.get(execution.name) ?? "",
      ];
    });
    printText(
      table(
        [
          { head: "Execution" },
          ...(hasOthers ? [{ head: "Model" }] : []),
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

/** For each registered model the execution whose model is in use, and how that came about. */
async function modelsInUse(
  installation: Installation,
  models: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const found = await Promise.all([...models].map((model) => modelInUse(installation, model)));
  return new Map(found.filter((one) => one !== null));
}

async function modelInUse(
  installation: Installation,
  model: string,
): Promise<[execution: string, remark: string] | null> {
  const { generations } = await installation
    .history(model)
    .catch(without("the model in use", { generations: [], models: [] }));
  const [newest] = generations;
  if (!newest) return null;
  // A rollback has no execution itself: its version came from an earlier one.
  const made = generations.find(({ version, execution }) => version === newest.version && execution !== null);
  const how = { promote: "", forced: ", promoted by hand", rollback: ", rolled back to" }[newest.action];
  return made ? [made.execution!, `in use: generation ${newest.generation}${ofModel(model)}${how}`] : null;
}
