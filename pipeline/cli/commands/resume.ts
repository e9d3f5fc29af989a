import type { Command } from "../command.ts";
import { execute } from "../execute.ts";
import { openInstallation } from "../installation.ts";
import { noSummary } from "../summary.ts";

export const resume: Command = {
  name: "resume",
  summary: "go on with an execution that failed, was stopped, or whose process was killed",
  details: `What is finished is kept: states that ended are not run again, training goes on from its last checkpoint. With --cloud
this is a redrive; an execution that still runs is followed to its end.`,
  arguments: [{ name: "execution", help: "name of the execution, see pbp runs" }],
  options: {},
  examples: ["resume sample-export-5f0c6d3a9b21"],
  nothing: noSummary,
  async run({ arguments: [name = ""], options }) {
    const installation = await openInstallation(options);
    return execute(installation, name, options, (watching) => installation.resume(name, watching));
  },
};
