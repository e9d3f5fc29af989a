import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { JournalLine } from "../../pipeline/local/engine/history.ts";
import { parseProgress, progressOf } from "../../pipeline/local/jobs/job-progress.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import { python } from "./job-world.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pbp-progress-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([
  ['{"step":"packing the model"}', { step: "packing the model" }],
  ['{"step":"train","done":"many","password":"x"}', { step: "train" }],
  ['{"done":1}', null],
  ["[]", null],
  ["", null],
  ['{"step":"tr', null],
])("reads %s", (text, progress) => {
  expect(parseProgress(text)).toEqual(progress);
});

test("what the jobs write is what is read, and their log has it as a line", () => {
  mkdirSync(join(folder, "output"));
  const code = `from pbp_jobs.contract import Progress
Progress.SECONDS_BETWEEN_FILES = 0
progress = Progress("train", 2000, "steps")
progress.SECONDS_BETWEEN_LINES = 0
progress.update(1000, "1/2", 0.5)`;
  const containers = fileURLToPath(new URL("../../containers/", import.meta.url));
  const { stderr } = spawnSync(python, ["-c", code], {
    env: { PYTHONPATH: containers, LANG: "C.UTF-8", SAGEMAKER_BASE_DIR: folder },
    encoding: "utf8",
  });
  expect(parseProgress(readFileSync(join(folder, "output", "progress.json"), "utf8"))).toEqual({
    step: "train",
    done: 1000,
    total: 2000,
    unit: "steps",
    secondsLeft: expect.any(Number),
    epoch: "1/2",
    loss: 0.5,
  });
  expect(stderr).toMatch(
    /^train {2}50 % · 1,000\/2,000 steps · .* steps\/s · epoch 1\/2 · loss 0\.5000 · \d+ s left\n$/,
  );
});

test("a job that has no place for its progress does its work all the same", () => {
  const code = `from pbp_jobs.contract import show_progress
show_progress("train")
print("done")`;
  const containers = fileURLToPath(new URL("../../containers/", import.meta.url));
  const env = { PYTHONPATH: containers, LANG: "C.UTF-8", SAGEMAKER_BASE_DIR: join(folder, "absent") };
  expect(spawnSync(python, ["-c", code], { env, encoding: "utf8" }).stdout).toBe("done\n");
});

test("the progress of an execution is that of its jobs that have not ended", () => {
  const home = homeAt(folder);
  for (const job of ["embed-1", "train-1", "train-2"]) {
    mkdirSync(join(home.jobs, job, "ml", "output"), { recursive: true });
    writeFileSync(join(home.jobs, job, "ml", "output", "progress.json"), JSON.stringify({ step: job }));
  }
  const line = (type: JournalLine["type"], scope: string, more: Partial<JournalLine> = {}): JournalLine => ({
    id: 0,
    previousEventId: 0,
    timestamp: "",
    type,
    scope,
    ...more,
  });
  const entered = (scope: string, name: string) =>
    line("TaskStateEntered", scope, { stateEnteredEventDetails: { name } });
  const scheduled = (scope: string, resourceType: string, request: object) =>
    line("TaskScheduled", scope, {
      taskScheduledEventDetails: {
        resourceType,
        resource: "",
        region: "",
        parameters: JSON.stringify(request),
      },
    });
  const lines = [
    entered("", "Preprocess"),
    scheduled("", "lambda", { FunctionName: "preprocess" }),
    entered("1.0", "Embed"),
    entered("1.1", "Train"),
    scheduled("1.0", "sagemaker", { ProcessingJobName: "embed-1" }),
    scheduled("1.1", "sagemaker", { TrainingJobName: "train-1" }),
  ];
  const steps = (...more: JournalLine[]) => progressOf(home, [...lines, ...more]);
  expect(steps()).toEqual([
    { state: "Embed", step: "embed-1" },
    { state: "Train", step: "train-1" },
  ]);
  expect(steps(line("TaskSucceeded", "1.0"))).toEqual([{ state: "Train", step: "train-1" }]);
  expect(
    steps(
      line("TaskFailed", "1.1"),
      line("ExecutionRedriven", ""),
      entered("1.1", "Train"),
      scheduled("1.1", "sagemaker", { TrainingJobName: "train-2" }),
    ),
  ).toEqual([{ state: "Train", step: "train-2" }]);
});
