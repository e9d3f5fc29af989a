// model-card.md: what a model is, for whoever has to answer for it. The sections are those of Hugging Face's template
// (https://huggingface.co/docs/hub/model-card-annotated) and of CHAI's Applied Model Card (its schema v0.2,
// https://github.com/coalition-for-health-ai/mc-schema). What the run recorded is filled in; what only people can say
// comes from the deployment; what neither says is "not stated".
import { modelOf } from "../../schemas/models/registered-models.ts";
import { hasMacroF1, wordsOf } from "../../schemas/tables/kinds.ts";
import type { ModelCard, Scores, Verdict } from "../../schemas/types.ts";
import { count, percent, score, signed } from "./format.ts";
import { heading, list, markdownTable, text, yaml } from "./markdown.ts";
import { isWarning } from "./outcome.ts";
import { kindIn, type RunView } from "./run-view.ts";

const notStated = "not stated";

/** The card as the text of a file; of a run with a model. */
export function modelCardOf(view: RunView, said: ModelCard | null): string {
  const words = (field: Exclude<keyof ModelCard, "labels">) => {
    const value = said?.[field];
    return value === undefined ? notStated : text(value);
  };
  const { settings, version } = view;
  return [
    frontMatter(view, said),
    heading(1, `Model card: ${text(modelOf(settings ?? {}))}${version ? `, ${text(version)}` : ""}`),
    heading(2, "Basic information"),
    list([
      ["Name", text(modelOf(settings ?? {}))],
      ["Developed by", words("developer")],
      ["Contact", words("contact")],
      ["Model type", modelType(view)],
      ["Language", words("language")],
      ["License", words("license")],
      [
        "Fine-tuned from",
        `${text(settings?.baseModel ?? "the deployment's base model")} (license: ${words("baseModelLicense")})`,
      ],
      ["Keywords", words("keywords")],
    ]),
    heading(2, "Release"),
    list([
      ["Stage", words("releaseStage")],
      ["Date", text(view.endedAt ?? view.startedAt)],
      ["Version", version ? text(version) : "not promoted"],
      ["Generation", view.generation === null ? "not promoted" : count(view.generation)],
      ["Made by run", text(view.execution)],
      ["Availability", words("availability")],
      ["Regulatory approval", words("regulatoryApproval")],
      ["Expires or is reviewed", words("nextReview")],
    ]),
    heading(2, "Uses"),
    list([
      ["Intended use and workflow", words("intendedUse")],
      ["Downstream use", words("downstreamUse")],
      ["Primary users", words("primaryUsers")],
      ["How to use", words("howToUse")],
      ["Targeted patient population", words("targetPopulation")],
      ["Out of scope", words("outOfScope")],
    ]),
    heading(2, "Warnings: bias, risks and limitations"),
    list([
      ["Known risks and limitations", words("knownRisks")],
      ["Known biases and ethical considerations", words("knownBiases")],
      ["Clinical risk level", words("clinicalRiskLevel")],
      ["Recommendations", words("recommendations")],
      ["How to report a fault", words("faultReports")],
    ]),
    "Of every model of this pipeline: it is no better than the labels that it was trained on. It knows the kinds of text that the export holds, and no others. Its answer is a suggestion, not a coding decision. Its weights come from patient data and may have memorised parts of it: protect them as such.\n",
    heading(2, "Training data"),
    trainingData(view, words("dataSource")),
    labelTable(view, said),
    heading(2, "Training procedure"),
    procedure(view),
    heading(2, "Evaluation"),
    evaluation(view),
    heading(2, "Trust"),
    list([
      ["Bias mitigation", words("biasMitigation")],
      ["Ongoing maintenance", words("maintenance")],
      ["Security", words("security")],
      ["Transparency", words("transparency")],
      ["Stakeholders consulted", words("stakeholders")],
      ["Resources", words("resources")],
    ]),
    heading(2, "Environmental impact and hardware"),
    hardware(view),
  ].join("\n");
}

/** What Hugging Face's hub reads of a card. */
function frontMatter({ settings, files: { verdict, dataset } }: RunView, said: ModelCard | null): string {
  const lines = ["---"];
  if (said?.license) lines.push(`license: ${yaml(said.license)}`);
  if (said?.language) lines.push(`language: ${yaml(said.language)}`);
  if (settings?.baseModel) lines.push(`base_model: ${yaml(settings.baseModel)}`);
  if (verdict) {
    const { task } = wordsOf(verdict.kind);
    lines.push(
      "model-index:",
      `- name: ${yaml(modelOf(settings ?? {}))}`,
      "  results:",
      `  - task: {type: ${task}}`,
      `    dataset: {name: ${yaml(dataset?.exportId ?? "export")}, type: private}`,
      "    metrics:",
      ...fieldsOf(verdict).map(
        (field) => `    - {type: ${field}, value: ${verdict.metrics.challenger[field]}}`,
      ),
    );
  }
  return [...lines, "---", ""].join("\n");
}

/** Of keyphrases, a mean over labels cannot be counted. */
const fieldsOf = ({ kind }: Verdict): (keyof Scores)[] => [
  "accuracy",
  "precision",
  "recall",
  "f1",
  ...(hasMacroF1(kind) ? (["macroF1"] as const) : []),
];

function modelType(view: RunView): string {
  const kind = kindIn(view);
  const taken = view.trials?.find(({ chosen }) => chosen);
  const parts = [kind ?? notStated, taken?.algorithm].filter((part) => part !== undefined);
  return parts.map(text).join(", ");
}

function trainingData(
  { settings, files: { dataset, preprocess, profile, verdict } }: RunView,
  source: string,
): string {
  const found = preprocess && Object.values(preprocess.identifiers).reduce((sum, one) => sum + one, 0);
  const rows: [string, string][] = [["Source", source]];
  if (dataset)
    rows.push(
      [
        "Export",
        `${text(dataset.exportId)}, of ${text(dataset.exportedAt)}, SHA-256 ${dataset.exportSha256}`,
      ],
      ["Documents to train on", count(dataset.train.documents)],
      ["Documents to compare settings by", count(dataset.validation?.documents ?? 0)],
      ["Documents to test on", count(dataset.test.documents)],
    );
  if (preprocess)
    rows.push(
      [
        "Records",
        `${count(preprocess.records)}, of which ${count(preprocess.rejected)} rejected, ${count(preprocess.unannotated)} without annotation, ${count(preprocess.duplicates.records)} repeated`,
      ],
      ["Records with a direct identifier", count(found ?? 0)],
    );
  rows.push([
    "Split",
    `by patient, else encounter, else text, so that none is on two sides; ${settings ? percent(settings.testFraction) : "a share"} for the test, unless a record is pinned to a side`,
  ]);
  const facets = profile?.facets.map(({ facet }) => text(facet)).join(", ");
  rows.push(["Characterised by", facets ? facets : "no facet in the export"]);
  if (verdict)
    rows.push([
      "Test documents left out",
      `${count(verdict.counts.excludedDocuments)}, because the model in use was trained on them`,
    ]);
  return list(rows);
}

function labelTable({ files: { verdict, profile } }: RunView, said: ModelCard | null): string {
  const names = profile?.labels.map(({ label }) => label) ?? Object.keys(verdict?.perLabel ?? {});
  const of = (label: string) => profile?.labels.find((one) => one.label === label)?.documents;
  const meaning = (label: string) => {
    const words = said?.labels && Object.hasOwn(said.labels, label) ? said.labels[label] : undefined;
    return words === undefined ? notStated : text(words);
  };
  return markdownTable(
    ["Label", "Meaning", "Documents to train on", "Documents to test on"],
    names.map((label) => [
      text(label),
      meaning(label),
      of(label) ? count(of(label)!.train) : "–",
      of(label) ? count(of(label)!.test) : "–",
    ]),
  );
}

function procedure({ settings, trials, files: { dataset } }: RunView): string {
  const taken = trials?.find(({ chosen }) => chosen);
  const planned = dataset?.trials.find(({ trial }) => trial === taken?.trial);
  const rows: [string, string][] = [];
  if (planned) rows.push(["Base weights", `SHA-256 ${planned.baseModel.weightsSha256}`]);
  const epochs = taken?.epochs ?? settings?.epochs;
  if (epochs !== undefined) rows.push(["Epochs", count(epochs)]);
  const hyperparameters = taken?.hyperparameters ?? {
    ...(settings && {
      batchSize: settings.batchSize,
      learningRate: settings.learningRate,
      maxSequenceLength: settings.maxSequenceLength,
      seed: settings.seed,
    }),
  };
  for (const [name, value] of Object.entries(hyperparameters))
    if (value !== null && value !== undefined) rows.push([text(name), text(value)]);
  if (trials && trials.length > 1)
    rows.push([
      "Chosen from",
      `${count(trials.length)} trials, by their score on the validation side; the test side was looked at once`,
    ]);
  return list(rows);
}

function evaluation({ files: { verdict, evaluation: measured }, spread }: RunView): string {
  if (!verdict) return "The run ended before its model was judged.\n";
  const { kind, metrics, counts, policy, comparison, perLabel, reasons } = verdict;
  const words = wordsOf(kind);
  const fields = fieldsOf(verdict);
  const row = (name: string, scores: Scores) => [name, ...fields.map((field) => score(scores[field]))];
  const notes = [
    `Tested on ${count(counts.documents)} documents that no model was trained on: ${count(counts.units)} ${words.unit[1]}, ${count(counts.items)} ${words.item[1]}. ${text(words.scoresSay)}`,
  ];
  if (spread)
    notes.push(
      `${percent(spread.level)} of ${count(spread.resamples)} resamples of the test documents have a ${spread.metric} between ${score(spread.lower)} and ${score(spread.upper)}.`,
    );
  if (comparison)
    notes.push(
      `This model minus the one in use, ${comparison.metric}: ${signed(comparison.difference)}, ${percent(comparison.level)} interval ${signed(comparison.lower)} to ${signed(comparison.upper)}.`,
    );
  const challenger = measured?.challenger;
  if (challenger?.calibrationError !== undefined)
    notes.push(`Calibration error: ${score(challenger.calibrationError)}.`);
  return [
    `${notes.join(" ")}\n`,
    markdownTable(
      ["Model", ...fields],
      [
        row("This model", metrics.challenger),
        ...(metrics.champion ? [row("The model in use then", metrics.champion)] : []),
        ...Object.entries(metrics.baselines).map(([name, scores]) =>
          row(text(words.baselines[name as keyof typeof words.baselines]?.is ?? name), scores),
        ),
      ],
    ),
    markdownTable(
      ["Label", words.item[1], "Precision", "Recall", "F1"],
      Object.entries(perLabel).map(([label, { support, challenger: own }]) => [
        text(label),
        count(support),
        score(own.precision),
        score(own.recall),
        score(own.f1),
      ]),
    ),
    `Decided by ${policy.metric}: ${verdict.verdict}.\n`,
    `${reasons.map(({ passed, message }) => `- ${isWarning(message) ? "" : passed ? "passed: " : "not passed: "}${text(message)}`).join("\n")}\n`,
  ].join("\n");
}

function hardware({ jobs, cost }: RunView): string {
  if (!jobs || jobs.length === 0) return `- **Hardware:** ${notStated}\n`;
  const rows = jobs.map(({ state, trial, instanceType, instanceCount, seconds }): [string, string] => [
    trial === undefined ? state : `${state}, trial ${trial}`,
    `${instanceCount} × ${text(instanceType)}, ${seconds === null ? "time not known" : `${count(Math.round(seconds))} s`}`,
  ]);
  if (cost)
    rows.push([
      "Cost",
      cost.usd === null
        ? "not known"
        : `${cost.usd.toFixed(2)} USD at list prices of ${text(cost.pricesAsOf)}`,
    ]);
  rows.push(["Energy and emissions", "not measured"]);
  return list(rows);
}
