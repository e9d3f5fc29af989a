import { stat } from "node:fs/promises";
import { driftBetween } from "../../../tasks/drift/drift.ts";
import { count } from "../../../tasks/report/format.ts";
import { compareRuns } from "../../results/compare.ts";
import { readResults } from "../../results/results.ts";
import { type Call, type Command, UsageError } from "../command.ts";
import { executionName } from "../execution-name.ts";
import { openInstallation } from "../installation.ts";
import { comparisonText } from "../output/comparison.ts";
import { driftText } from "../output/drift.ts";
import { noteMissing, printJson, printText } from "../output/output.ts";
import { readProfile } from "./profile.ts";

export const compare: Command = {
  name: "compare",
  summary: "tell how two executions or two exports differ",
  details: `Of two executions: settings, data, trials, scores by label. Only what differs is told; --all tells the rest too. Labels whose F1 changed most come first.
Of two export files: labels, lengths, facets, and whether they differ by more than two random halves of one export do, which is measured on these two. Nothing is written.`,
  arguments: [
    { name: "execution", help: "its name, the beginning of it, or latest; see pbp runs. Or an export file" },
    { name: "other", help: "the one that is compared with it" },
  ],
  options: { all: { help: "of executions: what is the same too" } },
  examples: [
    "compare sample-export-5f0c6d3a9b21 latest",
    "compare sample-export-5f0c6d3a9b21 latest --all --json",
    "compare november.json.gz october.json.gz",
  ],
  async run({ arguments: [word = "", otherWord = ""], options }) {
    const [isExport, isOther] = await Promise.all([word, otherWord].map(isFile));
    if (isExport !== isOther)
      throw new UsageError(
        `${isExport ? word : otherWord} is a file, ${isExport ? otherWord : word} is not: pbp compare takes two executions, or two export files.`,
      );
    await (isExport ? compareExports : compareExecutions)([word, otherWord], options);
    return 0;
  },
};

const isFile = (word: string) =>
  stat(word).then(
    (found) => found.isFile(),
    () => false,
  );

async function compareExecutions(words: [string, string], options: Call["options"]): Promise<void> {
  const installation = await openInstallation(options);
  const names = [];
  for (const word of words) names.push(await executionName(installation, word));
  const [a, b] = await Promise.all(names.map((name) => readResults(installation, name)));
  noteMissing([...new Set([...a!.missing, ...b!.missing])]);
  const told = compareRuns(a!, b!, { all: options.all !== undefined });
  if (options.json === undefined) printText(comparisonText(told));
  else printJson(told);
}

async function compareExports([file, before]: [string, string], options: Call["options"]): Promise<void> {
  const one = await readProfile(file, options);
  const other = await readProfile(before, options);
  const findings = driftBetween(
    { profile: one.profile, embeddings: null },
    { profile: other.profile, embeddings: null },
    { one: "the first", other: "the second" },
  );
  if (options.json !== undefined) return printJson({ findings });
  const records = ({ profile }: typeof one) => `${count(profile.records)} records`;
  const heading = `${one.exportId} (${records(one)}) against ${other.exportId} (${records(other)}):`;
  printText(`${heading}\n\n${driftText(findings)}`);
}
