// Health rules: what a training's log shows that somebody should look at. They decide nothing: a model is judged by what
// it answers on the test rows, however it was trained.
import type { Finding, TrainingLogLine, TrainingStep, TrainingValidation } from "../../schemas/types.ts";

/** When a rule speaks, and why then. All but the last are shares of the prior loss, or of another loss. */
export const thresholds = {
  /** A batch's loss is noisy; the mean of a tenth of a training is within a few per cent of the truth. */
  notFalling: 0.95,
  /** Noise moves a loss near 0 by half its size; it must also be a rise that matters beside where it began. */
  rises: { times: 1.5, ofPrior: 0.1 },
  /** A validation loss that rises by half says that wrong answers are given as surely as right ones. */
  validationLossRises: 1.5,
  /** Of a training that has come to rest, two tenths differ by noise: less than a hundredth of the prior loss. */
  stillFalls: 0.02,
  /** Below a half, most of the time on the machine is paid for and not trained in. */
  busy: 0.5,
};
/** Of a training's steps: what a mean is taken over. */
const part = 0.1;
/** Fewer lines than this make no curve. */
const fewestSteps = 10;

type Trial = { trial: number; lines: readonly TrainingLogLine[] };
type Rule = (curve: Curve) => string | null;
type Curve = {
  steps: readonly TrainingStep[];
  validations: readonly TrainingValidation[];
  /** Of one who knows only how frequent each answer is; where the log does not say it, the first step's. */
  prior: number;
  /** Means over a tenth of the training, at its beginning, at its lowest, before its end and at its end. */
  lowest: number;
  before: number;
  end: number;
};

/** What the logs of an execution's trials show, in the order of the trials and of the rules. */
export function findingsOf(trials: readonly Trial[]): Finding[] {
  return trials.flatMap(({ trial, lines }) => {
    const curve = curveOf(lines);
    if (!curve) return [];
    return Object.entries(rules).flatMap(([rule, apply]) => {
      const message = apply(curve);
      return message === null ? [] : [{ rule: rule as Finding["rule"], trial, message }];
    });
  });
}

const rules: Record<Finding["rule"], Rule> = {
  "loss-not-falling": ({ end, prior }) =>
    end > thresholds.notFalling * prior
      ? `The training loss ended at ${shown(end)}; a model that reads no text and knows how frequent each answer is would have ${shown(prior)}. Look at the labels, and try another learning rate.`
      : null,
  diverging: ({ end, lowest, prior }) =>
    end > thresholds.rises.times * lowest && end - lowest > thresholds.rises.ofPrior * prior
      ? `The training loss rose from ${shown(lowest)} to ${shown(end)} at the end. Try a lower learning rate.`
      : null,
  overtraining({ validations }) {
    const scored = validations.filter(({ epoch }) => epoch !== undefined);
    const last = scored.at(-1);
    if (!last) return null;
    const best = scored.reduce((high, one) => (one.validation.score > high.validation.score ? one : high));
    if (best.validation.score - last.validation.score > last.validation.standardError)
      return `The score on the validation side was highest after epoch ${best.epoch} (${score(best)}) and ended at ${score(last)}, more than its standard error below. Try fewer epochs, or patience.`;
    const lossOf = ({ validation: { loss } }: TrainingValidation) => loss ?? Number.NaN;
    const lowest = scored.reduce((low, one) => (lossOf(one) < lossOf(low) ? one : low));
    return lossOf(last) > thresholds.validationLossRises * lossOf(lowest)
      ? `The loss on the validation side was lowest after epoch ${lowest.epoch} (${shown(lossOf(lowest))}) and ended at ${shown(lossOf(last))}: wrong answers have become as sure as right ones. Try fewer epochs, or patience.`
      : null;
  },
  "still-improving"({ steps, validations, before, end, prior }) {
    // A fit of a linear model ends where it has converged.
    if (steps[0]?.epoch === undefined) return null;
    const [previous, last] = validations.slice(-2);
    if (previous && last) {
      const gain = last.validation.score - previous.validation.score;
      return gain > last.validation.standardError
        ? `The last epoch still raised the score on the validation side from ${score(previous)} to ${score(last)}, by more than its standard error. Try more epochs.`
        : null;
    }
    return before - end > thresholds.stillFalls * prior
      ? `The training loss still fell at the end, from ${shown(before)} to ${shown(end)} over the last two tenths of the steps. Try more epochs.`
      : null;
  },
  "accelerator-idle"({ steps }) {
    let [all, busy, before] = [0, 0, 0];
    for (const { seconds, busy: share } of steps) {
      if (share === undefined) return null;
      all += seconds - before;
      busy += share * (seconds - before);
      before = seconds;
    }
    return busy < thresholds.busy * all
      ? `Only ${Math.round((100 * busy) / all)} % of the training's time went on steps, the rest on rows and checkpoints: a faster GPU would not help. Try larger batches, or a machine with more or faster cores and disks.`
      : null;
  },
};

function curveOf(lines: readonly TrainingLogLine[]): Curve | null {
  const steps = lines.filter((line) => "loss" in line);
  const validations = lines.filter((line) => "validation" in line);
  if (steps.length < fewestSteps) return null;
  const window = Math.max(1, Math.round(part * steps.length));
  const means = steps.slice(window - 1).map((_, end) => mean(steps.slice(end, end + window)));
  return {
    steps,
    validations,
    prior: steps[0]!.priorLoss ?? steps[0]!.loss,
    lowest: Math.min(...means),
    before: means.at(-1 - window) ?? means[0]!,
    end: means.at(-1)!,
  };
}

const mean = (steps: readonly TrainingStep[]) =>
  steps.reduce((sum, { loss }) => sum + loss, 0) / steps.length;
const shown = (loss: number) => loss.toPrecision(3);
const score = ({ validation }: TrainingValidation) => validation.score.toFixed(4);
