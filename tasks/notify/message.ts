import { runPrefix } from "../../schemas/bucket.ts";
import { adviceOn, otherSettings } from "../../schemas/execution/advice.ts";
import { defaultModel, modelOf, ofModel, optionOf } from "../../schemas/models/registered-models.ts";
import { oneLine } from "../../schemas/printable.ts";
import { errorMeanings } from "../../schemas/tables/errors.ts";
import { type Baseline, defaultKind, type Metric, wordsOf } from "../../schemas/tables/kinds.ts";
import type { Kind, RunReceipt, Scores } from "../../schemas/types.ts";
import { publicationInWords, registrationInWords } from "../report/published.ts";
import { isOurs } from "./receipt.ts";

/**
 * What operators read in their mail: what happened, why, and what to type. The subject is ASCII, below 100 characters.
 *
 * @param options What a command needs behind it to reach this installation: ` --cloud`, say.
 */
export function wordMessage(receipt: RunReceipt, options: string): { subject: string; message: string } {
  const { subject, lines } = failed(receipt) ? ofFailure(receipt, options) : ofVerdict(receipt, options);
  const model = modelOfReceipt(receipt);
  const registered = model === defaultModel ? [] : ["", `Registered model: ${model}`];
  const reason = receipt.reason === "" ? [] : ["", `Started because: ${oneLine(receipt.reason)}`];
  const files = [...bill(receipt), ...logs(receipt), `Receipt: ${runPrefix(receipt.execution)}receipt.json`];
  return {
    // SNS refuses 100 characters and more, and everything that is not printable ASCII.
    subject: subject.replace(/[^ -~]/g, "?").slice(0, 99),
    message: `${[...lines, ...registered, ...reason, "", ...files].join("\n")}\n`,
  };
}

const forModel = (model: string) => (model === defaultModel ? "" : ` for ${model}`);

/** The default one where the input was of no use: of such a failure only the execution is told. */
const modelOfReceipt = ({ settings }: RunReceipt) => modelOf(settings ?? {});

/** No line where nothing was rented. */
function bill({ cost, jobs }: RunReceipt): string[] {
  if (!cost) return [];
  const prices = `${cost.region} list prices of ${cost.pricesAsOf}`;
  if (cost.usd !== null) return [`Cost of the jobs: ${cost.usd.toFixed(2)} USD at ${prices}.`];
  const why =
    cost.unpriced.length > 0
      ? `no price for ${cost.unpriced.join(", ")} in the ${prices}`
      : "a job's times are missing";
  const known = (jobs ?? []).reduce((sum, { usd }) => sum + (usd ?? 0), 0);
  const others = known > 0 ? `; the others cost ${known.toFixed(2)} USD` : "";
  return [`Cost of the jobs: not known, ${why}${others}.`];
}

function logs({ jobs, trials }: RunReceipt): string[] {
  const isOneOfSeveral = (trials?.length ?? 0) > 1;
  return (jobs ?? []).map(({ state, trial, log }) =>
    trial !== undefined && isOneOfSeveral
      ? `Log of ${state}, trial ${trial}: ${log}`
      : `Log of ${state}: ${log}`,
  );
}

/** Which of several models was judged, and what became of the others. */
function trialsIn({ trials }: RunReceipt): string[] {
  if (!trials || trials.length < 2) return [];
  const chosen = trials.find((one) => one.chosen);
  const score = (chosen?.score ?? null) === null ? "" : `, validation score ${chosen!.score!.toFixed(4)}`;
  return [
    chosen
      ? `Trials: ${trials.length}; the model is that of trial ${chosen.trial} (${chosen.algorithm}${score}).`
      : `Trials that had ended: ${trials.length}.`,
    ...trials.flatMap(({ trial, failure }) =>
      failure
        ? [`Trial ${trial} failed and was passed over: ${failure.name}: ${oneLine(failure.message)}`]
        : [],
    ),
  ];
}

function ofVerdict(receipt: RunReceipt, options: string): { subject: string; lines: string[] } {
  const { execution, verdict, generation, version, metrics, embeddings } = receipt;
  const model = modelOfReceipt(receipt);
  const evidence = [
    "",
    "Why:",
    ...receipt.reasons.map((reason) => `- ${oneLine(reason)}`),
    "",
    ...(metrics ? scores(receipt.kind ?? defaultKind, metrics) : []),
    ...(embeddings
      ? [
          `Embeddings: ${embeddings.texts} texts, ${embeddings.embedded} computed, ${embeddings.reused} reused.`,
        ]
      : []),
    ...trialsIn(receipt),
    `Evidence: ${runPrefix(execution)}verdict.json`,
    "",
  ];
  const registered = receipt.registration ? [registrationInWords(receipt.registration)] : [];
  const rerun = `To try other settings on the same export: ${otherSettings(execution, receipt.settings, options)}`;
  if (verdict === "promote" && receipt.approval)
    return {
      subject: `Awaiting approval${forModel(model)}: ${execution}`,
      lines: [
        `The gate would promote the model of ${execution}, and a person has to approve it first${receipt.approval.asked === "four-eyes" ? ", another one than who started the run" : ""}. The model in use stays until then.`,
        ...registered,
        ...evidence,
        `To put it in use: pbp approve ${execution} --reason "why"${options}`,
        `To close it: pbp decline ${execution} --reason "why"${options}`,
      ],
    };
  if (verdict === "promote")
    return {
      subject: `Promoted: generation ${generation}${ofModel(model)} (${execution})`,
      lines: [
        `The model of ${execution} is in use: generation ${generation}${ofModel(model)}, version ${version}.`,
        ...(receipt.publication ? [publicationInWords(receipt.publication)] : []),
        ...registered,
        ...evidence,
        `To go back to the model before: pbp rollback${optionOf(model)} --reason "why"${options}`,
      ],
    };
  if (verdict === "inconclusive")
    return {
      subject: `Inconclusive${forModel(model)}: ${execution}`,
      lines: [
        `The test rows cannot tell the model of ${execution} from the one in use, which stays.`,
        ...evidence,
        "More annotated documents narrow the interval.",
        rerun,
      ],
    };
  return {
    subject: `Rejected${forModel(model)}: ${execution}`,
    lines: [
      `The model of ${execution} was not promoted; the model in use, if any, stays.`,
      ...evidence,
      rerun,
    ],
  };
}

/** A line for each metric that the kind may be judged by, beside the best answer that needs no model. */
function scores(kind: Kind, metrics: NonNullable<RunReceipt["metrics"]>): string[] {
  const words = wordsOf(kind);
  return (Object.entries(words.metrics) as [Metric, string][]).map(([metric, name]) => {
    const champion = metrics.champion ? `${metrics.champion[metric].toFixed(4)} in use` : "none in use";
    const others = (Object.entries(metrics.baselines) as [Baseline, Scores][]).sort(
      ([, one], [, other]) => other[metric] - one[metric],
    );
    const [best, scored] = others[0]!;
    return `${name}: ${metrics.challenger[metric].toFixed(4)}, ${champion}, ${scored[metric].toFixed(4)} for ${words.baselines[best]?.is ?? best}.`;
  });
}

type Failure = RunReceipt & { status: "FAILED" | "TIMED_OUT" | "ABORTED" };

function ofFailure(failure: Failure, options: string): { subject: string; lines: string[] } {
  const { execution, status, error, generation } = failure;
  const model = modelOfReceipt(failure);
  const name = error?.name ?? "Unknown";
  const did = { FAILED: "failed", TIMED_OUT: "timed out", ABORTED: "was stopped" }[status];
  return {
    subject: `${name}${forModel(model)}: ${execution} ${did}`,
    lines: [
      `${execution} ${did}: ${name}.${isOurs(name) ? ` ${errorMeanings[name]}` : ""}`,
      // Only what comes after Notify can fail with a generation taken.
      generation === null
        ? "Nothing was promoted by it; the model in use stays."
        : `Its model is in use all the same: generation ${generation}${ofModel(model)}.`,
      "",
      "Why:",
      `- ${oneLine(error?.message ?? "No reason was given.")}`,
      "",
      ...trialsIn(failure),
      adviceOn({ execution, status, error: name, model }, options),
      // Every error of ours is a heading there; of AWS's, only those that the definition names.
      `Runbook: docs/runbook.md${isOurs(name) ? `#${name.toLowerCase()}` : ""}`,
    ],
  };
}

function failed(receipt: RunReceipt): receipt is Failure {
  return receipt.status !== "SUCCEEDED";
}
