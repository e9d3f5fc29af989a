// Which models an execution trains: the default of each algorithm, then points that the seed alone decides on.
import common from "../../../schemas/common.schema.json" with { type: "json" };
import { type Algorithm, needsOf } from "../../../schemas/tables/algorithms.ts";
import { NamedError } from "../../../schemas/tables/errors.ts";
import { wordsOf } from "../../../schemas/tables/kinds.ts";
import type { Dataset, Kind, Run } from "../../../schemas/types.ts";
import { scrambledHalton } from "./halton.ts";

type Trial = Dataset["trials"][number];
/** What of an execution decides on its trials. */
export type Planned = Pick<Run, "epochs" | "hyperparameters" | "baseModel" | "tuning">;
type Tuning = NonNullable<Run["tuning"]>;
type Ranged = keyof Tuning["ranges"];
type Range = readonly [from: number, to: number];

/** What tuning varies of an algorithm, besides the base model. Never the seed: to choose among seeds is to choose luck. */
const varied = (algorithm: Algorithm): readonly Ranged[] => needsOf(algorithm).settings;
const whole: readonly Ranged[] = ["batchSize", "epochs", "maxSequenceLength"];

/** As many draws may repeat an earlier trial: whole numbers between close ends. */
const mostRepeats = 1000;

/**
 * The trials of an execution, numbered from 0.
 *
 * @param algorithms The simplest first; each has its default trial.
 * Throws InvalidInput when the tuning asks for what no algorithm varies, or for more points than its ranges have.
 */
export function trialsOf(run: Planned, kind: Kind, algorithms: readonly Algorithm[]): Trial[] {
  const learningRate = rateOf(run, kind, run.baseModel);
  const settings = { epochs: run.epochs, hyperparameters: { learningRate, ...run.hyperparameters } };
  const { name, prefix, weightsSha256 } = run.baseModel;
  const defaults = algorithms.map((algorithm, trial) => ({
    trial,
    algorithm,
    baseModel: { name, prefix, weightsSha256 },
    ...settings,
  }));
  if (run.tuning === null) return defaults;
  refuseUnused(run.tuning, algorithms);
  return tuned(run, kind, run.tuning, defaults);
}

/** What the input names, else what suits the base model and the kind. */
function rateOf({ hyperparameters }: Planned, kind: Kind, baseModel: Run["baseModel"]): number {
  if (hyperparameters.learningRate !== undefined) return hyperparameters.learningRate;
  const rate = baseModel.learningRate! * wordsOf(kind).learningRateShare;
  return Number(rate.toPrecision(12)); // 0.0002, not 0.00020000000000000002
}

function tuned(run: Planned, kind: Kind, tuning: Tuning, defaults: readonly Trial[]): Trial[] {
  const trials = [...defaults];
  const drawn = new Set(trials.map(identity));
  const points = new Map(
    defaults.map(({ algorithm }) => [algorithm, pointsOf(run, kind, tuning, algorithm)] as const),
  );
  let repeats = 0;
  // In turn, so that a small budget tries every algorithm.
  for (let turn = 0; trials.length < tuning.trials; turn++) {
    const { algorithm } = defaults[turn % defaults.length]!;
    const settings = points.get(algorithm)!(Math.floor(turn / defaults.length));
    const point = { trial: trials.length, algorithm, ...settings };
    if (!drawn.has(identity(point))) {
      drawn.add(identity(point));
      trials.push(point);
    } else if (++repeats > mostRepeats) {
      throw new NamedError(
        "InvalidInput",
        `/tuning/trials asks for ${tuning.trials} trials, but its ranges have only ${trials.length} different ones. Widen a range, or ask for fewer.`,
      );
    }
  }
  return trials;
}

/** The settings of an algorithm by their number, without end. */
function pointsOf(
  run: Planned,
  kind: Kind,
  { ranges, baseModels }: Tuning,
  algorithm: Algorithm,
): (index: number) => Omit<Trial, "trial" | "algorithm"> {
  const { epochs, hyperparameters } = run;
  const pointAt = scrambledHalton(varied(algorithm).length + 1, hyperparameters.seed);
  return (index) => {
    const point = pointAt(index);
    // Where none is read, trials differ in nothing by it.
    const choice = needsOf(algorithm).readsBaseModel ? Math.floor(point.at(-1)! * baseModels.length) : 0;
    const baseModel = baseModels[choice]!;
    const learningRate = rateOf(run, kind, baseModel);
    const values = varied(algorithm).map((name, dimension) => {
      const range = ranges[name] ?? around(name, run, learningRate);
      return [name, at(point[dimension]!, range as Range, whole.includes(name))];
    });
    const { epochs: passes = epochs, ...others } = Object.fromEntries(values);
    const { name, prefix, weightsSha256 } = baseModel;
    return {
      baseModel: { name, prefix, weightsSha256 },
      epochs: passes,
      hyperparameters: { learningRate, ...hyperparameters, ...others },
    };
  };
}

const limits = { ...common.$defs.hyperparameters.properties, epochs: common.$defs.epochs };

/** The range of a setting that the input does not name: around the default, within what the setting may be. */
function around(
  name: Ranged,
  { epochs, hyperparameters: { batchSize, maxSequenceLength, regularization } }: Planned,
  learningRate: number,
): Range {
  switch (name) {
    case "learningRate":
      return [learningRate / 4, Math.min(learningRate * 4, limits.learningRate.maximum)];
    case "batchSize":
      return [Math.ceil(batchSize / 2), Math.min(batchSize * 2, limits.batchSize.maximum)];
    case "epochs":
      return [Math.ceil(epochs / 2), Math.min(epochs * 2, limits.epochs.maximum)];
    case "regularization": {
      const { minimum, maximum } = limits.regularization;
      return [Math.max(regularization / 100, minimum), Math.min(regularization * 10, maximum)];
    }
    case "maxSequenceLength":
      // A longer window costs more than in proportion, and has to be asked for.
      return [maxSequenceLength, maxSequenceLength];
  }
}

/** The value at a place in [0, 1) of a range, in log space: from 1e-5 to 1e-4 is as far as from 1e-4 to 1e-3. */
function at(place: number, [from, to]: Range, isWhole: boolean): number {
  if (isWhole) {
    // One above the end, so that both ends are as likely as what lies between.
    const value = Math.floor(from * ((to + 1) / from) ** place);
    return Math.min(Math.max(value, from), to);
  }
  const value = Number((from * (to / from) ** place).toPrecision(3));
  return Math.min(Math.max(value, from), to);
}

const identity = ({ algorithm, baseModel, epochs, hyperparameters }: Omit<Trial, "trial">) =>
  JSON.stringify([algorithm, baseModel.weightsSha256, epochs, hyperparameters]);

function refuseUnused({ ranges, baseModels }: Tuning, algorithms: readonly Algorithm[]): void {
  const useful = new Set(algorithms.flatMap((algorithm) => varied(algorithm)));
  for (const name of Object.keys(ranges) as Ranged[])
    if (!useful.has(name))
      throw new NamedError(
        "InvalidInput",
        `/tuning/ranges/${name} is not a setting of what is trained here (${algorithms.join(", ")}). Leave it out.`,
      );
  if (baseModels.length > 1 && !algorithms.some((algorithm) => needsOf(algorithm).readsBaseModel))
    throw new NamedError(
      "InvalidInput",
      `/tuning/baseModels: what is trained here (${algorithms.join(", ")}) has no base model. Leave it out.`,
    );
}
