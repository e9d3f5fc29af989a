// The trials of a learning curve: the default of each algorithm, on shares of the training groups.
import { needsOf } from "../../../schemas/tables/algorithms.ts";
import { NamedError } from "../../../schemas/tables/errors.ts";
import type { Dataset, LearningCurve } from "../../../schemas/types.ts";

type Trial = Dataset["trials"][number];
/** Where a share's train.jsonl lies, and how many documents it holds. */
export type Drawn = Required<Pick<Trial, "trainShare" | "trainFolder" | "trainDocuments">>;

// As many trials as an execution may have.
const most = 30;

/**
 * Numbered from 0: by algorithm, then share, then seed; what no seed changes is trained once a share. Throws InvalidInput for more than an execution
 * may have.
 */
export function curveTrials(
  defaults: readonly Trial[],
  { shares, seeds }: LearningCurve,
  drawn: readonly Drawn[],
): Trial[] {
  const seedsOf = ({ algorithm }: Trial) => (needsOf(algorithm).usesSeed ? seeds : 1);
  const count = defaults.reduce((sum, trial) => sum + shares.length * seedsOf(trial), 0);
  if (count > most)
    throw new NamedError(
      "InvalidInput",
      `/curve: ${shares.length} shares and ${seeds} seeds of ${defaults.length} algorithms are ${count} trainings, and ${most} are the most. Ask for fewer, or name one of the /algorithms.`,
    );
  const trials = defaults.flatMap((trial) =>
    drawn.flatMap((share) =>
      Array.from({ length: seedsOf(trial) }, (_, more) => ({
        ...trial,
        hyperparameters: { ...trial.hyperparameters, seed: trial.hyperparameters.seed + more },
        ...share,
      })),
    ),
  );
  return trials.map((trial, number) => ({ ...trial, trial: number }));
}
