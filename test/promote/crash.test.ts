// Real processes on one folder of models: killed, raced, and what the next one finds.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { lutimesSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultModel } from "../../schemas/models/registered-models.ts";
import { verifyBundle } from "../../tasks/models/bundle.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { layout } from "../../tasks/models/layout.ts";
import { retain } from "../../tasks/models/retention.ts";
import { leaseMilliseconds } from "../../tasks/models/staging.ts";
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

// Everything takes place in two logs at once; neither must notice the other.
const names = [defaultModel, "specialty"];

async function prepare(name: string, model: string): Promise<Promotion> {
  const promotion = await trained(store, name, null, { model });
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

/** What must hold at any moment, whoever was killed: a serial log of one model, and a champion that is whole. */
async function expectSound(model: string): Promise<number> {
  const at = layout(models, model);
  const history = await readHistory(models, model);
  expect(history.map((one) => one.generation)).toEqual(history.map((_, index) => history.length - index));
  for (const [index, one] of history.entries()) expect(one.from).toBe(history[index + 1]?.version ?? null);
  const executions = history.map((one) => one.execution);
  expect(new Set(executions).size).toBe(executions.length);
  for (const execution of executions) expect(execution).toMatch(new RegExp(`^${model}-`));
  const versions = readdirSync(at.versions);
  for (const version of versions) await verifyBundle(at, version);
  const champion = await currentChampion(models, model);
  expect(champion?.version).toBe(history[0]?.version);
  if (champion) expect(readlinkSync(at.current)).toBe(`versions/${champion.version}`);
  return history.length;
}

test("a promotion killed at any point has happened or not, and the next attempt completes it", async () => {
  const rounds = 6;
  const draw = randomBelow(1000, 42);
  // What an undisturbed promotion takes here and now, so that the kills spread over it.
  for (const model of names) await prepare(`${model}-whole`, model);
  const other = await promoter("specialty-whole", 2);
  other.child.stdin.write("go\n");
  await other.next();
  const measured = await promoter(`${defaultModel}-whole`, 2);
  const start = performance.now();
  measured.child.stdin.write("go\n");
  await measured.next();
  const whole = performance.now() - start;
  for (let round = 0; round < rounds; round++) {
    const model = names[round % 2]!;
    const expected = Math.floor(round / 2) + 2;
    const execution = `${model}-${round}`;
    const promotion = await prepare(execution, model);
    const champion = await currentChampion(models, model);
    const { child } = await promoter(execution, 2);
    const ended = once(child, "exit");
    child.stdin.write("go\n");
    setTimeout(() => child.kill("SIGKILL"), (draw() / 1000) * whole);
    await ended;
    const before = await expectSound(model);
    // The very event again, as a retry or a redrive sends it: no second generation.
    const promoted = await promote({ ...promotion, champion }, { store, modelsFolder: models, keep: 2 });
    expect(promoted.generation).toBe(expected);
    expect(await expectSound(model)).toBe(expected);
    expect(before).toBeGreaterThanOrEqual(expected - 1);
    // The killed one was the other's business at no moment.
    expect(await expectSound(names[(round + 1) % 2]!)).toBe(Math.floor((round + 1) / 2) + 1);
  }
  // The leftovers of the dead go once they are old; those of the living would stay.
  const old = new Date(Date.now() - 2 * leaseMilliseconds);
  for (const at of names.map((model) => layout(models, model))) {
    // A draft of the pointer is a link that leads nowhere from here.
    for (const name of readdirSync(at.staging)) lutimesSync(join(at.staging, name), old, old);
    await retain(at, 2);
    expect(readdirSync(at.staging)).toEqual([]);
    expect(readdirSync(at.versions)).toHaveLength(3);
  }
});

test("eight processes that promote at once make a serial history of each model, and each counts once", async () => {
  const executions = Array.from({ length: 8 }, (_, index) => `${names[index % 2]}-${index}`);
  for (const [index, execution] of executions.entries()) await prepare(execution, names[index % 2]!);
  const promoters = await Promise.all(executions.map((execution) => promoter(execution, 1)));
  for (const { child } of promoters) child.stdin.write("go\n");
  const results = await Promise.all(
    promoters.map(
      async ({ next }) => JSON.parse((await next()) ?? "null") as { generation: number; stale: number },
    ),
  );
  for (const first of [0, 1]) {
    const generations = results.filter((_, index) => index % 2 === first).map((one) => one.generation);
    expect(generations.sort((a, b) => a - b)).toEqual([1, 2, 3, 4]);
  }
  // Three of each lost their first race, unless they came late.
  expect(results.filter((one) => one.stale > 0).length).toBeGreaterThanOrEqual(1);
  for (const model of names) {
    expect(await expectSound(model)).toBe(4);
    await retain(layout(models, model), 1);
    expect(readdirSync(layout(models, model).versions)).toHaveLength(2);
  }
});
