// What helps after a run. errors.json says it once for each error; receipt, message, report, pbp, console and runbook take
// it from here.
import common from "../common.schema.json" with { type: "json" };
import { modelOf, nameFrom, optionOf } from "../models/registered-models.ts";
import errors from "../tables/errors.json" with { type: "json" };
import type { RunReceipt } from "../types.ts";
import executionInput from "./execution-input.schema.json" with { type: "json" };
import { learnsBy, type Settings } from "./settings.ts";

export type Remedy = NonNullable<NonNullable<RunReceipt["error"]>["helps"]>;

/** How an execution ended that did not succeed. INTERRUPTED: its engine died. `error` is null where no state failed. */
export type Ended = {
  execution: string;
  status: "FAILED" | "TIMED_OUT" | "ABORTED" | "INTERRUPTED";
  error: string | null;
  /** The registered model that it was for. */
  model?: string;
};

const known: Readonly<Record<string, { helps: string }>> = { ...errors.pipeline, ...errors.aws };

/** Every error that the runbook explains, ours and AWS's. */
export const explainedErrors: readonly string[] = Object.keys(known);
export const isExplained = (error: string) => Object.hasOwn(known, error);

export function whatHelps({ status, error }: Pick<Ended, "status" | "error">): Remedy {
  // A time limit, a stop or a dead engine is not a verdict on the work: what is finished is kept.
  if (status !== "FAILED") return "resume";
  // An error that nobody has thought of may be anything.
  return error !== null && isExplained(error) ? (known[error]!.helps as Remedy) : "look";
}

/** A name that the execution's own export suggests: a command must be one that can be typed as it is. */
function anotherModel({ execution, model }: Ended): string {
  const name = nameFrom(execution.replace(/-[0-9a-f]{12,16}$/, ""));
  return name === model ? nameFrom(`new-${name}`) : name;
}

/** The same in a sentence, which ends with the command to type. `options` name the installation: ` --cloud`, say. */
export function adviceOn(ended: Ended, options = ""): string {
  const { say, type } = adviceIn(ended, options);
  return type === null ? say : `${say}: ${type}`;
}

/** The sentence, and the command that ends it if there is one. */
export function adviceIn(ended: Ended, options = ""): { say: string; type: string | null } {
  const { execution, status, error } = ended;
  // Without it the run would be one of the default model, which may be of another kind.
  const newRun = `pbp run <export>${optionOf(modelOf(ended))}${options}`;
  switch (whatHelps(ended)) {
    case "resume":
      return {
        say:
          status === "FAILED"
            ? "Once the cause is gone, continue at the failed state (finished work is kept)"
            : "Continue where it stopped (finished work is kept)",
        type: `pbp resume ${execution}${options}`,
      };
    case "rerun":
      return {
        say: "Resuming would fail again. Start a new execution (computed vectors are kept)",
        type: `pbp rerun ${execution}${options}`,
      };
    case "correct-export":
      return {
        say: "Correct the export, check it with pbp validate <export>, then",
        type: newRun,
      };
    case "correct-input":
      return { say: "Correct the input, then start a new execution", type: newRun };
    case "other-model":
      return {
        say: "Train on this export under this name, or any other that is not taken",
        type: `pbp rerun ${execution} --model ${anotherModel(ended)}${options}`,
      };
    case "look": {
      const heading = error !== null && isExplained(error) ? `, heading ${error}` : "";
      return { say: `Look for the cause before you resume or rerun: docs/runbook.md${heading}`, type: null };
    }
  }
}

/** What to type for other settings on the same export: of those that the run learnt by. */
export function otherSettings(
  execution: string,
  settings: Pick<Settings, "epochs" | "algorithms"> | null | undefined,
  options = "",
): string {
  const { epochs, ...asked } = settings ?? { epochs: executionInput.properties.epochs.default };
  const more = learnsBy(asked, "epochs")
    ? `--epochs ${Math.min(epochs + 2, common.$defs.epochs.maximum)}`
    : "--tune 8";
  return `pbp rerun ${execution} ${more}${options}`;
}
