import { modelAskedFor } from "../../schemas/models/registered-models.ts";
import type { RunView } from "../../tasks/report/run-view.ts";
import { readSpread } from "../../tasks/report/spread.ts";
import type { Installation } from "../installation.ts";
import { modelsInUse } from "../results/in-use.ts";
import type { Results } from "../results/results.ts";

/** A run as the sections of its page are drawn from, also one without a receipt. */
export async function viewOf(
  installation: Installation,
  { summary, description, files }: Results,
): Promise<RunView> {
  const { execution, status, error, reason, generation, approval, forced, settings, trials, curves, cost } =
    summary;
  const [inUse, spread] = await Promise.all([
    modelsInUse(installation, new Set([modelAskedFor(description.input)]), []),
    readSpread(installation.store, execution, files),
  ]);
  return {
    execution,
    startedAt: description.startDate,
    endedAt: description.stopDate,
    status,
    error,
    reason,
    generation,
    version: files.receipt?.version ?? null,
    jobs: files.receipt?.jobs ?? null,
    cost,
    settings,
    trials,
    curves,
    inUse: inUse.has(execution),
    approval,
    forced,
    options: installation.options,
    files,
    spread,
  };
}
