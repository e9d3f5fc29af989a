import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { TrainingLogLine } from "../../schemas/types.ts";
import { findingsOf } from "../../tasks/quality-gate/health.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const rulesOf = (lines: readonly TrainingLogLine[]) =>
  findingsOf([{ trial: 3, lines }]).map(({ rule, trial }) => {
    expect(trial).toBe(3);
    return rule;
  });

describe("real trainings", () => {
  let logs: Record<string, TrainingLogLine[]>;
  beforeAll(async () => {
    const planted = spawn(`${root}/.venv/bin/python`, [`${root}/test/containers/planted_trainings.py`], {
      env: { ...process.env, PYTHONPATH: `${root}/containers` },
      stdio: ["ignore", "pipe", "ignore"],
    });
    logs = JSON.parse(await text(planted.stdout));
  }, 300_000);

  test.each([
    ["sound", []],
    ["sound linear", []],
    ["nothing to learn", ["loss-not-falling"]],
    ["rate too high", ["diverging"]],
    ["few texts, many epochs", ["overtraining"]],
    ["one epoch", ["still-improving"]],
    ["a checkpoint each step", ["accelerator-idle"]],
  ])("%s: %j", (name, expected) => {
    expect(rulesOf(logs[name]!)).toEqual(expect.arrayContaining(expected));
    if (expected.length === 0) expect(rulesOf(logs[name]!)).toEqual([]);
  });
});

const step = (number: number, loss: number, more: object = {}): TrainingLogLine => ({
  step: number,
  loss,
  epoch: 1,
  seconds: number,
  ...(number === 1 && { priorLoss: 1 }),
  ...more,
});
const steps = (losses: readonly number[], more: object = {}) =>
  losses.map((loss, index) => step(index + 1, loss, more));
const falling = Array.from({ length: 100 }, (_, index) => 2 * Math.exp(-index / 15));
const validated = (epoch: number, score: number, loss?: number): TrainingLogLine => ({
  step: 100,
  epoch,
  validation: {
    metric: "f1",
    score,
    standardError: 0.02,
    documents: 100,
    ...(loss !== undefined && { loss }),
  },
  seconds: 100,
});

describe("each rule at its threshold", () => {
  test.each<[string, TrainingLogLine[], string[]]>([
    ["a loss that falls", steps(falling), []],
    ["a log too short to be a curve", steps([1, 1, 1]), []],
    ["no log", [], []],
    ["ends below the prior", steps(Array(100).fill(0.94)), []],
    ["ends at the prior", steps(Array(100).fill(0.96)), ["loss-not-falling"]],
    ["noise near nothing", steps([...falling, ...Array(20).fill(0.008)]), []],
    ["rises to a half of the prior", steps([...falling, ...Array(20).fill(0.5)]), ["diverging"]],
    ["a score that falls by its error", [...steps(falling), validated(1, 0.9), validated(2, 0.87)], []],
    [
      "a score that falls by more than twice that",
      [...steps(falling), validated(1, 0.9), validated(2, 0.85)],
      ["overtraining"],
    ],
    [
      "a validation loss that rises by a half and by a tenth of the prior",
      [...steps(falling), validated(1, 0.9, 0.2), validated(2, 0.9, 0.31)],
      ["overtraining"],
    ],
    [
      "a last epoch that gains more than two errors",
      [...steps(falling), validated(1, 0.8), validated(2, 0.85)],
      ["still-improving"],
    ],
    ["a loss that falls to the end", steps(falling.slice(0, 30)), ["still-improving"]],
    [
      "a fit of a linear model, which ends where it has converged",
      steps(falling.slice(0, 30), { epoch: undefined }),
      [],
    ],
    [
      "a validation loss near nothing",
      [...steps(falling), validated(1, 0.9, 0.01), validated(2, 0.9, 0.05)],
      [],
    ],
    ["busy half of the time", steps(falling, { busy: 0.51 }), []],
    ["busy less than that", steps(falling, { busy: 0.49 }), ["accelerator-idle"]],
  ])("%s", (_, lines, expected) => {
    expect(rulesOf(lines)).toEqual(expected);
  });

  test("every sentence fits the schema and ends as one", () => {
    const all = [
      steps(Array(100).fill(12345.678)),
      [
        ...steps([...falling, ...Array(20).fill(54321.9)], { busy: 0.1 }),
        validated(99, 0.9, 9e9),
        validated(100, 0.1, 9e12),
      ],
    ].flatMap((lines) => findingsOf([{ trial: 29, lines }]));
    expect(all.map(({ rule }) => rule).sort()).toEqual([
      "accelerator-idle",
      "diverging",
      "loss-not-falling",
      "loss-not-falling",
      "overtraining",
    ]);
    for (const { message } of all) expect(message).toMatch(/^[A-Z].{20,398}\.$/);
  });
});
