import { readFile } from "node:fs/promises";
import commonSchema from "../../schemas/common.schema.json" with { type: "json" };
import executionInputSchema from "../../schemas/execution/execution-input.schema.json" with { type: "json" };
import { defaultModel, modelNameExpectation } from "../../schemas/models/registered-models.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { ExecutionInput } from "../../schemas/types.ts";
import { withDefaults } from "../complete-input.ts";
import { reasonExpectation } from "../reason.ts";
import { explainSystemError, systemErrorIn } from "../system-error.ts";
import { type Call, type Option, UsageError } from "./command.ts";

/** Options of `run` and `rerun`: every field of the execution's input that an operator may want to change. */
export const inputOptions: Readonly<Record<string, Option>> = {
  model: {
    value: "NAME",
    help: `registered model that the run is for, which its first promotion registers (default ${defaultModel})`,
  },
  epochs: { value: "N", help: "passes over the training rows, 1 to 100 (default 3)" },
  "batch-size": { value: "N", help: "rows of an optimiser step (default 32)" },
  "learning-rate": {
    value: "X",
    help: "peak learning rate (default: what suits the base model and the kind)",
  },
  "max-sequence-length": { value: "N", help: "word pieces in a window (default 128)" },
  seed: { value: "N", help: "seed of training and bootstrap (default 42)" },
  patience: {
    value: "N",
    help: "end a training after N epochs without a better score on the validation side, 0 to 20 (default 0: never)",
  },
  "base-model": {
    value: "NAME",
    help: "base model to fine-tune (default minilm, with --cloud the deployment's; see base-model list)",
  },
  algorithms: {
    value: "LIST",
    help: "what to train: linear, frozen, transformer, with commas between (default: what the export's kind has)",
  },
  tune: {
    value: "N",
    help: "train N models, most with other settings, and take the best; 2 to 30, or 1 for none",
  },
  parallel: { value: "N", help: "of these at the same time, 1 to 4, if the place allows it (default 1)" },
  metric: {
    value: "NAME",
    help: "what the gate decides by: accuracy, f1, or macroF1 for classes (default accuracy)",
  },
  gate: { value: "FILE", help: "JSON file with the gate's policy, see docs/quality-gate.md" },
  approval: {
    value: "required",
    help: "required: a promotion waits for pbp approve (default: as the home or the deployment has it)",
  },
  "min-samples": { value: "N", help: "fewest annotated texts worth a training (default 1000)" },
  "test-fraction": { value: "X", help: "share of the patients held out, 0.01 to 0.5 (default 0.2)" },
  "identified-text": {
    value: "POLICY",
    help: "report or forbid texts with direct identifiers (default report)",
  },
  conflicts: {
    value: "POLICY",
    help: "refuse or allow more than 5 % of texts that came with different classes, single-label (default refuse)",
  },
  reason: { value: "TEXT", help: "why, for the receipt and the history; no patient data" },
  input: { value: "FILE", help: "JSON file with an execution input; other options win over it" },
};

/** Where each option goes. `json`: the text is a number; what is not one reaches the schema as text and is refused. */
const fields: Readonly<Record<string, { path: readonly [string, string?]; json?: true; list?: true }>> = {
  model: { path: ["model"] },
  epochs: { path: ["epochs"], json: true },
  "batch-size": { path: ["hyperparameters", "batchSize"], json: true },
  "learning-rate": { path: ["hyperparameters", "learningRate"], json: true },
  "max-sequence-length": { path: ["hyperparameters", "maxSequenceLength"], json: true },
  seed: { path: ["hyperparameters", "seed"], json: true },
  patience: { path: ["hyperparameters", "patience"], json: true },
  "base-model": { path: ["baseModel"] },
  algorithms: { path: ["algorithms"], list: true },
  tune: { path: ["tuning", "trials"], json: true },
  parallel: { path: ["tuning", "parallel"], json: true },
  metric: { path: ["gate", "metric"] },
  approval: { path: ["gate", "approval"] },
  "min-samples": { path: ["minSamples"], json: true },
  "test-fraction": { path: ["testFraction"], json: true },
  "identified-text": { path: ["identifiedText"] },
  conflicts: { path: ["conflicts"] },
  reason: { path: ["reason"] },
};

/** Stands for the export where options are to be checked before there is one in a store. */
export const anyExport = { source: { bucket: "pbp-local", key: "exports/unknown" } };

/**
 * The input of an execution: `base`, then --input, then the other options, each over the one before.
 *
 * Throws {@link UsageError} for an option's value and for a file that cannot be read; InvalidInput, as ValidateInput
 * would, for what a file says.
 */
export async function buildInput(options: Call["options"], base: object): Promise<ExecutionInput> {
  const fromFile = options.input === undefined ? {} : await readJsonObject(options.input, "--input");
  const input: Record<string, unknown> = { ...base, ...fromFile };
  // The export is an argument; a file that names another one must not win silently.
  if ("source" in base) input.source = base.source;
  if (options.gate !== undefined) input.gate = await readJsonObject(options.gate, "--gate");
  for (const [name, { path, json, list }] of Object.entries(fields)) {
    const text = options[name];
    if (text === undefined) continue;
    const value = json ? numberOrText(text) : list ? text.split(",") : text;
    const [field, part] = path;
    input[field] = part === undefined ? value : { ...(input[field] as object | undefined), [part]: value };
  }
  if (options.parallel !== undefined && !("trials" in (input.tuning as object)))
    throw new UsageError("--parallel is about the trials of --tune N; give that too.");
  // One trial of each algorithm is what a run without tuning has: so a rerun is rid of the tuning it would repeat.
  if (options.tune === "1") delete input.tuning;
  try {
    withDefaults(input);
  } catch (error) {
    throw inWordsOfOptions(error, options);
  }
  // Without the defaults, which ValidateInput fills in: a later version may have better ones.
  return input as unknown as ExecutionInput;
}

/** A refused field that an option has set, by the option's name; anything else as it is. */
function inWordsOfOptions(error: unknown, options: Call["options"]): unknown {
  const pointer = error instanceof NamedError && /: (\/\S+) /.exec(error.message)?.[1];
  for (const [name, { path }] of Object.entries(fields))
    if (options[name] !== undefined && pointer && `${pointer}/`.startsWith(`/${path.join("/")}/`))
      return new UsageError(
        `--${name} takes ${expectation(schemaOf(path))}${name === "tune" ? ", or 1 for none" : ""}.`,
      );
  return error;
}

type FieldSchema = {
  $ref?: string;
  type?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  maxLength?: number;
  pattern?: string;
  enum?: readonly string[];
  items?: FieldSchema;
};

function schemaOf([field, part]: readonly [string, string?]): FieldSchema {
  if (field === "algorithms") return { items: commonSchema.$defs.algorithm };
  const within = {
    tuning: executionInputSchema.properties.tuning,
    gate: commonSchema.$defs.gatePolicy,
    hyperparameters: commonSchema.$defs.hyperparameters,
  };
  const { properties } = part === undefined ? executionInputSchema : within[field as keyof typeof within];
  const schema = (properties as unknown as Record<string, FieldSchema>)[part ?? field]!;
  const shared = /^common\.schema\.json#\/\$defs\/(\w+)$/.exec(schema.$ref ?? "")?.[1];
  return shared === undefined
    ? schema
    : { ...(commonSchema.$defs as Record<string, FieldSchema>)[shared], ...schema };
}

function expectation(schema: FieldSchema): string {
  if (schema.items) return `one or more of ${schema.items.enum!.join(", ")}, with commas between, each once`;
  if (schema.enum) return schema.enum.join(" or ");
  if (schema.$ref?.endsWith("/reason")) return reasonExpectation;
  if (schema.$ref?.endsWith("/modelName")) return modelNameExpectation;
  if (schema.pattern) return `a name of at most ${schema.maxLength} lower-case letters, digits and hyphens`;
  if (schema.type === "string") return `text of at most ${schema.maxLength} characters`;
  const from = schema.minimum === undefined ? `above ${schema.exclusiveMinimum}` : `from ${schema.minimum}`;
  return `a ${schema.type === "integer" ? "whole number" : "number"} ${from} to ${schema.maximum}`;
}

function numberOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function readJsonObject(file: string, option: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const refused = systemErrorIn(error);
    if (!refused) throw error;
    throw new UsageError(`${option}: cannot read ${file}: ${explainSystemError(refused)}`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new NamedError("InvalidInput", `${option}: ${file} must hold one JSON object.`);
}
