import { runPrefix } from "../../schemas/bucket.ts";
import type { Settings } from "../../schemas/execution/settings.ts";
import { modelAskedFor } from "../../schemas/models/registered-models.ts";
import type { Kind, RunReceipt } from "../../schemas/types.ts";
import type { Installation, ListedExecution, Wanted } from "../installation.ts";
import { type ApprovalState, approvalIn } from "./approval.ts";
import { type InUse, modelsInUse } from "./in-use.ts";
import type { Missing } from "./missing.ts";
import { reasonIn, settingsIn } from "./settings.ts";
import { readStored } from "./stored.ts";

/** An execution in a list, for programs: `runs --json`. */
export type RunEntry = Pick<ListedExecution, "status" | "error" | "progress"> & {
  execution: string;
  model: string;
  /** Of the export, as the receipt has it; null before it is written, and in receipts of earlier versions. */
  kind: Kind | null;
  startedAt: string;
  endedAt: string | null;
  /** Of the receipt; null before it is written. */
  verdict: RunReceipt["verdict"];
  metrics: RunReceipt["metrics"];
  /** As in Summary. */
  approval: ApprovalState | null;
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

/** What a list of runs may be asked for; all of it must be true of a run. */
export type RunFilter = {
  limit: number;
  /** The execution that the page before ended with. */
  before?: string | undefined;
  /** A registered model. */
  model?: string | undefined;
  status?: ListedExecution["status"] | undefined;
  verdict?: NonNullable<RunReceipt["verdict"]> | undefined;
  /** In the execution's name, its registered model's, the key of its export or its reason; in any case of letters. */
  text?: string | undefined;
};

/** The executions of an installation, the latest first. Throws ExecutionDoesNotExist for a `before` that is gone. */
export async function listRuns(
  installation: Installation,
  { limit, before, status, ...filter }: RunFilter,
): Promise<{ runs: Run[]; missing: Missing }> {
  const { store } = installation;
  const receiptOf = (name: string) => readStored<RunReceipt>(store, `${runPrefix(name)}receipt.json`);
  const executions = await installation.list(limit, {
    ...(before !== undefined && { before }),
    ...(status && { status }),
    ...beganAs(filter),
    ...(filter.verdict && { is: async ({ name }) => (await receiptOf(name))?.verdict === filter.verdict }),
  });
  const models = executions.map(({ input }) => modelAskedFor(input));
  const missing: Missing = [];
  const inUse = await modelsInUse(installation, new Set(models), missing);
  const receipts = await Promise.all(executions.map(({ name }) => receiptOf(name)));
  const approvals = await Promise.all(receipts.map((receipt) => approvalIn(store, receipt)));
  const runs = executions.map((execution, index) => ({
    entry: {
      execution: execution.name,
      model: models[index]!,
      kind: receipts[index]?.kind ?? null,
      status: execution.status,
      startedAt: execution.startDate,
      endedAt: execution.stopDate,
      error: execution.error,
      progress: execution.progress,
      verdict: receipts[index]?.verdict ?? null,
      metrics: receipts[index]?.metrics ?? null,
      approval: approvals[index] ?? null,
      inUse: inUse.has(execution.name),
      settings: receipts[index]?.settings ?? settingsIn(execution),
      reason: reasonIn(execution.input),
    },
    lastState: execution.lastState,
    inUse: inUse.get(execution.name) ?? null,
  }));
  return { runs, missing };
}

function beganAs({ model, text }: Pick<RunFilter, "model" | "text">): Pick<Wanted, "began"> {
  if (model === undefined && !text) return {};
  const wanted = text?.toLowerCase() ?? "";
  return {
    began({ name, input }) {
      const its = modelAskedFor(input);
      if (model !== undefined && its !== model) return false;
      const { source } = (input ?? {}) as { source?: { key?: unknown } };
      return [name, its, source?.key, reasonIn(input)].some(
        (one) => typeof one === "string" && one.toLowerCase().includes(wanted),
      );
    },
  };
}
