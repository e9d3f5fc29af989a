// What an execution ran with, as receipt, pbp show and pbp runs tell it.
import common from "../common.schema.json" with { type: "json" };
import { modelOf } from "../models/registered-models.ts";
import { algorithms as allAlgorithms, needsOf, type Setting } from "../tables/algorithms.ts";
import type {
  Algorithms,
  ExecutionInput,
  GatePolicy,
  Run,
  RunReceipt,
  TuningInput,
  TuningSettings,
} from "../types.ts";
import executionInput from "./execution-input.schema.json" with { type: "json" };

export type Settings = NonNullable<RunReceipt["settings"]>;

/** An input with its defaults filled in, or what ValidateInput made of it. */
type Complete = Pick<
  Required<ExecutionInput>,
  "epochs" | "minSamples" | "testFraction" | "identifiedText"
> & {
  conflicts?: ExecutionInput["conflicts"];
  model?: string;
  source: ExecutionInput["source"] | Run["source"];
  hyperparameters?: ExecutionInput["hyperparameters"];
  gate?: GatePolicy;
  baseModel?: string | Run["baseModel"];
  algorithms?: Algorithms | null;
  tuning?: TuningInput | Run["tuning"];
};

/**
 * The settings of an execution, and which of them are not the default.
 *
 * @param exportSha256 null until the export was read.
 * @param asked The input as it was given: it tells whether a base model and a learning rate were asked for, whose
 *   defaults are the deployment's and the base model's.
 */
export function settingsOf(
  complete: Complete,
  exportSha256: string | null,
  asked: Partial<Pick<ExecutionInput, "baseModel" | "hyperparameters">> = {},
): Settings {
  const { source, baseModel, hyperparameters, gate } = complete;
  const { learningRate = null, ...learning } = hyperparameters!;
  const settings = {
    export: { key: source.key, versionId: source.versionId ?? null, sha256: exportSha256 },
    model: modelOf(complete),
    baseModel: typeof baseModel === "object" ? baseModel.name : (baseModel ?? null),
    epochs: complete.epochs,
    learningRate,
    ...learning,
    gate: gate!,
    minSamples: complete.minSamples,
    testFraction: complete.testFraction,
    identifiedText: complete.identifiedText,
    ...(complete.conflicts && { conflicts: complete.conflicts }),
    algorithms: complete.algorithms ?? null,
    tuning: tuningOf(complete),
  };
  return { ...settings, changed: changedIn(settings, asked) };
}

/** Whether anything that the run trains learns by a setting; others do nothing to it. */
export function learnsBy({ algorithms = null }: Pick<Settings, "algorithms">, setting: Setting): boolean {
  return (algorithms ?? allAlgorithms).some((algorithm) => needsOf(algorithm).settings.includes(setting));
}

function tuningOf({ tuning, baseModel }: Complete): TuningSettings | null {
  if (!tuning) return null;
  const { trials, parallel = 1, ranges = {}, baseModels = [] } = tuning;
  const own = typeof baseModel === "object" ? baseModel.name : baseModel;
  const names = baseModels.map((model) => (typeof model === "string" ? model : model.name));
  return { trials, parallel, ranges, baseModels: names.filter((name) => name !== own) };
}

function changedIn(
  { gate, ...settings }: Omit<Settings, "changed">,
  asked: Partial<Pick<ExecutionInput, "baseModel" | "hyperparameters">>,
): string[] {
  const defaults: Record<string, unknown> = {
    ...defaultsOf(executionInput.properties),
    ...defaultsOf(common.$defs.hyperparameters.properties),
  };
  const policy: Record<string, unknown> = defaultsOf(common.$defs.gatePolicy.properties);
  const names = Object.entries(settings)
    .filter(([name, value]) => defaults[name] !== undefined && value !== defaults[name])
    .map(([name]) => name);
  if (asked.baseModel !== undefined) names.push("baseModel");
  if (settings.algorithms) names.push("algorithms");
  if (settings.tuning) names.push("tuning");
  if (asked.hyperparameters?.learningRate !== undefined) names.push("learningRate");
  for (const [name, value] of Object.entries(gate)) if (value !== policy[name]) names.push(`gate.${name}`);
  return names;
}

function defaultsOf(properties: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, (property as { default?: unknown }).default]),
  );
}
