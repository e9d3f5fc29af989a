// From the files that workers write to what pbp monitor tells.
import { execFile } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import { readMonitor } from "../../pipeline/monitor/read.ts";
import { python } from "../../pipeline/python.ts";
import profileSchema from "../../schemas/data/profile.schema.json" with { type: "json" };
import type { FeedbackRecord, Profile, Served, ServedCounts } from "../../schemas/types.ts";
import { randomBelow } from "../../tasks/quality-gate/random.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { type ObjectStore, writeJson } from "../../tasks/store/store.ts";
import { lastLine, pbp } from "../cli/helpers.ts";

const now = new Date("2026-11-27T08:30:00Z");
const version = "000005-9f86d081884c";
let root: string;
let store: ObjectStore;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "pbp-monitor-"));
  store = await openFileStore(join(root, "store"), "pbp");
});
afterEach(() => rmSync(root, { recursive: true }));

const spread = (each: number) => new Array<number>(16).fill(each);
const bin = (from: number, to: number, each: number) => ({
  from,
  to,
  documents: 16 * each,
  parts: spread(each),
});

function counts(hour: string, shares: Record<string, number>, more: Partial<Served> = {}): ServedCounts {
  const labels = Object.entries(shares).map(([label, each]) => ({ label, parts: spread(each) }));
  return {
    model: "routing",
    kind: "single-label",
    hour,
    served: [
      {
        generation: 7,
        version,
        arm: "champion",
        answers: 160,
        labels,
        annotations: [bin(1, 1, 10)],
        lengths: [bin(48, 63, 10)],
        confidences: [bin(35, 39, 1), bin(95, 100, 9)],
        ...more,
      },
    ],
    shadow: [],
  };
}

function write(worker: string, one: ServedCounts): void {
  const folder = join(root, "served", one.model, one.hour);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${worker}.json`), JSON.stringify(one));
}

const [example] = profileSchema.examples as unknown as [Profile];
const profile = (shares: Record<string, number>): Profile => ({
  ...example,
  kind: "single-label",
  labels: Object.entries(shares).map(([label, each]) => ({
    label,
    documents: { train: 16 * each, validation: 0, test: 0 },
    items: 16 * each,
    parts: spread(each),
  })),
  annotations: [bin(1, 1, 10)],
  lengths: [bin(48, 63, 10)],
  windows: null,
});

const read = (hours = 24, at = now) =>
  readMonitor({ store }, { served: join(root, "served"), model: "routing", hours, now: at });

test("counts of workers and hours add up, within the hours that are asked for; nothing else is read", async () => {
  write("a", counts("2026-11-27T08", { billing: 8, returns: 2 }));
  write("b", counts("2026-11-27T08", { billing: 8, returns: 2 }));
  write("a", counts("2026-11-27T07", { billing: 2, returns: 8 }));
  write("a", counts("2026-11-25T07", { billing: 10 }));
  writeFileSync(join(root, "served/routing/2026-11-27T08/c.json"), '{"model":');
  writeFileSync(join(root, "served/routing/2026-11-27T08/a.review.jsonl"), "{}\n");
  const { arms, unreadable } = await read();
  expect(unreadable).toBe(1);
  expect(arms).toHaveLength(1);
  expect(arms[0]).toMatchObject({
    generation: 7,
    arm: "champion",
    total: { answers: 480 },
    expected: null,
    score: null,
  });
  expect(arms[0]!.total.labels).toEqual({ billing: 0.6, returns: 0.4 });
  // Whoever is always sure may be sure by 100 %, and not by the middle of the last bin.
  const { from, to } = arms[0]!.total.confidence!;
  expect([from, to].map((share) => share.toFixed(3))).toEqual(["0.890", "0.939"]);
  expect(arms[0]!.total).toMatchObject({ unsure: 0.1, length: { from: 48, to: 63 } });
  expect(arms[0]!.hours.map(({ hour, answers }) => [hour, answers])).toEqual([
    ["2026-11-27T07", 160],
    ["2026-11-27T08", 320],
  ]);
  expect((await read(1)).arms[0]!.total.answers).toBe(320);
});

test("what is served is held against the export by the tests between exports", async () => {
  await writeJson(
    store,
    `champions/registered/routing/${version}/profile.json`,
    profile({ billing: 8, returns: 2 }),
  );
  write("a", counts("2026-11-27T08", { billing: 8, returns: 2 }));
  const same = (await read()).arms[0]!;
  expect(same.expected).toEqual({ billing: 0.8, returns: 0.2 });
  expect(same.drift.filter(({ exceeds }) => exceeds)).toEqual([]);
  write(
    "a",
    counts("2026-11-27T08", { billing: 3, returns: 7 }, { lengths: [bin(48, 63, 5), bin(64, 95, 5)] }),
  );
  const drifted = (await read()).arms[0]!.drift.filter(({ exceeds }) => exceeds);
  expect(drifted.map(({ what }) => what)).toEqual(["labels", "length"]);
  expect(drifted[0]!.message).toContain(
    "billing: 30.0 % of classes in what was served, 80.0 % in the export",
  );
});

test("a confidence that falls is told against the earlier hours", async () => {
  write("a", counts("2026-11-27T07", { billing: 10 }));
  write("a", counts("2026-11-27T08", { billing: 10 }, { confidences: [bin(35, 39, 9), bin(95, 100, 1)] }));
  const { drift, expected } = (await read()).arms[0]!;
  expect(expected).toBeNull();
  expect(drift.map(({ what, exceeds }) => [what, exceeds])).toEqual([["confidence", true]]);
});

test("differences in the shadow add up by label", async () => {
  const shadow = (same: number) => [
    {
      generation: 6,
      beside: 7,
      compared: 10,
      same,
      labels: [{ label: "billing", added: 1, dropped: 10 - same }],
    },
  ];
  write("a", { ...counts("2026-11-27T08", { billing: 10 }), shadow: shadow(8) });
  write("b", { ...counts("2026-11-27T08", { billing: 10 }), shadow: shadow(9) });
  expect((await read()).shadow).toEqual([
    {
      generation: 6,
      beside: 7,
      compared: 20,
      same: 17,
      labels: [{ label: "billing", added: 2, dropped: 3 }],
    },
  ]);
});

const said = (index: number, arm: "champion" | "arm", isRight: boolean, more = {}): FeedbackRecord => ({
  answer: `${arm === "arm" ? "a" : "c"}${String(index).padStart(31, "0")}`,
  at: "2026-11-27T08:10:00Z",
  servedAt: "2026-11-20T08:10:00Z",
  kind: "single-label",
  generation: arm === "arm" ? 6 : 7,
  version,
  arm,
  exact: isRight,
  labels: isRight
    ? [{ label: "billing", right: 1, wrong: 0, missed: 0 }]
    : [
        { label: "billing", right: 0, wrong: 1, missed: 0 },
        { label: "returns", right: 0, wrong: 0, missed: 1 },
      ],
  ...more,
});

function say(records: FeedbackRecord[]): void {
  const folder = join(root, "served/routing/2026-11-27T08");
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, "a.feedback.jsonl"), records.map((one) => `${JSON.stringify(one)}\n`).join(""));
}

test("accuracy with its interval by generation and arm, and the arm against the champion by the gate's bootstrap", async () => {
  const draw = randomBelow(1000, 7);
  const answers = (arm: "champion" | "arm", count: number, share: number) =>
    Array.from({ length: count }, (_, index) => said(index, arm, draw() < 1000 * share));
  const [arm, champion] = [answers("arm", 400, 0.9), answers("champion", 800, 0.75)];
  say([...arm, ...champion]);
  const found = await read();
  for (const [all, generation] of [
    [champion, 7],
    [arm, 6],
  ] as const) {
    const { score } = found.arms.find((one) => one.generation === generation)!;
    const share = all.filter(({ exact }) => exact).length / all.length;
    // The normal interval of a share, which the bootstrap comes near to with hundreds of answers.
    const reach = 1.96 * Math.sqrt((share * (1 - share)) / all.length);
    expect(score).toMatchObject({ metric: "accuracy", answers: all.length, exact: share * all.length });
    expect(score!.score).toBeCloseTo(share, 10);
    expect(score!.lower).toBeCloseTo(share - reach, 1.7);
    expect(score!.upper).toBeCloseTo(share + reach, 1.7);
  }
  expect(found.comparison).toMatchObject({ generation: 6, champion: 7, metric: "accuracy", level: 0.95 });
  expect(found.comparison!.lower).toBeGreaterThan(0);
  expect(found.comparison!.difference).toBeGreaterThan(found.comparison!.lower);
});

test("what is said twice counts once, a correction counts instead, a torn line is passed over, and few answers have no interval", async () => {
  say([said(1, "champion", false), said(2, "champion", true), said(2, "champion", true)]);
  say([said(1, "champion", true, { at: "2026-11-27T08:20:00Z" })]);
  appendFileSync(join(root, "served/routing/2026-11-27T08/a.feedback.jsonl"), '{"answer":"c0');
  const { arms, unreadable, comparison } = await read();
  expect(arms[0]!.score).toEqual({
    metric: "accuracy",
    answers: 2,
    score: 1,
    lower: null,
    upper: null,
    exact: 2,
    labels: [{ label: "billing", right: 2, wrong: 0, missed: 0 }],
  });
  expect([unreadable, comparison]).toEqual([1, null]);
});

test("what the service's own counters write is read", async () => {
  const script = `
import sys
from pathlib import Path
from serve.record.counts import Counts
from serve.record.tally import Differences, Tally
counts = Counts(Path(sys.argv[1]))
hour = counts.hour("routing", "multi-label")
tally = hour.tallies.setdefault((7, "${version}", "champion"), Tally())
said = {"classes": [{"label": "billing", "confidence": 0.31}, {"label": "returns", "confidence": 1.0}]}
for number in range(40):
    tally.add("Where is my refund? " * number, said if number % 2 else {"classes": []}, number % 16)
differences = hour.differences.setdefault((6, 7), Differences())
print(list(differences.add(said, {"classes": said["classes"][:1]})))
counts.write(counts.due())
`;
  const { stdout } = await promisify(execFile)(python, ["-c", script, join(root, "served")], {
    env: { ...process.env, PYTHONPATH: ["containers", "reader/python"].join(delimiter) },
  });
  expect(stdout).toBe("['returns']\n");
  const { arms, shadow, unreadable } = await read(24, new Date());
  expect(unreadable).toBe(0);
  expect(arms[0]).toMatchObject({ generation: 7, version, arm: "champion" });
  expect(arms[0]!.total).toMatchObject({
    answers: 40,
    unsure: 0.5,
    labels: { billing: 0.5, returns: 0.5 },
    // Five words and marks each time: the middle text has 95.
    length: { from: 64, to: 95 },
  });
  expect(shadow).toEqual([
    { generation: 6, beside: 7, compared: 1, same: 0, labels: [{ label: "returns", added: 0, dropped: 1 }] },
  ]);
});

test("pbp monitor tells it, as text and as JSON", async () => {
  const home = homeAt(join(root, "home"));
  mkdirSync(home.store, { recursive: true });
  const hour = new Date().toISOString().slice(0, 13);
  const line = ["monitor", "--home", home.root];
  expect((await pbp(...line)).stdout).toMatch(/^Nothing was answered since .*:00 UTC\.\n$/);
  const folder = join(home.served, "keyphrases", hour);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "w.json"),
    JSON.stringify({ ...counts(hour, { billing: 10 }), model: "keyphrases" }),
  );
  const { stdout } = await pbp(...line);
  expect(stdout).toContain("Generation 7, champion (000005-9f86d081884c)");
  expect(stdout).toMatch(new RegExp(`${hour} +160 +89 to 94 % +10\\.0 % +48 to 63`));
  expect(lastLine((await pbp(...line, "--json")).stdout)).toMatchObject({
    model: "keyphrases",
    arms: [{ generation: 7, total: { answers: 160 } }],
  });
  expect((await pbp(...line, "--hours", "0")).stderr).toContain("--hours takes a whole number");
});
