// The trials of a learning curve: the default of each algorithm, on shares of the training groups.
import { NamedError } from "../../../schemas/errors.ts";
import type { Dataset, LearningCurve } from "../../../schemas/types.ts";

type Trial = Dataset["trials"][number];
/** Where a share's train.jsonl lies, and how many documents it holds. */
export type Drawn = Required<Pick<Trial, "trainShare" | "trainFolder" | "trainDocuments">>;

// As many trials as an execution may have.
const most = 30;

/** Numbered from 0: by algorithm, then share, then seed. Throws InvalidInput for more than an execution may have. */
export function curveTrials(
  defaults: readonly Trial[],
  { shares, seeds }: LearningCurve,
  drawn: readonly Drawn[],
): Trial[] {
  const count = defaults.length * shares.length * seeds;
  if (count > most)
    throw new NamedError(
      "InvalidInput",
      `/curve: ${defaults.length} algorithms × ${shares.length} shares × ${seeds} seeds are ${count} trainings, and ${most} are the most. Ask for fewer, or name one of the /algorithms.`,
    );
  const trials = defaults.flatMap((trial) =>
    drawn.flatMap((share) =>
      Array.from({ length: seeds }, (_, more) => ({
        ...trial,
        hyperparameters: { ...trial.hyperparameters, seed: trial.hyperparameters.seed + more },
        ...share,
      })),
    ),
  );
  return trials.map((trial, number) => ({ ...trial, trial: number }));
}
