import type { Watching } from "../../installation.ts";
import { noSummary } from "../../results/summary.ts";
import type { Command, Option } from "../command.ts";
import { execute } from "../execute.ts";
import { executionArgument, executionName } from "../execution-name.ts";
import { openInstallation } from "../installation.ts";

export const takeOverOption: Readonly<Record<string, Option>> = {
  "take-over": {
    help: "on one machine: continue although another container or machine had it and cannot be asked; only when that one is gone for good",
  },
};

export const resume: Command = {
  name: "resume",
  summary: "continue an execution that failed, was stopped, or whose process was killed",
  details: `What is finished is kept: states that ended are not run again, and training continues from its last checkpoint. With
--cloud this is a redrive; an execution that still runs is followed to its end.

An execution that runs in any container of this machine is never taken over, suspended or not; one whose container is
gone is free at once. Another machine that shares the home cannot be asked: if it is gone for good, say so with
--take-over.`,
  arguments: [executionArgument],
  options: takeOverOption,
  examples: ["resume latest", "resume sample-export-5f0c6d3a9b21"],
  nothing: noSummary,
  async run({ arguments: [word = ""], options }) {
    const installation = await openInstallation(options);
    const name = await executionName(installation, word);
    const before = await installation.events(name);
    const resume = (watching: Watching) =>
      installation.resume(name, watching, options["take-over"] !== undefined);
    return execute(installation, name, options, resume, before);
  },
};
