import { rerunName } from "../../execution-names.ts";
import { noSummary } from "../../results/summary.ts";
import type { Command } from "../command.ts";
import { execute } from "../execute.ts";
import { buildInput, inputOptions } from "../execution-input.ts";
import { executionArgument, executionName } from "../execution-name.ts";
import { openInstallation } from "../installation.ts";
import { tellIfNew } from "../registered-model.ts";
import { ensureBaseModel } from "./run.ts";

export const rerun: Command = {
  name: "rerun",
  summary: "run an execution's export again, with the same settings except for the options given",
  details: `This is a new execution with a new name; it does not take over the old one's reason. To continue one that failed,
use pbp resume.`,
  arguments: [executionArgument],
  options: inputOptions,
  examples: ["rerun latest --epochs 5", 'rerun sample-export-5f0c6d3a9b21 --epochs 8 --reason "loss falls"'],
  nothing: noSummary,
  async run({ arguments: [word = ""], options }) {
    const installation = await openInstallation(options);
    const earlier = await executionName(installation, word);
    // ValidateInput checked it when it ran; if it was refused, it is refused here again.
    const { input: before } = await installation.describe(earlier);
    // Its reason was the earlier run's; this one has its own, or none.
    const { reason: _, ...settings } = before as { reason?: string };
    const input = await buildInput(options, settings);
    await tellIfNew(installation, options.model);
    await ensureBaseModel(installation, input.baseModel);
    const name = rerunName(earlier);
    return execute(installation, name, options, (watching) => installation.start(name, input, watching));
  },
};
