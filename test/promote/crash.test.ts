// Real processes on one folder of models: killed, raced, and what the next one finds.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readlinkSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verifyBundle } from "../../tasks/models/bundle.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { layout } from "../../tasks/models/layout.ts";
import { retain } from "../../tasks/models/retention.ts";
import { type Promotion, promote } from "../../tasks/promote/promotion.ts";
import { randomBelow } from "../../tasks/quality-gate/random.ts";
import { type FileStore, openFileStore } from "../../tasks/store/fs.ts";
import { writeJson } from "../../tasks/store/store.ts";
import { trained } from "./execution.ts";

const program = fileURLToPath(new URL("promoter.ts", import.meta.url));
const bucket = "pbp-test";
let root: string;
let models: string;
let store: FileStore;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "pbp-promote-"));
  models = join(root, "models");
  store = await openFileStore(root, bucket);
});
afterEach(() => rmSync(root, { recursive: true }));

async function prepare(name: string): Promise<Promotion> {
  const promotion = await trained(store, name);
  await writeJson(store, `runs/${name}/promotion.json`, promotion);
  return promotion;
}

type Promoter = { child: ChildProcessWithoutNullStreams; next: () => Promise<string | undefined> };

/** A promoting process that waits for its start. */
async function promoter(name: string, keep: number): Promise<Promoter> {
  const child = spawn(process.execPath, [program, root, bucket, models, name, String(keep)]);
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value as string | undefined;
  expect(await next()).toBe("ready");
  return { child, next };
}

/** What must hold at any moment, whoever was killed: a serial log, and a champion that is whole. */
async function expectSound(): Promise<number> {
  const history = await readHistory(models);
  expect(history.map((one) => one.generation)).toEqual(history.map((_, index) => history.length - index));
  for (const [index, one] of history.entries()) expect(one.from).toBe(history[index + 1]?.version ?? null);
  const executions = history.map((one) => one.execution);
  expect(new Set(executions).size).toBe(executions.length);
  for (const version of readdirSync(join(models, "versions"))) await verifyBundle(layout(models), version);
  const champion = await currentChampion(models);
  expect(champion?.version).toBe(history[0]?.version);
  if (champion) expect(readlinkSync(join(models, "current"))).toBe(`versions/${champion.version}`);
  return history.length;
}

test("a promotion killed at any point has happened or not, and the next attempt completes it", async () => {
  const rounds = 6;
  const draw = randomBelow(1000, 42);
  // What an undisturbed promotion takes here and now, so that the kills spread over it.
  await prepare("whole");
  const measured = await promoter("whole", 2);
  const start = performance.now();
  measured.child.stdin.write("go\n");
  await measured.next();
  const whole = performance.now() - start;
  for (let round = 0; round < rounds; round++) {
    const promotion = await prepare(`run-${round}`);
    const champion = await currentChampion(models);
    const { child } = await promoter(`run-${round}`, 2);
    const ended = once(child, "exit");
    child.stdin.write("go\n");
    setTimeout(() => child.kill("SIGKILL"), (draw() / 1000) * whole);
    await ended;
    const before = await expectSound();
    // The very event again, as a retry or a redrive sends it: no second generation.
    const promoted = await promote({ ...promotion, champion }, { store, modelsFolder: models, keep: 2 });
    expect(promoted.generation).toBe(round + 2);
    expect(await expectSound()).toBe(round + 2);
    expect(before).toBeGreaterThanOrEqual(round + 1);
  }
  // The leftovers of the dead go once they are old; those of the living would stay.
  const staging = join(models, "staging");
  const old = new Date(Date.now() - 60 * 60 * 1000);
  for (const name of readdirSync(staging)) utimesSync(join(staging, name), old, old);
  await retain(layout(models), 2);
  expect(readdirSync(staging)).toEqual([]);
  expect(readdirSync(join(models, "versions"))).toHaveLength(3);
});

test("eight processes that promote at once make a serial history, and each counts once", async () => {
  const names = Array.from({ length: 8 }, (_, index) => `run-${index}`);
  for (const name of names) await prepare(name);
  const promoters = await Promise.all(names.map((name) => promoter(name, 1)));
  for (const { child } of promoters) child.stdin.write("go\n");
  const results = await Promise.all(
    promoters.map(
      async ({ next }) => JSON.parse((await next()) ?? "null") as { generation: number; stale: number },
    ),
  );
  expect(results.map((one) => one.generation).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  // Seven of them lost the first race at least.
  expect(results.filter((one) => one.stale > 0).length).toBeGreaterThanOrEqual(1);
  expect(await expectSound()).toBe(8);
  await retain(layout(models), 1);
  expect(readdirSync(join(models, "versions"))).toHaveLength(2);
});
