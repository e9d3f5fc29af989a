import { defaultKind, f1Head, hasMacroF1 } from "../../../schemas/tables/kinds.ts";
import { localInstallation } from "../../local/installation.ts";
import type { Home } from "../../local/machine/home.ts";
import { openPipeline } from "../../local/pipeline.ts";
import { watch as watchFolder } from "../../local/watch.ts";
import { readResults } from "../../results/results.ts";
import { type Command, UsageError } from "../command.ts";
import { anyExport, buildInput, inputOptions } from "../execution-input.ts";
import { note, noteMissing, printJson, printText } from "../output/output.ts";
import { showProgress } from "../output/progress.ts";
import { score } from "../output/tables.ts";
import { takeOverOption } from "./resume.ts";
import { ensureBaseModel } from "./run.ts";

export const watch: Command = {
  name: "watch",
  summary: "start an execution for every export that appears in the incoming folder",
  details: `As in AWS: the file becomes an object, the object an event, the event an execution with the settings given
here. The same file twice is two versions and two executions; the same event twice is one. Executions run one after
the other. Ctrl-C ends the watch. With --json, a line of JSON for every execution that ended.

A file in a folder of the incoming folder is for the registered model of that name, incoming/specialty/export.json for
specialty; one right in it is for the model of --model.

A file is taken when it is complete, no process writes to it and it has not changed for a while: two seconds for a JSON
object or a gzip, half a minute for JSON Lines, which may end after any line. To be sure, copy it under a name that
begins with a dot and then rename it. The file is removed once the store's copy has been read back. What is not taken
stays where it is, and the reason is printed once.`,
  arguments: [],
  options: { ...inputOptions, ...takeOverOption },
  examples: ["watch", 'watch --epochs 5 --reason "weekly export"', "watch --home /srv/pbp --json"],
  async run({ options }) {
    if (options.cloud !== undefined)
      throw new UsageError(
        "In AWS nobody has to watch: an export that is copied below incoming/ in the bucket starts an execution. See pbp runs --cloud.",
      );
    const { source: _, ...settings } = await buildInput(options, anyExport);
    const pipeline = await openPipeline(options.home);
    const installation = localInstallation(pipeline);
    await ensureBaseModel(installation, settings.baseModel);
    const stop = new AbortController();
    const progress = showProgress(process.stderr);
    const end = () => {
      progress.close();
      note("Ending the watch …");
      stop.abort();
    };
    process.once("SIGINT", end).once("SIGTERM", end);
    try {
      await watchFolder({
        pipeline,
        settings,
        takeOver: options["take-over"] !== undefined,
        signal: stop.signal,
        watching: progress,
        onWatching: () =>
          note(`Watching ${pipeline.home.incoming}: copy an export there. Ctrl-C ends the watch.`),
        ...tellsOfFiles(progress, pipeline.home),
        onFinishing: (error) =>
          progress.say(
            `${(error as Error).message}. The watch ends when the execution that runs has ended; Ctrl-C stops it.`,
          ),
        async onEnded({ name }) {
          progress.close();
          const { summary, missing } = await readResults(installation, name);
          noteMissing(missing);
          if (options.json !== undefined) return printJson(summary);
          const { challenger } = summary.metrics ?? {};
          const outcome = summary.error?.name ?? summary.verdict ?? "no verdict";
          const scores = challenger
            ? `, accuracy ${score(challenger.accuracy)}, ${f1Head(hasMacroF1(summary.report?.kind ?? defaultKind))} ${score(challenger.f1)}`
            : "";
          printText(
            `${name}: ${summary.status}, ${outcome}${scores}. See pbp show ${name}${installation.options}`,
          );
        },
      });
    } finally {
      progress.close();
      process.off("SIGINT", end).off("SIGTERM", end);
    }
    return 0;
  },
};

/** What becomes of the files of the incoming folder, as pbp watch and pbp receive tell it. */
export function tellsOfFiles({ say }: Pick<ReturnType<typeof showProgress>, "say">, { events }: Home) {
  return {
    onTaken: (file: string) => say(`Took ${file}`),
    onLeft: (file: string, why: string) => say(`Left ${file}: ${why}`),
    onStarted: (name: string) => say(`Execution ${name}`),
    onNotStarted: (error: unknown) =>
      say(
        `An export starts no execution (${(error as Error).name}). Its event is kept in ${events}/dead-letters.`,
      ),
  };
}
