import { modelOf } from "../../schemas/registered-models.ts";
import type { Settings } from "../../schemas/settings.ts";
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

function rowsOf(told: Settings): [string, string][] {
  const { export: source, gate, changed } = told;
  const star = (name: string, text: string) => (changed.includes(name) ? `${text}*` : text);
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
    [
      "Training",
      [
        star("epochs", `epochs ${told.epochs}`),
        star("learningRate", `learning rate ${told.learningRate ?? "of the base model"}`),
        star("batchSize", `batch size ${told.batchSize}`),
        star("maxSequenceLength", `window ${told.maxSequenceLength}`),
        star("seed", `seed ${told.seed}`),
      ].join(", "),
    ],
    ...trials(told),
    [
      "Data",
      [
        star("minSamples", `at least ${told.minSamples} samples`),
        star("testFraction", `test share ${told.testFraction}`),
        star("identifiedText", `identifiers: ${told.identifiedText}`),
      ].join(", "),
    ],
    ["Gate", policy.join(", ")],
    ...(changed.length > 0 ? [["", "* not the default"] satisfies [string, string]] : []),
  ];
}
