import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BusEvent, matches, openEventBus, type Target } from "../../pipeline/local/events/event-bus.ts";
import type { Clock } from "../../pipeline/local/machine/clock.ts";
import { type Home, homeAt } from "../../pipeline/local/machine/home.ts";
import { executionFailed, exportArrived } from "../../pipeline/rules.ts";
import { until } from "./helpers.ts";

let folder = "";
let home: Home;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pbp-bus-"));
  home = homeAt(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Time that passes at once. */
function quickClock(): Clock & { slept: number[] } {
  const slept: number[] = [];
  return { slept, now: () => 0, sleep: async (milliseconds) => void slept.push(milliseconds) };
}

const rule = exportArrived("pbp-local");
const arrived = (key: string, bucket = "pbp-local"): BusEvent => ({
  id: key,
  source: "aws.s3",
  "detail-type": "Object Created",
  detail: { bucket: { name: bucket }, object: { key } },
});
const pending = () => readdirSync(join(home.events, "pending"));

function target(deliver: Target["deliver"], name = "start"): Target {
  return { rule, name, deliver };
}

test("an event goes to every target whose rule it fits, and leaves nothing behind", async () => {
  const got: string[] = [];
  const bus = await openEventBus(home, [
    target(async ({ id }) => got.push(`one ${id}`), "one"),
    target(async ({ id }) => got.push(`two ${id}`), "two"),
    { ...target(async () => got.push("wrong"), "three"), rule: exportArrived("other") },
  ]);
  await bus.put(arrived("incoming/a.json"));
  await bus.put(arrived("elsewhere/a.json"));
  await bus.idle();
  expect(got.sort()).toEqual(["one incoming/a.json", "two incoming/a.json"]);
  expect(pending()).toEqual([]);
});

test("a delivery that fails is tried again, later each time", async () => {
  const clock = quickClock();
  let calls = 0;
  const failing = target(async () => {
    calls++;
    if (calls < 3) throw new Error("not yet");
  });
  const bus = await openEventBus(home, [failing], clock);
  await bus.put(arrived("incoming/a.json"));
  await bus.idle();
  expect(calls).toBe(3);
  expect(clock.slept).toEqual([1000, 2000]);
  expect(pending()).toEqual([]);
});

test("what always fails becomes a dead letter, with the error's name and not its text", async () => {
  const failing = target(async () => {
    throw Object.assign(new Error("canary"), { name: "Broken" });
  });
  const bus = await openEventBus(home, [failing], quickClock());
  await bus.put(arrived("incoming/a.json"));
  await bus.idle();
  expect(pending()).toEqual([]);
  const letters = readdirSync(join(home.events, "dead-letters", "start"));
  expect(letters).toHaveLength(1);
  const letter = readFileSync(join(home.events, "dead-letters", "start", letters[0]!), "utf8");
  expect(JSON.parse(letter)).toMatchObject({ error: "Broken", event: { id: "incoming/a.json" } });
  expect(letter).not.toContain("canary");
});

test("an event survives the kill of its process, and the next bus delivers it", async () => {
  const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = join(folder, "killed.ts");
  writeFileSync(
    script,
    `import { writeFileSync } from "node:fs";
     import { openEventBus } from ${module("../../pipeline/local/events/event-bus.ts")};
     import { homeAt } from ${module("../../pipeline/local/machine/home.ts")};
     const never = { rule: ${JSON.stringify(rule)}, name: "start", deliver: () => new Promise(() => setInterval(() => {}, 1000)) };
     const bus = await openEventBus(homeAt(${JSON.stringify(folder)}), [never]);
     await bus.put(${JSON.stringify(arrived("incoming/a.json"))});
     writeFileSync(${JSON.stringify(join(folder, "ready"))}, "");`,
  );
  const child = spawn(process.execPath, [script], { stdio: "ignore" });
  await until(() => existsSync(join(folder, "ready")));
  const got: string[] = [];
  const deliver = async ({ id }: BusEvent) => got.push(id);

  const beside = await openEventBus(home, [target(deliver)]);
  await beside.idle();
  expect(got).toEqual([]); // its owner lives

  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await ended;
  const bus = await openEventBus(home, [target(deliver)]);
  await bus.idle();
  expect(got).toEqual(["incoming/a.json"]);
  expect(pending()).toEqual([]);
});

test("a closed bus keeps what it has not delivered", async () => {
  const bus = await openEventBus(home, [target(() => Promise.reject(new Error("down")))], {
    now: () => 0,
    sleep: (_, signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  });
  await bus.put(arrived("incoming/a.json"));
  await bus.close();
  expect(pending()).toHaveLength(1);
});

test("rules fit what they should", () => {
  const ended = (status: string): BusEvent => ({
    id: "1",
    source: "aws.states",
    "detail-type": "Step Functions Execution Status Change",
    detail: { stateMachineArn: "arn:machine", status },
  });
  const failed = executionFailed("arn:machine").pattern;
  expect(
    ["FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED"].map((status) => matches(failed, ended(status))),
  ).toEqual([true, true, true, false]);
  expect(matches(executionFailed("arn:other").pattern, ended("FAILED"))).toBe(false);
  expect(matches(rule.pattern, { ...arrived("incoming/a"), detail: null })).toBe(false);
  // What is an export is for start-execution to say: a rule that says it is too complex for EventBridge.
  for (const key of ["incoming/a.json", "incoming/a/", "incoming/Export.Json", "incoming/notes.csv"])
    expect([key, matches(rule.pattern, arrived(key))]).toEqual([key, true]);
  for (const key of ["exports/incoming/a.json", "incoming.json", "Incoming/a.json"])
    expect([key, matches(rule.pattern, arrived(key))]).toEqual([key, false]);
});
