// What a campaign is: many cases, each made from (campaign, seed, number) alone, each in its own folder, each with
// a list of what must hold. A case that finds something prints the line that repeats it.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, type Random } from "../samples/random.ts";

export type Campaign = {
  /** What is done, for the table. */
  what: string;
  /** What must hold in every case, for the table. */
  holds: string;
  /** Cases of a seed in a full run; null: as many as there are, which the campaign finds out. */
  cases: number | null;
  /** Seeds of a full run. */
  seeds: number;
  run: (trial: Trial) => Promise<void>;
};

export type Case = { number: number; folder: string; random: Random };

export type Trial = {
  seed: number;
  /** Below it lies everything of this trial; it is removed at the end. */
  folder: string;
  /** How many cases the campaign would have without `--cases`. */
  full: number | null;
  random: Random;
  /** Runs cases, `width` at a time. `one` returns what did not hold; what it throws did not hold either. */
  each(total: number, one: (of: Case) => Promise<string[]>, width?: number): Promise<void>;
  /** Something that did not hold, outside `each`. */
  violation(problem: string, number?: number): void;
  /** Adds to a figure of the report. */
  count(figure: string, by?: number): void;
};

export type Settings = {
  name: string;
  seed: number;
  seeds: number;
  /** At most so many cases a seed, spread over all of them. */
  cases: number | null;
  /** Only this case. */
  only: number | null;
  /** No case begins after so many seconds. */
  seconds: number | null;
};

export type Result = {
  name: string;
  what: string;
  holds: string;
  seeds: number[];
  cases: number;
  violations: number;
  seconds: number;
  /** Why not all cases of a full run were run; null when all were. */
  partial: string | null;
  figures: Record<string, number>;
  machine: string;
  found: { problem: string; repeat: string }[];
};

// What a report tells of each kind of failure; the rest is counted.
const foundLimit = 20;

export async function runCampaign(campaign: Campaign, settings: Settings): Promise<Result> {
  const started = performance.now();
  const isOver = () => settings.seconds !== null && performance.now() - started > settings.seconds * 1000;
  const result: Result = {
    name: settings.name,
    what: campaign.what,
    holds: campaign.holds,
    seeds: Array.from({ length: settings.seeds }, (_, index) => settings.seed + index),
    cases: 0,
    violations: 0,
    seconds: 0,
    partial: settings.seeds < campaign.seeds ? `${settings.seeds} of ${campaign.seeds} seeds` : null,
    figures: {},
    machine: "",
    found: [],
  };
  for (const seed of result.seeds) {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "pbp-faults-")));
    try {
      await campaign.run(trialOf(seed, folder));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  result.seconds = Math.round((performance.now() - started) / 100) / 10;
  result.machine = `Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}`;
  return result;

  function trialOf(seed: number, folder: string): Trial {
    const violation = (problem: string, number?: number) => {
      result.violations++;
      const only = number === undefined ? "" : ` --only ${number}`;
      const repeat = `node campaigns/run.ts ${settings.name} --seed ${seed}${only}`;
      if (result.found.length < foundLimit) result.found.push({ problem, repeat });
      console.error(`VIOLATION ${problem}\n  ${repeat}`);
    };
    return {
      seed,
      folder,
      full: campaign.cases,
      random: createRandom(`${settings.name}/${seed}`),
      violation,
      count(figure, by = 1) {
        result.figures[figure] = (result.figures[figure] ?? 0) + by;
      },
      async each(total, one, width = 1) {
        const numbers = chosen(total, settings);
        if (numbers.length < total)
          result.partial =
            settings.only === null
              ? `${numbers.length} of ${total} cases a seed`
              : `case ${settings.only} of ${total} only`;
        let next = 0;
        const worker = async () => {
          while (next < numbers.length) {
            if (isOver()) {
              result.partial = `stopped after ${settings.seconds} s`;
              return;
            }
            const number = numbers[next++]!;
            result.cases++;
            const own = mkdtempSync(join(folder, `${number}-`));
            const random = createRandom(`${settings.name}/${seed}/${number}`);
            const problems = await one({ number, folder: own, random }).catch((error: unknown) => [
              `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
            ]);
            for (const problem of problems) violation(problem, number);
            rmSync(own, { recursive: true, force: true });
          }
        };
        await Promise.all(Array.from({ length: width }, worker));
      },
    };
  }
}

/** Case numbers from 1: all, the one asked for, or so many spread evenly, which reach every part of the work. */
function chosen(total: number, { cases, only }: Settings): number[] {
  if (only !== null) return [only];
  const count = Math.min(total, cases ?? total);
  return Array.from({ length: count }, (_, index) => 1 + Math.floor(((index + 0.5) * total) / count));
}
