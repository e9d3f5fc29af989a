import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseProgress } from "../../pipeline/local/job-progress.ts";
import { python } from "./job-world.ts";

test.each([
  [
    "train   6 % · 28/489 steps · 0 steps/s · epoch 1/3 · loss 2.0026 · 50 min 36 s left",
    { step: "train", done: 28, total: 489, unit: "steps", secondsLeft: 3036 },
  ],
  [
    "embed 100 % · 14,638/14,638 word pieces · 1,887 word pieces/s · 0 s left",
    { step: "embed", done: 14_638, total: 14_638, unit: "word pieces", secondsLeft: 0 },
  ],
  [
    "evaluate challenger  50 % · 2/4 windows · 1 windows/s · 1 h 02 min left",
    { step: "evaluate challenger", done: 2, total: 4, unit: "windows", secondsLeft: 3720 },
  ],
])("reads %s", (line, progress) => {
  expect(parseProgress(line)).toEqual(progress);
});

test.each([
  "trained 26 steps, loss of the last epoch 1.5461",
  "",
  "50 % left",
  "Traceback (most recent call last):",
])("%j is no progress", (line) => {
  expect(parseProgress(line)).toBeNull();
});

test("what the jobs print is what is read", () => {
  const code = `from pbp_jobs.contract import Progress
progress = Progress("embed", 2000, "word pieces")
progress.SECONDS_BETWEEN_LINES = 0
progress.update(1000, "loss 0.5")
progress.update(2000)`;
  const containers = fileURLToPath(new URL("../../containers/", import.meta.url));
  const { stderr } = spawnSync(python, ["-c", code], {
    env: { PYTHONPATH: containers, LANG: "C.UTF-8" },
    encoding: "utf8",
  });
  const read = stderr.trim().split("\n").map(parseProgress);
  expect(read).toMatchObject([
    { step: "embed", done: 1000, total: 2000, unit: "word pieces" },
    { step: "embed", done: 2000, total: 2000, unit: "word pieces", secondsLeft: 0 },
  ]);
});
