import { runPrefix } from "../../schemas/bucket.ts";
import { modelAskedFor } from "../../schemas/registered-models.ts";
import type { Settings } from "../../schemas/settings.ts";
import type { RunReceipt } from "../../schemas/types.ts";
import type { Installation, ListedExecution } from "../installation.ts";
import { type InUse, modelsInUse } from "./in-use.ts";
import type { Missing } from "./missing.ts";
import { reasonIn, settingsIn } from "./settings.ts";
import { readStored } from "./stored.ts";

/** An execution in a list, for programs: `runs --json`. */
export type RunEntry = Pick<ListedExecution, "status" | "error" | "progress"> & {
  execution: string;
  model: string;
  startedAt: string;
  endedAt: string | null;
  /** Of the receipt; null before it is written. */
  verdict: RunReceipt["verdict"];
  metrics: RunReceipt["metrics"];
  /** Whether its registered model's champion is its model. */
  inUse: boolean;
  settings: Settings | null;
  reason: string;
};

export type Run = {
  entry: RunEntry;
  /** The state entered last, Choices aside. */
  lastState: string;
  inUse: InUse | null;
};

/** The executions of an installation, the latest first; `model`: only those of this registered model. */
export async function listRuns(
  installation: Installation,
  { limit, model }: { limit: number; model?: string },
): Promise<{ runs: Run[]; missing: Missing }> {
  const executions = await installation.list(limit, model);
  const models = executions.map(({ input }) => modelAskedFor(input));
  const missing: Missing = [];
  const inUse = await modelsInUse(installation, new Set(models), missing);
  const { store } = installation;
  const receipts = await Promise.all(
    executions.map(({ name }) => readStored<RunReceipt>(store, `${runPrefix(name)}receipt.json`)),
  );
  const runs = executions.map((execution, index) => ({
    entry: {
      execution: execution.name,
      model: models[index]!,
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
    },
    lastState: execution.lastState,
    inUse: inUse.get(execution.name) ?? null,
  }));
  return { runs, missing };
}
