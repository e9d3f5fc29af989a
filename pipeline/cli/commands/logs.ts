import type { JobStatus } from "../../installation.ts";
import { type Command, UsageError } from "../command.ts";
import { executionArgument, executionName } from "../execution-name.ts";
import { openInstallation } from "../installation.ts";
import { printJson, printText } from "../output/output.ts";

export const logs: Command = {
  name: "logs",
  summary: "print what the jobs of an execution have printed",
  details: `All jobs in the order in which they were started, each under its name. Jobs print no text of notes. With --cloud
the logs come from CloudWatch, which may be a few seconds behind.`,
  arguments: [executionArgument],
  options: {
    job: { value: "NAME", help: "only this one: PreprocessJob, Embed, Train, Evaluate, or a job's name" },
    trial: { value: "N", help: "only the training of this trial (see pbp show)" },
  },
  examples: [
    "logs latest",
    "logs sample-export-5f0c6d3a9b21 --job Train | tail -n 20",
    "logs latest --trial 2",
  ],
  async run({ arguments: [word = ""], options }) {
    const installation = await openInstallation(options);
    const name = await executionName(installation, word);
    // Says it when there is no such execution.
    await installation.describe(name);
    const jobs = await installation.jobs(name);
    const { job: asked, trial } = options;
    const wanted = jobs.filter(
      (job) =>
        (asked === undefined || isMeant(job, asked)) && (trial === undefined || String(job.trial) === trial),
    );
    if (wanted.length === 0 && (asked ?? trial) !== undefined)
      throw new UsageError(
        jobs.length === 0
          ? `${name} has started no job.`
          : `${name} has no job ${asked ?? `of trial ${trial}`}; it has ${jobs.map(({ state, job }) => `${state} (${job})`).join(", ")}.`,
      );
    const printed = await Promise.all(
      wanted.map(async (job) => ({ ...job, lines: await installation.logLines(job) })),
    );
    if (options.json !== undefined) {
      printJson({ execution: name, jobs: printed });
      return 0;
    }
    if (printed.length === 0)
      printText(`${name} has started no job. See:\n  pbp show ${name}${installation.options}`);
    for (const { state, job, status, lines } of printed) {
      if (printed.length > 1) printText(`==> ${state} ${job}, ${status} <==`);
      printText(lines.join("\n"));
    }
    return 0;
  },
};

/** The state in any letter case, or a job's name. */
function isMeant({ state, job }: JobStatus, word: string): boolean {
  return state.toLowerCase() === word.toLowerCase() || job === word;
}
