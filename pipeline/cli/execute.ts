import { adviceIn, type Ended } from "../../schemas/execution/advice.ts";
import type { HistoryEvent } from "../execution.ts";
import type { Installation, Watching } from "../installation.ts";
import { readResults } from "../results/results.ts";
import { systemErrorIn } from "../system-error.ts";
import type { Call, ExitCode } from "./command.ts";
import { note, noteMissing, printJson, printText } from "./output/output.ts";
import { showProgress } from "./output/progress.ts";
import { reportOf } from "./output/report.ts";

/**
 * Runs an execution to its end, or follows it there, tells of its progress, and prints what it did.
 *
 * `before`: the events of an execution that is resumed. Ctrl-C (and SIGTERM) stops its jobs, which save what they can; a second one is the operating system's to answer.
 */
export async function execute(
  installation: Installation,
  name: string,
  options: Call["options"],
  begin: (watching: Watching) => Promise<void>,
  before: readonly HistoryEvent[] = [],
): Promise<ExitCode> {
  const stop = new AbortController();
  let stopped: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    stopped = signal;
    progress.close();
    note("Stopping: jobs save what they can. Press Ctrl-C again to leave at once.");
    stop.abort();
  };
  const progress = showProgress(process.stderr);
  progress.before(before);
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const advice = (status: Ended["status"]) => {
    const { say, type } = adviceIn({ execution: name, status, error: null }, installation.options);
    // On a line of its own, to be copied.
    return type === null ? say : `${say}:\n  ${type}`;
  };
  const link = installation.linkTo(name);
  note(`Execution ${name}${link === null ? "" : `\n  ${link}`}`);
  try {
    await begin({ signal: stop.signal, onEvent: progress.onEvent, onProgress: progress.onProgress });
  } catch (error) {
    progress.close();
    // Nothing that was finished is lost: a full disk ends the engine, not the execution, if that has begun.
    const hasBegun = () => installation.describe(name).then(Boolean, () => false);
    if (systemErrorIn(error) && (await hasBegun())) note(advice("INTERRUPTED"));
    throw error;
  } finally {
    progress.close();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
  const results = await readResults(installation, name);
  noteMissing(results.missing);
  if (options.json === undefined) printText(`\n${reportOf(results)}`);
  else printJson(results.summary);
  if (results.summary.status === "SUCCEEDED") return 0;
  // The report says it, too, if the same person reads both.
  if (stopped && (options.json !== undefined || !process.stdout.isTTY)) note(`Stopped. ${advice("ABORTED")}`);
  return stopped === "SIGINT" ? 130 : 2;
}
