import { Readable } from "node:stream";
import { count } from "../../../tasks/report/format.ts";
import { reportOf } from "../../../tasks/report/report.ts";
import { readResults } from "../../results/results.ts";
import { rail } from "../../web/rail/rail.ts";
import { viewOf } from "../../web/view.ts";
import type { Command } from "../command.ts";
import { executionArgument, executionName } from "../execution-name.ts";
import { openInstallation } from "../installation.ts";
import { note, printJson } from "../output/output.ts";
import { saveFile } from "../save.ts";

export const report: Command = {
  name: "report",
  summary: "save an execution's report: one HTML file with scores, errors, data and states",
  details: `The file runs nothing and loads nothing, so it can be mailed and printed; it holds counts and scores, and no text
of a note. Each run writes the same beside its receipt, without the states: pbp get report.html. How to read it is said in
docs/reading-a-run.md.`,
  arguments: [executionArgument],
  options: { out: { value: "PATH", help: "new file, or folder to put it into (default: here)" } },
  examples: ["report latest", "report sample-export-5f0c6d3a9b21 --out /tmp", "report latest --cloud"],
  async run({ arguments: [word = ""], options }) {
    const installation = await openInstallation(options);
    const execution = await executionName(installation, word);
    const results = await readResults(installation, execution);
    const view = await viewOf(installation, results);
    const page = reportOf(view, rail(results.description, new Date(), false));
    const file = await saveFile(options.out ?? ".", `${execution}.html`, async () => Readable.from([page]));
    if (options.json !== undefined) printJson({ execution, file });
    else note(`The report of ${execution}, ${count(Buffer.byteLength(page))} bytes: ${file}`);
    return 0;
  },
};
