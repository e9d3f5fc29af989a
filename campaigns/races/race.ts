// Many processes promote and roll back two registered models at once, some of them stopped for longer than any lease, while
// others read both.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { lutimesSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { python } from "../../pipeline/python.ts";
import type { Random } from "../../samples/random.ts";
import { defaultModel } from "../../schemas/models/registered-models.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { layout } from "../../tasks/models/layout.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { trained } from "../../test/promote/execution.ts";
import type { Campaign, Trial } from "../campaign.ts";
import { names as namesIn, unrepaired } from "../subjects/models.ts";

const program = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const generations = 4;
const names = [defaultModel, "specialty"];
const loads = 3_300;
const keep = 1;
// A race takes seconds; whoever is at it after this long hangs.
const patienceMilliseconds = 15 * 60 * 1000;

/** Cases: 29 are one of each number of processes. `reader`: the program that loads. */
export function raceCampaign(language: string, reader: string, cases: number): Campaign {
  return {
    what: `4 to 32 processes promote and roll back two models at least ${generations} times each, some stopped beyond any lease, while the reader for ${language} loads them ${loads.toLocaleString("en")} times`,
    holds:
      "a serial history of each model, no number twice or missing, no verdict against a former champion, nothing of the other model; no load mixed, none unreadable",
    cases,
    seeds: 1,
    async run(trial) {
      await trial.each(trial.full!, async ({ number, folder, random }) => {
        const store = await openFileStore(folder, "pbp-race");
        const models = join(folder, "models");
        await mkdir(models);
        for (const model of names) {
          const first = await trained(store, `${model}-first`, null, { model });
          await promote(first, { store, modelsFolder: models, keep });
        }
        // Two of each model at least.
        const racers = Array.from({ length: 4 + ((number - 1) % 29) }, (_, index) => {
          const model = names[index % names.length]!;
          return start("racer.ts", [folder, `${model}-m${number}r${index}`, model]);
        });
        const all = [...racers];
        const giveUp = setTimeout(() => {
          for (const { child } of all) child.kill("SIGKILL");
        }, patienceMilliseconds);
        try {
          for (const { ready } of racers) await ready;
          // A case lasts as long as its loads, and the reader is one of up to 33 processes: it comes first.
          for (const { child } of racers) setPriority(child.pid!, constants.priority.PRIORITY_LOW);
          for (const { child } of racers) child.stdin!.write("go\n");
          const loading = start(reader, [folder, String(loads), ...names]);
          all.push(loading);
          let isRead = false;
          void loading.ready.then(() => {
            isRead = true;
          });
          const hasEnded = async () => isRead && (await leastGeneration(models)) > generations;
          const stopped = await disturb(models, racers, hasEnded, random, trial);
          await writeFile(join(folder, "over"), "");
          const problems = (
            await Promise.all(racers.map((racer) => problemsOf(racer, stopped, trial)))
          ).flat();
          loading.child.stdin!.end();
          problems.push(...(await readingProblems(loading, trial)));
          for (const model of names) {
            const history = await readHistory(models, model);
            for (const { generation, action, verdict, execution } of history) {
              if (
                action === "promote" &&
                generation > 1 &&
                !verdict?.key.endsWith(`/against-${generation - 1}.json`)
              )
                problems.push(`generation ${generation} has a verdict against a former champion`);
              if (execution && !execution.startsWith(`${model}-`))
                problems.push(`generation ${generation} of ${model} is ${execution}`);
            }
            trial.count("rounds", history.length - 1);
            trial.count("rollbacks", history.filter(({ action }) => action === "rollback").length);
            const expected = { generations: history.length, keep, model };
            problems.push(...(await unrepaired(models, store, expected)));
          }
          return problems.map((problem) => `${racers.length} processes: ${problem}`);
        } finally {
          clearTimeout(giveUp);
          for (const { child } of all) child.kill("SIGKILL");
        }
      });
    },
  };
}

type Racer = {
  child: ChildProcess;
  ready: Promise<unknown>;
  output: Promise<string>;
  ended: Promise<unknown[]>;
};

function start(name: string, args: string[]): Racer {
  const command = name.endsWith(".py") ? python : process.execPath;
  const child = spawn(command, [program(name), ...args], { stdio: ["pipe", "pipe", "inherit"] });
  return {
    child,
    ready: once(child.stdout!, "data"),
    output: text(child.stdout!),
    ended: once(child, "exit"),
  };
}

/** Of the model that is behind. */
async function leastGeneration(models: string): Promise<number> {
  const champions = await Promise.all(names.map((model) => currentChampion(models, model)));
  return Math.min(...champions.map((champion) => champion?.generation ?? 0));
}

/** Stops one process after the other wherever it is, makes what it has staged look old, and lets it continue later. */
async function disturb(
  models: string,
  racers: Racer[],
  hasEnded: () => Promise<boolean>,
  random: Random,
  trial: Trial,
): Promise<Set<Racer>> {
  const stopped = new Set<Racer>();
  // One of each model at least goes on, so that the race does.
  const stoppable = racers.slice(names.length);
  while (!(await hasEnded())) {
    const racer = random.pick(stoppable);
    if (!racer.child.kill("SIGSTOP")) break;
    stopped.add(racer);
    trial.count("stops");
    for (const { staging } of names.map((model) => layout(models, model)))
      for (const name of namesIn(staging))
        if (name.includes(`-${racer.child.pid}-`)) makeOld(join(staging, name));
    // Until others have gone on by a few generations.
    const until = (await leastGeneration(models)) + random.between(1, 3);
    while (!(await hasEnded()) && (await leastGeneration(models)) < until) await pause(5);
    racer.child.kill("SIGCONT");
  }
  return stopped;
}

function makeOld(path: string): void {
  try {
    lutimesSync(path, new Date(0), new Date(0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

type Done = { did: string; name?: string; message?: string; stale?: number };

async function problemsOf(racer: Racer, stopped: Set<Racer>, trial: Trial): Promise<string[]> {
  const [code, signal] = await racer.ended;
  const lines = (await racer.output).split("\n").filter((line) => line.startsWith("{"));
  const problems = code === 0 ? [] : [`a process ended with ${String(code ?? signal)}`];
  for (const { did, name, message, stale } of lines.map((line) => JSON.parse(line) as Done)) {
    trial.count("promotions that were stale first", stale ? 1 : 0);
    if (did !== "error") continue;
    // What a stopped process had staged was taken away; what a rollback wanted may be gone or in use by then.
    const mayBe =
      name === "StaleChampion" ||
      (name === "PromotionFailed" && (stopped.has(racer) || /removed or damaged/.test(message ?? ""))) ||
      (name === "InvalidInput" && /in use|nothing before it/.test(message ?? ""));
    if (!mayBe) problems.push(`ended by ${name}: ${message}`);
    trial.count(`ended by ${name}`);
  }
  return problems;
}

async function readingProblems(reader: Racer, trial: Trial): Promise<string[]> {
  await reader.ended;
  const output = (await reader.output).split("\n").find((line) => line.startsWith("{"));
  if (!output) return ["the reader did not end"];
  const { problem, mixed, foreign, unreadable, ...counts } = JSON.parse(output) as Record<string, number> & {
    problem: string;
  };
  for (const [name, count] of Object.entries(counts)) trial.count(name, count as number);
  return [
    ...(mixed ? [`${mixed} loads were mixed`] : []),
    ...(foreign ? [`${foreign} loads were of the other model`] : []),
    ...(unreadable ? [`${unreadable} loads could not be read: ${problem}`] : []),
  ];
}
