import { createReadStream } from "node:fs";
import { defaultModel, modelOf } from "../../../schemas/models/registered-models.ts";
import { defaultKind, metricAdvice } from "../../../schemas/tables/kinds.ts";
import type { Kind } from "../../../schemas/types.ts";
import type { Planned } from "../../../tasks/preprocess/tuning/trials.ts";
import { validateExport } from "../../../tasks/preprocess/validate-export.ts";
import { type CompleteInput, withDefaults } from "../../complete-input.ts";
import { requireExport } from "../../local/events/exports.ts";
import type { Command } from "../command.ts";
import { anyExport, buildInput, inputOptions } from "../execution-input.ts";
import { readingOptions, withExport } from "../importing.ts";
import { printJson, printText } from "../output/output.ts";
import { watched } from "../output/watched.ts";
import { validationText } from "../validation.ts";

/** Those of `run` that an export may be unfit for. */
const policies = [
  "algorithms",
  "tune",
  "metric",
  "gate",
  "min-samples",
  "test-fraction",
  "identified-text",
  "conflicts",
  "input",
] as const;

export const validate: Command = {
  name: "validate",
  summary: "check an export as Preprocess would, without running anything",
  details:
    "Nothing is written. Give it the options of the run: what the export's kind does not have is refused here, too. Base models are looked up by run. A rejected record is named by its id, its place and the rule, never by its text.",
  arguments: [{ name: "export", help: "the export file, or what another tool wrote (see pbp import)" }],
  options: {
    ...Object.fromEntries(policies.map((name) => [name, inputOptions[name]!])),
    ...readingOptions,
  },
  examples: [
    "validate export.json.gz",
    "validate export.jsonl --identified-text forbid",
    "validate mails.json.gz --tune 16 --input settings.json",
    "validate mails.xlsx --text-field Body --label-field Queue",
  ],
  async run({ arguments: [file = ""], options }) {
    const input = withDefaults(await buildInput(options, anyExport));
    const policy = { ...input, ...(input.tuning && { planned: plannedOf(input) }) };
    const validation = await withExport(file, options, async (exported) => {
      const { size } = await requireExport(exported);
      return watched("Validate", createReadStream(exported), size, (stream) =>
        validateExport(stream, policy),
      );
    });
    const { header } = validation;
    const advice = header && adviceFor(header.kind, input);
    const problems = validation.problems.map(({ name, message }) => ({ name, message }));
    if (options.json !== undefined)
      printJson({
        valid: problems.length === 0,
        problems,
        advice,
        header,
        report: validation.report,
        rejects: validation.rejects,
        moreRejects: validation.report.rejected - validation.rejects.length,
      });
    else printText(validationText(validation, advice));
    return problems.length === 0 ? 0 : 1;
  },
};

/** What an export of this kind asks of the run's options; null: nothing. */
function adviceFor(kind: Kind, input: CompleteInput): string | null {
  const metric = metricAdvice(kind, input.gate!.metric);
  const model = modelAdvice(kind, modelOf(input));
  return metric && model ? `${metric} ${model}` : (metric ?? model);
}

/** A line for who names no model: the default one keeps its kind. null where it is of this kind. */
function modelAdvice(kind: Kind, model: string): string | null {
  if (model !== defaultModel || kind === defaultKind) return null;
  return `A run needs a name for its model, --model NAME: ${defaultModel}, the default, is of kind ${defaultKind}.`;
}

/** As ValidateInput resolves an input; for the base models, which an installation has, their names stand. */
function plannedOf({ epochs, baseModel = "", hyperparameters, tuning }: CompleteInput): Planned {
  const named = (name: string) => ({
    ...{ name, prefix: name, weightsSha256: name, embeddingKey: name },
    // What the base model recommends moves the points, and takes none away.
    learningRate: 5e-5,
  });
  const { trials, parallel = 1, ranges = {}, baseModels = [] } = tuning!;
  const models = [...new Set([baseModel, ...baseModels])];
  return {
    epochs,
    hyperparameters: hyperparameters!, // the schema has filled them in
    baseModel: named(baseModel),
    tuning: {
      trials,
      parallel,
      ranges,
      baseModels: models.map(named),
    },
  };
}
