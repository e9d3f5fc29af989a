import { readResults } from "../../results/results.ts";
import { noSummary } from "../../results/summary.ts";
import type { Command } from "../command.ts";
import { executionArgument, executionName } from "../execution-name.ts";
import { openInstallation } from "../installation.ts";
import { noteMissing, printJson, printText } from "../output/output.ts";
import { reportOf } from "../output/report.ts";

export const show: Command = {
  name: "show",
  summary: "show an execution: states, data, metrics, verdict with reasons, or its error",
  details:
    "With --cloud it also shows what SageMaker says of the jobs, with links to their logs, and the state of the models' file system.",
  arguments: [executionArgument],
  options: {},
  examples: [
    "show latest",
    "show sample-export-5f0c6d3a9b21",
    "show sample-export-5f0c6d3a9b21 --json | tail -n 1",
  ],
  nothing: noSummary,
  async run({ arguments: [word = ""], options }) {
    const installation = await openInstallation(options);
    const results = await readResults(installation, await executionName(installation, word));
    noteMissing(results.missing);
    if (options.json === undefined) printText(reportOf(results));
    else printJson(results.summary);
    return 0;
  },
};
