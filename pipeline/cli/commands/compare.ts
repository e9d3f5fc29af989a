import { compareRuns } from "../../results/compare.ts";
import { readResults } from "../../results/results.ts";
import type { Command } from "../command.ts";
import { executionName } from "../execution-name.ts";
import { openInstallation } from "../installation.ts";
import { comparisonText } from "../output/comparison.ts";
import { noteMissing, printJson, printText } from "../output/output.ts";

export const compare: Command = {
  name: "compare",
  summary: "tell how two executions differ: settings, data, trials, scores by label",
  details: `Only what differs is told; --all tells the rest too. Labels whose F1 changed most come first.`,
  arguments: [
    { name: "execution", help: "its name, the beginning of it, or latest; see pbp runs" },
    { name: "other", help: "the one that is compared with it" },
  ],
  options: { all: { help: "what is the same too" } },
  examples: [
    "compare sample-export-5f0c6d3a9b21 latest",
    "compare sample-export-5f0c6d3a9b21 latest --all --json",
  ],
  async run({ arguments: [word = "", otherWord = ""], options }) {
    const installation = await openInstallation(options);
    const names = [await executionName(installation, word), await executionName(installation, otherWord)];
    const [a, b] = await Promise.all(names.map((name) => readResults(installation, name)));
    noteMissing([...new Set([...a!.missing, ...b!.missing])]);
    const told = compareRuns(a!, b!, { all: options.all !== undefined });
    if (options.json === undefined) printText(comparisonText(told));
    else printJson(told);
    return 0;
  },
};
