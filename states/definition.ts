import { announce } from "./announce.ts";
import type { StateMachine } from "./asl.ts";
import { checkArtifacts } from "./check-artifacts.ts";
import { curveAsked, measured } from "./curve.ts";
import { evaluate, evaluateEnded, evaluateFailed } from "./jobs/evaluate.ts";
import { jobs } from "./jobs/jobs.ts";
import { preprocessAnswer, preprocessHost, preprocessJob, preprocessJobFailed } from "./jobs/preprocess.ts";
import { promoteAnswer, promoteEnded, promoteHost, promoteTask, promoteTaskFailed } from "./jobs/promote.ts";
import { limit } from "./limits.ts";
import { notify } from "./notify.ts";
import { awaitingApproval, inconclusive, outcome, promoted, rejected } from "./outcome.ts";
import { preprocess } from "./preprocess.ts";
import { promote } from "./promote.ts";
import { publish } from "./publish.ts";
import { qualityGate } from "./quality-gate.ts";
import { checkKind, readChampion } from "./read-champion.ts";
import { register } from "./register.ts";
import { validateInput } from "./validate-input.ts";
import { approvalAsked, verdict } from "./verdict.ts";

/** The state machine, with `${Name}` where the cloud and the local engine put their own names. */
export const definition: StateMachine = {
  Comment:
    "Trains a model on an export of labelled notes and promotes it if it is better than the one in use.",
  QueryLanguage: "JSONata",
  TimeoutSeconds: limit("machineTimeout"),
  StartAt: "ValidateInput",
  States: {
    ValidateInput: validateInput,
    PreprocessHost: preprocessHost,
    Preprocess: preprocess,
    PreprocessJob: preprocessJob,
    PreprocessJobFailed: preprocessJobFailed,
    PreprocessAnswer: preprocessAnswer,
    CheckKind: checkKind,
    Jobs: jobs,
    CurveAsked: curveAsked,
    Measured: measured,
    CheckArtifacts: checkArtifacts,
    ReadChampion: readChampion,
    Evaluate: evaluate,
    EvaluateEnded: evaluateEnded,
    EvaluateFailed: evaluateFailed,
    QualityGate: qualityGate,
    Verdict: verdict,
    ApprovalAsked: approvalAsked,
    PromoteHost: promoteHost,
    Promote: promote,
    PromoteTask: promoteTask,
    PromoteTaskFailed: promoteTaskFailed,
    PromoteAnswer: promoteAnswer,
    PromoteEnded: promoteEnded,
    Publish: publish(
      {
        model: "{% $run.model %}",
        generation: "{% $promotion.generation %}",
        version: "{% $promotion.version %}",
      },
      "Register",
    ),
    Register: register(
      {
        execution: "{% $run.execution %}",
        promotion:
          "{% $exists($promotion.generation) ? { 'model': $run.model, 'generation': $promotion.generation, 'version': $promotion.version } : null %}",
        declined: null,
      },
      "Notify",
    ),
    Notify: notify,
    Announce: announce,
    Outcome: outcome,
    Promoted: promoted,
    Rejected: rejected,
    Inconclusive: inconclusive,
    AwaitingApproval: awaitingApproval,
  },
};
