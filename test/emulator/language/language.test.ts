// The table of cases that holds the local engine (test/engine), on an interpreter that nobody here wrote.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SFNClient } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Case, readCases } from "../../engine/cases.ts";
import { type Emulator, startEmulator } from "../emulator.ts";
import { differences, differencesTable, notCarried, notCarriedList } from "./differences.ts";
import { type Outcome, runCase } from "./language.ts";
import { endedTrials, outcomeHere, trialsAlone } from "./trials-alone.ts";

let folder = "";
let emulator: Emulator;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pbp-emulator-"));
  emulator = await startEmulator(folder, { SFN_WAIT_SCALE: "0" });
});
afterAll(async () => {
  await emulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

// Each execution idles for 0.15 s before it begins; the emulator itself has one core to use.
const atOnce = 12;
const cases = readCases().flatMap(({ topic, cases }) =>
  cases.map((one, index) => ({ one, id: `${topic}-${index}` })),
);
const listed = differences.flatMap((difference) => difference.cases);
const skipped = notCarried.flatMap((reason) => reason.cases);

/** Whether an outcome is the table's, but for the time it took. */
function isAsExpected({ expect: { seconds, maximumSeconds, invalid, ...expected } }: Case, outcome: Outcome) {
  if (invalid !== undefined) return outcome.invalid !== undefined;
  const found = Object.entries(expected).map(([field, value]) => [
    field,
    value,
    outcome[field as keyof Outcome],
  ]);
  return found.every(([, value, other]) => JSON.stringify(sorted(value)) === JSON.stringify(sorted(other)));
}

const sorted = (value: unknown) =>
  JSON.parse(JSON.stringify(value ?? null), (_, part) =>
    part && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

test("the emulator agrees with the table, but for the differences that are listed and decided", async () => {
  const steps = new SFNClient(emulator.client);
  const differing: Record<string, Outcome> = {};
  const queue = cases.filter(({ one }) => !skipped.includes(one.name));
  const work = Array.from({ length: atOnce }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const outcome = await runCase(steps, next.one, next.id);
      if (!isAsExpected(next.one, outcome)) differing[next.one.name] = outcome;
    }
  });
  await Promise.all(work);
  steps.destroy();
  const unlisted = Object.keys(differing).filter((name) => !listed.includes(name));
  expect(
    unlisted.map((name) => [name, differing[name]]),
    "not in differences.ts",
  ).toEqual([]);
  expect(
    listed.filter((name) => !(name in differing)),
    "no difference any more",
  ).toEqual([]);
});

test("the lists name cases of the table, each once, and the page shows them", () => {
  const names = cases.map(({ one }) => one.name);
  const all = [...listed, ...skipped];
  expect(new Set(all).size).toBe(all.length);
  expect(all.filter((name) => !names.includes(name))).toEqual([]);
  const page = readFileSync(new URL("../../../docs/independent-engines.md", import.meta.url), "utf8");
  const asked = names.length - skipped.length;
  expect(page).toContain(`a table of ${names.length} small machines`);
  expect(page).toContain(`asked ${asked} of them`);
  expect(page).toContain(`${asked - listed.length} agree; ${listed.length} differ`);
  expect(page).toContain(differencesTable());
  expect(page).toContain(notCarriedList());
});

test.each<[string, ReturnType<typeof endedTrials>, number | null, string[]]>([
  [
    "the best",
    endedTrials([0.7, 0.01], [0.8, 0.01], [0.9, 0.01]),
    2,
    ["completed", "completed", "completed"],
  ],
  ["the simplest as good as it", endedTrials([0.895, 0.01], [0.9, 0.01]), 0, ["completed", "completed"]],
  ["never one without a score", endedTrials(null, [0.4, 0.1], null), 1, ["failed", "completed", "failed"]],
  ["none if none has a score", endedTrials(null, null), null, ["failed", "failed"]],
  ["a single one without a score", endedTrials(null), 0, ["completed"]],
])("of the trials as they ended, both engines choose %s", async (name, ended, chosen, statuses) => {
  const steps = new SFNClient(emulator.client);
  const one: Case = { name, definition: trialsAlone, input: ended, expect: {} };
  const there = await runCase(steps, one, `trials-${statuses.length}-${chosen}`);
  steps.destroy();
  expect(there, there.cause ?? "").toMatchObject({ status: "SUCCEEDED" });
  const { trials, ...others } = there.output as { trials: { status: string }[]; chosen: number | null };
  expect(others).toMatchObject({ chosen });
  expect(trials.map(({ status }) => status)).toEqual(statuses);
  expect(await outcomeHere(one)).toEqual(there.output);
});
