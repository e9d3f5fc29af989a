import { access, constants } from "node:fs/promises";
import { NamedError } from "../../../schemas/errors.ts";
import { addBaseModel, defaultBaseModel, hasBaseModel } from "../../local/base-models.ts";
import { freshExecutionName, storeExport } from "../../local/exports.ts";
import { openPipeline, type Pipeline } from "../../local/pipeline.ts";
import type { Command } from "../command.ts";
import { execute } from "../execute.ts";
import { buildInput, inputOptions } from "../execution-input.ts";
import { note } from "../output.ts";
import { noSummary } from "../summary.ts";

export const run: Command = {
  name: "run",
  summary: "train on an export, judge the model, promote it if it is better",
  details: `The export is one JSON object or JSON Lines, plain or gzipped. It is copied into the store, and an execution of
the state machine is run to its end. Ctrl-C stops it; pbp resume goes on.`,
  arguments: [{ name: "export", help: "the export file" }],
  options: inputOptions,
  examples: [
    "run export.json.gz",
    'run export.json.gz --epochs 5 --reason "more epochs after relabelling"',
    "run export.json.gz --gate gate.json --json | tail -n 1",
  ],
  nothing: noSummary,
  async run({ arguments: [file = ""], options }) {
    // Before anything is copied, so that a wrong option costs nothing.
    await buildInput(options, { source: { bucket: "pbp-local", key: "exports/unknown" } });
    await access(file, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
      throw new NamedError("InvalidInput", `Cannot read the export ${file} (${error.code}).`);
    });
    const pipeline = await openPipeline(options.home);
    note(`Copying ${file} into ${pipeline.home.root} …`);
    const key = await storeExport(pipeline.store, file);
    const input = await buildInput(options, { source: { bucket: pipeline.bucket, key } });
    await ensureBaseModel(pipeline, input.baseModel ?? defaultBaseModel.name);
    const name = freshExecutionName(file);
    return execute(pipeline, name, options, async (watching) => {
      const started = await pipeline.start(name, input, watching);
      return started.result;
    });
  },
};

/** The default base model is added by the first run; a missing one of another name is ValidateInput's to refuse. */
export async function ensureBaseModel(pipeline: Pipeline, name: string): Promise<void> {
  if (name !== defaultBaseModel.name || (await hasBaseModel(pipeline.store, name))) return;
  note(`Adding the base model ${name}: once per home, some seconds …`);
  await addBaseModel({ ...pipeline, name, source: defaultBaseModel });
}
