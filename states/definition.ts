import { announce } from "./announce.ts";
import type { StateMachine } from "./asl.ts";
import { checkArtifacts } from "./check-artifacts.ts";
import { evaluate, evaluateEnded, evaluateFailed } from "./jobs/evaluate.ts";
import { jobs } from "./jobs/jobs.ts";
import { limit } from "./limits.ts";
import { notify } from "./notify.ts";
import { inconclusive, outcome, promoted, rejected } from "./outcome.ts";
import { preprocess } from "./preprocess.ts";
import { promote } from "./promote.ts";
import { qualityGate } from "./quality-gate.ts";
import { readChampion } from "./read-champion.ts";
import { validateInput } from "./validate-input.ts";
import { verdict } from "./verdict.ts";

/** The state machine, with `${Name}` where the cloud and the local engine put their own names. */
export const definition: StateMachine = {
  Comment:
    "Trains a keyphrase model on an export of labelled notes and promotes it if it is better than the one in use.",
  QueryLanguage: "JSONata",
  TimeoutSeconds: limit("machineTimeout"),
  StartAt: "ValidateInput",
  States: {
    ValidateInput: validateInput,
    Preprocess: preprocess,
    Jobs: jobs,
    CheckArtifacts: checkArtifacts,
    ReadChampion: readChampion,
    Evaluate: evaluate,
    EvaluateEnded: evaluateEnded,
    EvaluateFailed: evaluateFailed,
    QualityGate: qualityGate,
    Verdict: verdict,
    Promote: promote,
    Notify: notify,
    Announce: announce,
    Outcome: outcome,
    Promoted: promoted,
    Rejected: rejected,
    Inconclusive: inconclusive,
  },
};

/** Everything that an engine must say before the definition can run. */
export const substitutionNames = [
  "Partition",
  "StackName",
  "DataBucket",
  "TopicArn",
  "ValidateInputFunctionArn",
  "PreprocessFunctionArn",
  "CheckArtifactsFunctionArn",
  "ReadChampionFunctionArn",
  "QualityGateFunctionArn",
  "PromoteFunctionArn",
  "NotifyFunctionArn",
  "ExplainJobFailureFunctionArn",
  "EmbedRoleArn",
  "TrainRoleArn",
  "EvaluateRoleArn",
  "EmbedImageUri",
  "TrainImageUri",
  "EvaluateImageUri",
  "EmbedInstances",
  "EmbedIdleInstances",
  "EmbedInstanceCount",
  "TrainInstances",
  "TrainInstanceCount",
  "EvaluateInstances",
  "JobSubnetIds",
  "JobSecurityGroupId",
  "DataKeyArn",
  "ProcessingLogUrl",
  "TrainingLogUrl",
] as const;

export type Substitutions = Record<(typeof substitutionNames)[number], string>;

/**
 * Puts an engine's names into the definition, as CloudFormation does with DefinitionSubstitutions.
 *
 * @throws Error when the definition holds a placeholder that `values` does not.
 */
export function substitute(values: Substitutions): StateMachine {
  return fillIn(definition, values);
}

/** The same for any machine. */
export function fillIn(machine: StateMachine, values: Readonly<Record<string, string>>): StateMachine {
  const known = new Map<string, string>(Object.entries(values));
  const text = JSON.stringify(machine).replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = known.get(name);
    if (value === undefined) throw new Error(`The definition needs a value for \${${name}}.`);
    return JSON.stringify(value).slice(1, -1);
  });
  return JSON.parse(text) as StateMachine;
}
