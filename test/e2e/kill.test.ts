// One execution that is killed inside every one of its states, and still ends as an undisturbed one does.
import type { ChildProcess } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trialOfJob } from "../../pipeline/job-names.ts";
import { describeExecution } from "../../pipeline/local/engine/describe.ts";
import type { JournalLine } from "../../pipeline/local/engine/history.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import type { Summary } from "../../pipeline/results/summary.ts";
import { classExport } from "../../samples/classes/sample.ts";
import { classSamples } from "../../samples/classes/samples.ts";
import { lastLine, pbp, startPbp } from "../cli/helpers.ts";
import {
  openWorkplace,
  processesIn,
  processIn,
  readBundle,
  settings,
  succeeded,
  type Workplace,
  withoutProcesses,
} from "./helpers.ts";

const patience = 900_000;
const lookEveryMs = 20;

let workplace: Workplace;
/** Of the execution that is killed. */
let home = "";
/** The engine of the moment. */
let child: ChildProcess;
beforeAll(() => {
  workplace = openWorkplace();
});
afterAll(async () => {
  // After a failure it may live; its jobs end with it.
  child?.kill("SIGKILL");
  await withoutProcesses(home);
  workplace.clean();
});

/** The journal of the home's only execution: whole lines, as a reader who comes at any moment sees them. */
function journal(): JournalLine[] {
  const [file] = globSync(join(home, "executions", "*", "history.jsonl"));
  if (!file) return [];
  const whole = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return whole.map((line) => JSON.parse(line) as JournalLine);
}

const timesEntered = (state: string) =>
  journal().filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state).length;
const hasStarted = (state: string, visit: number) => {
  let seen = 0;
  for (const { type, stateEnteredEventDetails } of journal()) {
    if (stateEnteredEventDetails?.name === state) seen++;
    if (seen === visit && type === "TaskStarted") return true;
  }
  return false;
};

/** Resolves once `holds`; throws when the process ends before. */
async function until(holds: () => boolean, child: ChildProcess): Promise<void> {
  let said = "";
  child.stderr?.on("data", (text: Buffer) => {
    said += text;
  });
  while (!holds()) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`pbp ended with ${child.exitCode ?? child.signalCode} too early: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once("exit", resolve);
  });

/** Whether a job of the kind, or of one trial, has its process, by the note that its supervisor keeps. */
function jobProcess(kind: string, trial?: number): number | null {
  for (const job of existsSync(join(home, "jobs")) ? readdirSync(join(home, "jobs")) : []) {
    const note = join(home, "jobs", job, "process.json");
    if (!job.startsWith(`pbp-${kind}-`) || !existsSync(note)) continue;
    if (trial !== undefined && trialOfJob(job) !== trial) continue;
    const { pid } = JSON.parse(readFileSync(note, "utf8") || "{}") as { pid?: number };
    if (pid && processIn(home, pid) !== null) return pid;
  }
  return null;
}

/** The name of the only execution. */
const name = () => readdirSync(join(home, "executions")).find((entry) => !entry.startsWith("."))!;
const resume = () =>
  startPbp(["resume", name(), "--home", home, "--json"], { stdio: ["ignore", "pipe", "pipe"] });

async function killAndResume(look?: () => Promise<void>): Promise<void> {
  child.kill("SIGKILL");
  await ended(child);
  // Nobody tells the jobs' processes: they must see for themselves that their engine is gone.
  await withoutProcesses(home);
  expect(describeExecution(homeAt(home), name())).toMatchObject({ status: "RUNNING", isOwned: false });
  await look?.();
  child = resume();
}

/** What the engine says of the execution, which succeeds. */
async function summaryAtEnd(): Promise<Summary> {
  let stdout = "";
  child.stdout?.on("data", (text: Buffer) => {
    stdout += text;
  });
  expect(await ended(child)).toBe(0);
  await withoutProcesses(home);
  return lastLine(stdout) as unknown as Summary;
}

/** Of the files of a bundle but its manifest, which tells of the run. */
const digests = (bundle: string) =>
  Object.entries(readBundle(bundle).files)
    .filter(([file]) => !file.endsWith("manifest.json"))
    .map(([file, { sha256 }]) => `${sha256} ${file}`)
    .sort();

const withoutJobs = ({ trials }: Summary) => trials!.map(({ job: _, ...trial }) => trial);

test("killed in every state, it goes on and ends the same", { timeout: patience }, async () => {
  home = await workplace.makeHome("killed");
  const undisturbedHome = await workplace.makeHome("undisturbed");
  const run = (place: string) => [
    ...["run", workplace.base, ...settings, "--tune", "2"],
    ...["--home", place, "--json"],
  ];
  const undisturbed = lastLine(succeeded(await pbp(...run(undisturbedHome))).stdout) as unknown as Summary;

  child = startPbp(run(home), { stdio: ["ignore", "ignore", "pipe"] });
  await until(() => hasStarted("ValidateInput", 1), child);
  await killAndResume(async () => {
    const { stdout } = succeeded(await pbp("runs", "--json", "--home", home));
    expect(lastLine(stdout).executions).toMatchObject([{ execution: name(), status: "INTERRUPTED" }]);
    expect((await pbp("doctor", "--home", home)).stdout).toContain(
      `→ Continue where it stopped (finished work is kept): pbp resume ${name()}`,
    );
  });
  await until(() => hasStarted("Preprocess", 1), child);
  await killAndResume();
  // Both jobs at once, in the middle of their work.
  await until(() => jobProcess("embed") !== null && jobProcess("train") !== null, child);
  await killAndResume();
  // Ctrl-C in the middle of the training.
  const visits = timesEntered("Train");
  await until(() => timesEntered("Train") > visits && jobProcess("train") !== null, child);
  child.kill("SIGINT");
  expect(await ended(child)).toBe(130);
  await withoutProcesses(home);
  expect(describeExecution(homeAt(home), name()).status).toBe("ABORTED");
  child = resume();
  // In the second trial: the first is kept.
  await until(() => jobProcess("train", 1) !== null, child);
  await killAndResume();
  for (const state of ["CheckArtifacts", "ReadChampion"]) {
    await until(() => hasStarted(state, 1), child);
    await killAndResume();
  }
  await until(() => jobProcess("evaluate") !== null, child);
  await killAndResume();
  // The job's process alone: the execution fails by name, and can be resumed.
  let job: number | null = null;
  await until(() => {
    job = jobProcess("evaluate");
    return job !== null;
  }, child);
  process.kill(-job!, "SIGKILL");
  expect(await ended(child)).toBe(2);
  expect(describeExecution(homeAt(home), name())).toMatchObject({
    status: "FAILED",
    error: "EvaluationFailed",
  });
  child = resume();
  for (const state of ["QualityGate", "Promote", "Notify"]) {
    await until(() => hasStarted(state, 1), child);
    // Nothing is loaded for jobs where none are left.
    expect(processesIn(home).some((line) => line.includes("supervisor.py"))).toBe(state === "QualityGate");
    await killAndResume();
  }
  const summary = await summaryAtEnd();
  expect(summary).toMatchObject({
    status: "SUCCEEDED",
    verdict: undisturbed.verdict,
    reasons: undisturbed.reasons,
    metrics: undisturbed.metrics,
    report: undisturbed.report,
    generation: 1,
  });
  expect(digests(summary.bundle!)).toEqual(digests(undisturbed.bundle!));

  // A state that had finished was never entered again, but once for each of the two trials. Evaluate had not: its failure
  // was caught, which leaves a state.
  const finished = describeExecution(homeAt(home), name()).states.filter(
    ({ exitedDate }) => exitedDate !== null,
  );
  const names = finished.map((visit) => visit.name);
  const ofTrials = ["TrainInstance", "Train", "TrainEnded", "Trained"];
  expect(names.filter((state, index) => names.indexOf(state) !== index)).toEqual([...ofTrials, "Evaluate"]);
  expect(withoutJobs(summary)).toEqual(withoutJobs(undisturbed));
});

test("killed in the jobs of classes, linear and frozen, it ends the same", {
  timeout: patience,
}, async () => {
  home = await workplace.makeHome("classes");
  const undisturbedHome = await workplace.makeHome("undisturbed-classes");
  const file = join(workplace.folder, "classes.json");
  writeFileSync(file, [...classExport("toxicity", { ...classSamples.toxicity!, records: 300 })].join(""));
  const run = (place: string) => [
    ...["run", file, "--model", "toxicity", "--metric", "f1", "--algorithms", "linear,frozen"],
    ...["--base-model", "tiny", "--min-samples", "100", "--home", place, "--json"],
  ];
  const undisturbed = lastLine(succeeded(await pbp(...run(undisturbedHome))).stdout) as unknown as Summary;
  expect(undisturbed).toMatchObject({ verdict: "promote" });
  expect(undisturbed.trials!.map(({ algorithm }) => algorithm)).toEqual(["linear", "frozen"]);

  child = startPbp(run(home), { stdio: ["ignore", "ignore", "pipe"] });
  await until(() => hasStarted("CheckKind", 1), child);
  await killAndResume();
  for (const trial of [0, 1]) {
    await until(() => jobProcess("train", trial) !== null, child);
    await killAndResume();
  }
  // The job takes 0.2 s here: where nobody looked meanwhile, Promote is killed twice.
  await until(() => jobProcess("evaluate") !== null || hasStarted("Promote", 1), child);
  await killAndResume();
  await until(() => hasStarted("Promote", 1), child);
  await killAndResume();
  const summary = await summaryAtEnd();
  const { verdict, reasons, metrics, report } = undisturbed;
  expect(summary).toMatchObject({ status: "SUCCEEDED", verdict, reasons, metrics, report, generation: 1 });
  expect(digests(summary.bundle!)).toEqual(digests(undisturbed.bundle!));
  expect(withoutJobs(summary)).toEqual(withoutJobs(undisturbed));
});

test("a second run on the classes embeds nothing, and a rollback brings the first model back", {
  timeout: patience,
}, async () => {
  const inHome = (...line: string[]) => pbp(...line, "--home", home, "--json").then(succeeded);
  const [first] = readdirSync(join(home, "executions"));
  const { stdout } = await inHome("rerun", first!, "--algorithms", "linear", "--reason", "again");
  const again = lastLine(stdout) as unknown as Summary;
  expect(again.embeddings).toMatchObject({ embedded: 0, reused: again.embeddings!.texts });
  expect(again).toMatchObject({ verdict: "reject", metrics: { championGeneration: 1 } });
  await inHome("promote", again.execution, "--force", "--reason", "to go back from");
  await inHome("rollback", "--model", "toxicity", "--reason", "back");
  const { generations } = lastLine((await inHome("history", "--model", "toxicity")).stdout) as {
    generations: { version: string; action: string }[];
  };
  expect(generations.map(({ action }) => action)).toEqual(["rollback", "forced", "promote"]);
  expect(generations[0]!.version).toBe(generations[2]!.version);
  expect(readBundle(join(home, "efs/models/registered/toxicity/current"))).toMatchObject({
    version: generations[0]!.version,
    kind: "multi-label",
  });
});
