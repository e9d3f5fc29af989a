import { learnsBy, type Settings } from "../../schemas/execution/settings.ts";
import { modelOf } from "../../schemas/models/registered-models.ts";
import type { Setting } from "../../schemas/tables/algorithms.ts";
import type { Summary } from "../results/summary.ts";
import { pairs } from "./output/tables.ts";

/** The settings of an execution, for people; what is not the default has a star. */
export function settings({ settings: told, reason }: Summary): string[] {
  const rows: [string, string][] = told ? rowsOf(told) : [];
  if (reason !== "") rows.push(["Reason", reason]);
  return rows.length === 0 ? [] : [pairs(rows)];
}

function trials({ algorithms, tuning }: Settings): [string, string][] {
  const parts = algorithms ? [`of ${algorithms.join(", ")}*`] : [];
  if (tuning) {
    parts.unshift(`${tuning.trials}*`);
    if (tuning.parallel > 1) parts.push(`${tuning.parallel} at a time`);
    for (const [name, [from, to]] of Object.entries(tuning.ranges) as [string, [number, number]][])
      parts.push(`${name} ${from} to ${to}`);
    if (tuning.baseModels.length > 0) parts.push(`also on ${tuning.baseModels.join(", ")}`);
  }
  return parts.length > 0 ? [["Trials", parts.join(", ")]] : [];
}

type Star = (name: string, text: string) => string;

/** What the run learns by; of the rest only what somebody asked for. */
function training(told: Settings, star: Star): string[] {
  const learnt: [Setting, string][] = [
    ["epochs", `epochs ${told.epochs}`],
    ["learningRate", `learning rate ${told.learningRate ?? "of the base model"}`],
    ["batchSize", `batch size ${told.batchSize}`],
    ["maxSequenceLength", `window ${told.maxSequenceLength}`],
  ];
  const asked: [string, string][] = [
    ["regularization", `C ${told.regularization}`],
    ["patience", `patience ${told.patience}`],
    ["classWeights", `class weights ${told.classWeights}`],
    ["thresholds", `a threshold for each ${told.thresholds}`],
    ["reject", `coverage at precision ${told.reject}`],
  ];
  return [
    ...learnt.filter(([name]) => learnsBy(told, name)).map(([name, text]) => star(name, text)),
    ...asked.filter(([name]) => told.changed.includes(name)).map(([, text]) => `${text}*`),
    star("seed", `seed ${told.seed}`),
  ];
}

function rowsOf(told: Settings): [string, string][] {
  const { export: source, gate, changed } = told;
  const star: Star = (name, text) => (changed.includes(name) ? `${text}*` : text);
  const digest = source.sha256 === null ? "" : `, SHA-256 ${source.sha256.slice(0, 16)}…`;
  const policy = [
    star("gate.metric", gate.metric),
    star("gate.minimum", `minimum ${gate.minimum}`),
    star("gate.minimumImprovement", `better by more than ${gate.minimumImprovement}`),
    star("gate.confidence", gate.confidence === null ? "no confidence" : `confidence ${gate.confidence}`),
    ...Object.entries(gate.labelMinimum ?? {}).map(([label, floor]) => `F1 of ${label} above ${floor}*`),
  ];
  return [
    ["Model", star("model", modelOf(told))],
    ["Export", `${source.key}${digest}`],
    ["Base model", star("baseModel", told.baseModel ?? "the deployment's")],
    ["Training", training(told, star).join(", ")],
    ...trials(told),
    [
      "Data",
      [
        star("minSamples", `at least ${told.minSamples} samples`),
        star("testFraction", `test share ${told.testFraction}`),
        star("identifiedText", `identifiers: ${told.identifiedText}`),
        ...(changed.includes("conflicts") ? [`conflicting classes: ${told.conflicts}*`] : []),
      ].join(", "),
    ],
    ["Gate", policy.join(", ")],
    ...(changed.length > 0 ? [["", "* not the default"] satisfies [string, string]] : []),
  ];
}
