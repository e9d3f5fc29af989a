// Who answers beside the generation in use: what the log says, what ends it, and what retention leaves alone.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { currentChampion } from "../../tasks/models/champion.ts";
import { layout } from "../../tasks/models/layout.ts";
import { retain } from "../../tasks/models/retention.ts";
import { rollback } from "../../tasks/models/rollback.ts";
import { setTraffic } from "../../tasks/models/set-traffic.ts";
import { readTraffic } from "../../tasks/models/traffic.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { failure } from "../tasks/deployment.ts";
import { memoryStore, trained } from "./execution.ts";

const store = memoryStore();
let modelsFolder: string;
beforeEach(() => {
  modelsFolder = join(mkdtempSync(join(tmpdir(), "pbp-traffic-")), "models");
});
afterEach(() => rmSync(join(modelsFolder, ".."), { recursive: true }));

const file = (path: string) => join(modelsFolder, path);
const ask = { actor: "an operator", reason: "try it on a tenth" };
const arm = (generation: number, more = {}) => ({ generation, weight: 10, shadow: false, ...more });
const set = (wanted: ReturnType<typeof arm> | null, more = {}) =>
  setTraffic({ modelsFolder, arm: wanted, ...ask, ...more });
let runs = 0;

async function promoteRuns(count: number, keep = 9): Promise<string[]> {
  const versions: string[] = [];
  for (let index = 1; index <= count; index++) {
    const promotion = await trained(store, `run-${++runs}`, await currentChampion(modelsFolder));
    versions.push((await promote(promotion, { store, modelsFolder, keep })).version);
  }
  return versions;
}

test("an arm answers beside the generation in use; a larger share keeps the salt, another arm has its own", async () => {
  const [first] = await promoteRuns(3);
  expect(await readTraffic(modelsFolder)).toEqual({ newest: null, answers: false, problem: null });
  const record = await set(arm(1));
  expect(record).toMatchObject({ entry: 1, arm: { ...arm(1), version: first, beside: 3 }, ...ask });
  expect(JSON.parse(readFileSync(file("traffic/000001.json"), "utf8"))).toEqual(record);
  expect(await readTraffic(modelsFolder)).toEqual({ newest: record, answers: true, problem: null });
  expect((await set(arm(1, { weight: 50 }))).arm?.salt).toBe(record.arm?.salt);
  expect((await set(arm(2))).arm?.salt).not.toBe(record.arm?.salt);
  await set(null);
  expect(await readTraffic(modelsFolder)).toMatchObject({ newest: { entry: 4, arm: null }, answers: false });
  expect(readdirSync(file("staging"))).toEqual([]);
});

test("any promotion or rollback ends it, and going back to the old champion does not bring it back", async () => {
  await promoteRuns(3);
  await set(arm(1));
  await promoteRuns(1);
  expect((await readTraffic(modelsFolder)).answers).toBe(false);
  // Generation 3's version is in use again, as generation 5.
  await rollback({ modelsFolder, ...ask });
  expect(await readTraffic(modelsFolder)).toMatchObject({ newest: { entry: 1 }, answers: false });
  await set(arm(1));
  // A rollback to the arm is how it is promoted.
  await rollback({ modelsFolder, ...ask, to: 1 });
  expect((await readTraffic(modelsFolder)).answers).toBe(false);
  expect(await failure(set(arm(1)))).toMatchObject({
    name: "InvalidInput",
    message: expect.stringContaining("is in use: it answers already"),
  });
});

test.each([
  ["a generation that never was", 7, "There is no generation 7: they count from 1 to 2."],
  ["the generation in use", 2, "which is in use"],
])("%s is no arm", async (_, generation, message) => {
  await promoteRuns(2);
  expect(await failure(set(arm(generation)))).toEqual({
    name: "InvalidInput",
    message: expect.stringContaining(message),
  });
  expect(existsSync(file("traffic/000001.json"))).toBe(false);
});

test("nor is a model without a generation, or a bundle that is damaged or gone", async () => {
  expect((await failure(set(arm(1)))).message).toContain("No model has been promoted yet");
  const [first] = await promoteRuns(2);
  expect((await failure(set(arm(1), { model: "specialty" }))).message).toContain("no registered model");
  writeFileSync(file(`versions/${first}/labels.json`), "[]");
  expect((await failure(set(arm(1)))).name).toBe("PromotionFailed");
  rmSync(file(`versions/${first}`), { recursive: true });
  expect(await failure(set(arm(1)))).toEqual({
    name: "PromotionFailed",
    message: expect.stringContaining("The traffic is unchanged."),
  });
  expect(readdirSync(file("staging"))).toEqual([]);
});

test("retention leaves the arm, also when a promotion has ended it, until it is stopped", async () => {
  const [first] = await promoteRuns(2);
  await set(arm(1));
  await promoteRuns(3, 1);
  expect(existsSync(file(`versions/${first}`))).toBe(true);
  expect(readdirSync(file("versions"))).toHaveLength(3);
  await set(null);
  expect(await retain(layout(modelsFolder), 1)).toEqual([first]);
});

test("eight who set it at once make a serial log; the last one counts, and a call whose reply was lost is one entry", async () => {
  await promoteRuns(2);
  const asked = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      set(arm(1, { weight: index + 1 }), { actor: `operator-${index}` }),
    ),
  );
  expect(asked.map(({ entry }) => entry).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const { newest } = await readTraffic(modelsFolder);
  expect(newest).toEqual(asked.find(({ entry }) => entry === 8));
  const again = await set(arm(1, { weight: 1 }), { actor: "operator-0", once: true });
  expect(again).toEqual(asked[0]);
  expect(readdirSync(file("traffic"))).toHaveLength(8);
});

test.each([
  ["torn", "{"],
  [
    "of another number",
    JSON.stringify({ entry: 9, arm: null, at: "2026-11-27T08:02:11Z", actor: "a", reason: "" }),
  ],
  ["of another shape", '{"entry":1,"arm":"Canary"}'],
])(
  "an entry that is %s: the model in use answers alone, nothing is removed, and stop repairs it",
  async (_, text) => {
    const warned: unknown[] = [];
    const { warn } = console;
    console.warn = (...words) => void warned.push(words);
    try {
      const versions = await promoteRuns(3);
      await set(arm(1));
      writeFileSync(file("traffic/000001.json"), text);
      const { newest, answers, problem } = await readTraffic(modelsFolder);
      expect([newest, answers]).toEqual([null, false]);
      expect(problem).toMatch(/traffic log/);
      expect(problem).not.toContain("Canary");
      expect((await failure(set(arm(2)))).name).toBe("TrafficUnreadable");
      versions.push(...(await promoteRuns(2, 1)));
      expect(readdirSync(file("versions")).sort()).toEqual(versions.sort());
      expect(warned).toHaveLength(2);
      await set(null);
      await set(arm(2));
      expect((await readTraffic(modelsFolder)).answers).toBe(true);
    } finally {
      console.warn = warn;
    }
  },
);
