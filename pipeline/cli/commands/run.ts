import { oneLine } from "../../../schemas/printable.ts";
import type { LearningCurve } from "../../../schemas/types.ts";
import { findBaseModel } from "../../base-models.ts";
import { freshExecutionName } from "../../execution-names.ts";
import type { Installation } from "../../installation.ts";
import { addBaseModel, defaultBaseModel } from "../../local/base-models.ts";
import { requireExport, storeExport } from "../../local/events/exports.ts";
import { python } from "../../python.ts";
import { noSummary } from "../../results/summary.ts";
import type { Call, Command, ExitCode } from "../command.ts";
import { execute } from "../execute.ts";
import { anyExport, buildInput, inputOptions } from "../execution-input.ts";
import { readingOptions, withExport } from "../importing.ts";
import { openInstallation } from "../installation.ts";
import { note } from "../output/output.ts";
import { tellIfNew } from "../registered-model.ts";

export const run: Command = {
  name: "run",
  summary: "train on an export, judge the model, promote it if it is better",
  details: `The export is one JSON object or JSON Lines, plain or gzipped. It is copied into the store, and an execution of
the state machine is run to its end. Ctrl-C stops it; pbp resume continues it. With --cloud the store is the bucket of
the stack; the execution runs in AWS, whether or not anybody watches, and Ctrl-C stops it and its jobs there.`,
  arguments: [{ name: "export", help: "the export file, or what another tool wrote (see pbp import)" }],
  options: { ...inputOptions, ...readingOptions },
  examples: [
    "run export.json.gz",
    'run export.json.gz --epochs 5 --reason "more epochs after relabelling"',
    "run export.json.gz --gate gate.json --json | tail -n 1",
    "run export.json.gz --epochs 10 --cloud",
    "run all.jsonl --map labels.json --patient-field meta.mrn",
  ],
  nothing: noSummary,
  run: ({ arguments: [file = ""], options }) => executeExport(file, options),
};

/** Copies an export into the store and runs an execution on it. `curve`: one that measures, and promotes nothing. */
export async function executeExport(
  file: string,
  options: Call["options"],
  asked: { curve?: LearningCurve } = {},
): Promise<ExitCode> {
  // Before anything is copied, so that a wrong option costs nothing.
  await buildInput(options, { ...anyExport, ...asked });
  const { installation, key } = await withExport(file, options, async (exported) => {
    // Before a home is made for it.
    await requireExport(exported);
    const installation = await openInstallation(options, { makesHome: true });
    if (!asked.curve) await tellIfNew(installation, options.model);
    note(`Copying ${oneLine(file)} into ${installation.place} …`);
    return { installation, key: await storeExport(installation.store, exported) };
  });
  const input = await buildInput(options, { source: { bucket: installation.bucket, key }, ...asked });
  await ensureBaseModel(installation, input.baseModel);
  const name = freshExecutionName(file);
  return execute(installation, name, options, (watching) => installation.start(name, input, watching));
}

/** The installation's own base model is added by the first run; a missing one of another name is ValidateInput's to refuse. */
export async function ensureBaseModel(installation: Installation, asked?: string): Promise<void> {
  const { ownBaseModel: name, store } = installation;
  if (name === null || (asked ?? name) !== name || (await findBaseModel(store, name)) !== null) return;
  note(`Adding the base model ${name}: once per home, a few seconds …`);
  await addBaseModel({ ...installation, python, name, source: defaultBaseModel });
}
