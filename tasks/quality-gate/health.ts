// Health rules: what a training's log shows that somebody should look at. They decide nothing: a model is judged by what
// it answers on the test rows, however it was trained.
import type { Finding, TrainingLogLine, TrainingStep, TrainingValidation } from "../../schemas/types.ts";

/** When a rule speaks, and why then. */
export const thresholds = {
  /** A batch's loss is noisy; the mean of a tenth of a training is within a few per cent of the truth. */
  notFalling: 0.95,
  /** Noise moves a loss near 0 by half its size; it must also be a rise that matters beside the prior loss. */
  rises: { times: 1.5, ofPrior: 0.1 },
  /** Chance alone moves a score by two standard errors once in twenty times, and less than a hundredth is of no use. */
  scoreMoves: { errors: 2, least: 0.01 },
  /** Of a training that has come to rest, the last two quarters differ by a few hundredths of the prior loss. */
  stillFalls: 0.05,
  /** Below a half, most of the time on the machine is paid for and not trained in. */
  busy: 0.5,
};
/** Of a training's steps: what the mean of a loss is taken over. */
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
  /** Means over a tenth of the training, at its lowest and at its end. */
  lowest: number;
  end: number;
  /** Means over its last two quarters. */
  third: number;
  fourth: number;
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
    rises(lowest, end, prior)
      ? `The training loss rose from ${shown(lowest)} to ${shown(end)} at the end. Try a lower learning rate.`
      : null,
  overtraining({ validations, prior }) {
    const scored = validations.filter(({ epoch }) => epoch !== undefined);
    const last = scored.at(-1);
    if (!last) return null;
    const best = scored.reduce((high, one) => (one.validation.score > high.validation.score ? one : high));
    if (best.validation.score - last.validation.score > margin(last))
      return `The score on the validation side was highest after epoch ${best.epoch} (${score(best)}) and ended at ${score(last)}, more than two standard errors below. Try fewer epochs, or patience.`;
    const lossOf = ({ validation: { loss } }: TrainingValidation) => loss ?? Number.NaN;
    const lowest = scored.reduce((low, one) => (lossOf(one) < lossOf(low) ? one : low));
    return rises(lossOf(lowest), lossOf(last), prior)
      ? `The loss on the validation side was lowest after epoch ${lowest.epoch} (${shown(lossOf(lowest))}) and ended at ${shown(lossOf(last))}: wrong answers have become as sure as right ones. Try fewer epochs, or patience.`
      : null;
  },
  "still-improving"({ steps, validations, third, fourth, prior }) {
    // A fit of a linear model ends where it has converged.
    if (steps[0]?.epoch === undefined) return null;
    const [previous, last] = validations.slice(-2);
    if (previous && last) {
      const gain = last.validation.score - previous.validation.score;
      return gain > margin(last)
        ? `The last epoch still raised the score on the validation side from ${score(previous)} to ${score(last)}, by more than two standard errors. Try more epochs.`
        : null;
    }
    return third - fourth > thresholds.stillFalls * prior
      ? `The training loss still fell at the end, from ${shown(third)} in the third quarter of the steps to ${shown(fourth)} in the last. Try more epochs.`
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
    end: means.at(-1)!,
    third: mean(steps.slice(Math.floor(steps.length / 2), Math.floor((3 * steps.length) / 4))),
    fourth: mean(steps.slice(Math.floor((3 * steps.length) / 4))),
  };
}

const rises = (from: number, to: number, prior: number) =>
  to > thresholds.rises.times * from && to - from > thresholds.rises.ofPrior * prior;
const margin = ({ validation: { standardError } }: TrainingValidation) =>
  Math.max(thresholds.scoreMoves.errors * standardError, thresholds.scoreMoves.least);
const mean = (steps: readonly TrainingStep[]) =>
  steps.reduce((sum, { loss }) => sum + loss, 0) / steps.length;
const shown = (loss: number) => loss.toPrecision(3);
const score = ({ validation }: TrainingValidation) => validation.score.toFixed(4);
