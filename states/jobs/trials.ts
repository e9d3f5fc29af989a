import { algorithms } from "../../schemas/tables/algorithms.ts";
import type { ChoiceState, MapState, PassState, TaskState } from "../asl.ts";
import { jobTable } from "../job-table.ts";
import { limit } from "../limits.ts";
import { expression, invoke } from "../tasks.ts";
import { firstInstance } from "./instances.ts";
import { explainJobFailure, jobEnded, jobUsage } from "./sagemaker.ts";
import { train } from "./train.ts";

const trainInstance: PassState = {
  ...firstInstance("Train"),
  Assign: { ...firstInstance("Train").Assign, trial: "{% $states.input %}" },
};

// The job's description, if SageMaker took the request: a failed training is paid for too.
const description = "$substring($trainEnd.cause, 0, 1) = '{' ? $parse($trainEnd.cause) : {}";
const usage = expression(jobUsage("Train")).replaceAll("$states.result.", "$job.");
const said = "$substring($states.errorOutput.Cause, 0, 1) = '{' ? $parse($states.errorOutput.Cause) : {}";

const trainFailed: TaskState = {
  ...explainJobFailure("Train"),
  Catch: [
    {
      // The other trials go on: what this one was for is lost, the execution is not.
      ErrorEquals: ["States.ALL"],
      Output: `{% ($job := ${description}; $said := ${said}; ${expression({
        trial: "{% $trial.trial %}",
        algorithm: "{% $trial.algorithm %}",
        status: "failed",
        modelKey: null,
        score: null,
        standardError: null,
        failure: {
          name: "{% $states.errorOutput.Error %}",
          message:
            "{% $exists($said.errorMessage) ? $said.errorMessage : 'Its failure could not be explained.' %}",
        },
        usage: `{% $exists($job.ResourceConfig) ? ${usage} : null %}`,
      })}) %}`,
      Next: "PassedOver",
    },
  ],
};

const unscored = {
  status: "failed",
  modelKey: null,
  failure: {
    name: jobTable.Train.error,
    message:
      "The training was completed, but reported no score on the validation side, so it cannot be compared with the others.",
  },
};

/**
 * The trials as they ended, as a JSONata expression. One of several that has no score has failed: nothing says that it
 * is as good as another. A single one is compared with nothing.
 */
const ended = `[$map($states.result, function($one) {
  $count($states.result) > 1 and $one.status = 'completed' and $one.score = null ? $merge([$one, ${expression(unscored)}]) : $one
})]`.replace(/\s+/g, " ");

/**
 * The best of the finished trials, as a JSONata expression: the simplest within one standard error of the best score
 * (Breiman, Friedman, Olshen, Stone 1984, section 3.4.3), as the best of several is partly the luckiest. An algorithm is
 * simpler than those after it in the list; of one algorithm, the trial that comes first, as the default does.
 */
const best = `(
  $done := [${ended}[status = 'completed']];
  $scored := [$done[score != null]];
  $best := $sort($scored, function($a, $b) { $a.score < $b.score or ($a.score = $b.score and $a.trial > $b.trial) })[0];
  $lowest := $round($best.score - ($best.standardError = null ? 0 : $best.standardError), 4);
  $good := $count($scored) = 0 ? $done : [$scored[score >= $lowest]];
  $places := ${expression(Object.fromEntries(algorithms.map((algorithm, place) => [algorithm, place])))};
  $place := function($one) { $lookup($places, $one.algorithm) };
  $first := $sort($good, function($a, $b) { $place($a) > $place($b) or ($place($a) = $place($b) and $a.trial > $b.trial) })[0];
  $exists($first) ? $first.trial : null
)`.replace(/\s+/g, " ");

export const trials: MapState = {
  Comment:
    "Trains each model of the plan. A trial that fails is recorded and passed over as long as another succeeds.",
  Type: "Map",
  Items: "{% $dataset.trials %}",
  // An account may have no more instances than this; an execution may ask for fewer.
  MaxConcurrency:
    "{% $min([$number('${TrainTrialsAtOnce}'), $exists($run.tuning.parallel) ? $run.tuning.parallel : $number('${TrainTrialsAtOnce}')]) %}",
  ItemProcessor: {
    StartAt: "TrainInstance",
    States: {
      TrainInstance: trainInstance,
      Train: train,
      TrainEnded: jobEnded("Train", "Trained"),
      Trained: { Comment: "The trial's archive is in the bucket.", Type: "Pass", End: true },
      TrainFailed: trainFailed,
      PassedOver: { Comment: "The trial is recorded as failed.", Type: "Pass", End: true },
    },
  },
  Output: {
    trials: `{% ${ended} %}`,
    chosen: `{% ${best} %}`,
    redriveCount: "{% $states.context.Execution.RedriveCount %}",
  },
  Next: "TrialsEnded",
};

export const trialsEnded: ChoiceState = {
  Comment: "Goes on if a trial succeeded.",
  Type: "Choice",
  Choices: [{ Condition: "{% $states.input.chosen != null %}", Next: "TrialChosen" }],
  Default: "TrialsFailed",
};

/** The chosen trial of what Trials puts out. */
export const chosenOf = (ended: string) => `${ended}.trials[trial = ${ended}.chosen]`;

/** As explainJobFailure: a Task, so that a redrive comes in here and is led back to the trials. */
export const trialsFailed: TaskState = {
  Comment: "Fails as the first trial did, or leads back to the trials after a redrive.",
  ...invoke("ExplainJobFailure", {
    failure: "{% $states.input.trials[0].failure %}",
    failedAtRedriveCount: "{% $states.input.redriveCount %}",
    redriveCount: "{% $states.context.Execution.RedriveCount %}",
  }),
  TimeoutSeconds: limit("smallTaskTimeout"),
  Next: "Trials",
};
