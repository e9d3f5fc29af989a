import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type HistoryEvent,
  hasSeveralTrials,
  type StateProgress,
  type TaskProgress,
} from "../../execution.ts";
import { trialOfJob } from "../../job-names.ts";
import type { JournalLine } from "../engine/history.ts";
import type { Home } from "../machine/home.ts";
import { isRecord } from "../machine/shape.ts";
import { jobFiles } from "./job-folder.ts";

// Where containers/pbp_jobs/contract.py writes it; it goes with the job's folder.
const progressFile = (base: string) => join(base, "output", "progress.json");
// As often as a job writes it.
const lookEveryMs = 1000;

/** How far a job is, told on a screen and kept on the disk for `pbp show` in another terminal. */
export function jobProgress(base: string, onProgress: (progress: TaskProgress) => void) {
  return {
    /** What the engine itself does for the job, before and after its process. */
    async tell(step: string): Promise<void> {
      onProgress({ step });
      const draft = `${progressFile(base)}.engine`;
      // A full disk is for the work itself to report.
      await writeFile(draft, JSON.stringify({ step }))
        .then(() => rename(draft, progressFile(base)))
        .catch(() => undefined);
    },
    /** Passes on what the job's process says, until the answer is called. */
    follow(): () => void {
      let last = readFile(base);
      const look = () => {
        const text = readFile(base);
        const progress = text === last ? null : parseProgress(text);
        last = text;
        if (progress) onProgress(progress);
      };
      const timer = setInterval(look, lookEveryMs);
      return () => {
        clearInterval(timer);
        look();
      };
    },
  };
}

/** What the jobs of an execution do now, by the events of its history; none when no job runs. */
export function progressOf(home: Home, lines: readonly JournalLine[]): StateProgress[] {
  const areSeveral = lines.some(hasSeveralTrials);
  return jobsUnderWay(lines).flatMap(({ state, job }) => {
    const progress = parseProgress(readFile(jobFiles(home, job).base));
    const trial = areSeveral ? trialOfJob(job) : null;
    return progress ? [{ state, ...progress, ...(trial !== null && { trial }) }] : [];
  });
}

/** The jobs that were scheduled and have not ended: one at most of each branch and each trial. */
function jobsUnderWay(lines: readonly JournalLine[]): { state: string; job: string }[] {
  const states = new Map<string, string>();
  const jobs = new Map<string, { state: string; job: string }>();
  for (const line of lines) {
    const { scope } = line;
    if (line.stateEnteredEventDetails?.name) states.set(scope, line.stateEnteredEventDetails.name);
    else if (line.type === "TaskScheduled") {
      const job = jobNameIn(line);
      if (job !== null) jobs.set(scope, { state: states.get(scope) ?? "", job });
    } else if (/^Task(Succeeded|Failed|TimedOut)$/.test(line.type)) jobs.delete(scope);
    else if (line.type === "ExecutionRedriven") jobs.clear();
  }
  return [...jobs.values()];
}

function jobNameIn({ taskScheduledEventDetails: details }: HistoryEvent): string | null {
  if (details?.resourceType !== "sagemaker") return null;
  const request: unknown = JSON.parse(details.parameters ?? "null");
  const name = isRecord(request) ? (request.TrainingJobName ?? request.ProcessingJobName) : null;
  return typeof name === "string" ? name : null;
}

function readFile(base: string): string {
  try {
    return readFileSync(progressFile(base), "utf8");
  } catch {
    return ""; // nothing said yet, or gone with the job
  }
}

/** Reads what a job says; null unless it has the shape that contract.py writes. */
export function parseProgress(text: string): TaskProgress | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || typeof value.step !== "string") return null;
  const progress: TaskProgress = { step: value.step };
  for (const name of ["unit", "epoch"] as const)
    if (typeof value[name] === "string") progress[name] = value[name];
  for (const name of ["done", "total", "secondsLeft", "loss"] as const)
    if (typeof value[name] === "number") progress[name] = value[name];
  return progress;
}
