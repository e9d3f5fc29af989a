import { modelAskedFor } from "../../schemas/registered-models.ts";
import type { RunFiles } from "../../tasks/report/run-files.ts";
import type { RunView } from "../../tasks/report/run-view.ts";
import type { Installation } from "../installation.ts";
import { modelsInUse } from "../results/in-use.ts";
import type { Results } from "../results/results.ts";

/** A run as the sections of its page are drawn from, also one without a receipt. */
export async function viewOf(
  installation: Installation,
  { summary, description }: Results,
  files: RunFiles,
): Promise<RunView> {
  const { execution, status, error, reason, generation, approval, forced, settings, trials, cost } = summary;
  const inUse = await modelsInUse(installation, new Set([modelAskedFor(description.input)]), []);
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
    inUse: inUse.has(execution),
    approval,
    forced,
    options: installation.options,
    files,
  };
}
