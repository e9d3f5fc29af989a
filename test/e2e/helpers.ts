import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampleExport } from "../../samples/generate.ts";
import { sampleRecords } from "../../samples/records.ts";
import type { BundleManifest } from "../../schemas/types.ts";
import { type Outcome, pbp } from "../cli/helpers.ts";
import { shared } from "../shared/shared.ts";
import { writeTinyModel } from "./tiny-model.ts";

/** Enough records for 20 test documents and something to learn, few and short enough for a second. */
const records = 200;
const longestNote = 300;

/** Settings under which the tiny model learns enough to be promoted. */
export const settings = [
  "--base-model",
  "tiny",
  "--min-samples",
  "100",
  "--learning-rate",
  "0.01",
  "--epochs",
  "3",
];

export type Workplace = {
  folder: string;
  /** The sample export's first records. */
  base: string;
  /** The same and 20 new ones. */
  more: string;
  /** A home with the tiny base model in it. */
  makeHome(name: string): Promise<string>;
  /** The same after one run of `base` under `settings`, which has been promoted. */
  makeUsedHome(name: string): Promise<string>;
  clean(): void;
};

/** A temporary folder with exports and a tiny model. */
export function openWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), "pbp-e2e-"));
  const [header] = sampleExport({ records: 0, extra: 0, seed: "e2e" }, "lines");
  const notes = [...sampleRecords({ records: 2 * records, extra: 50, seed: "e2e" })].filter(
    ({ text }) => text.length <= longestNote,
  );
  const write = (name: string, extra: number) => {
    const file = join(folder, name);
    const written = [...notes.slice(0, records), ...notes.slice(notes.length - extra)];
    writeFileSync(file, JSON.stringify({ ...JSON.parse(header!), records: written }));
    return file;
  };
  const model = join(folder, "tiny-model");
  writeTinyModel(
    model,
    notes.slice(0, records).map(({ text }) => text),
  );
  const base = write("base.json", 0);
  // A home names no place: it can be copied. Its models, exports and settings are the same in every workplace.
  const addModel = (home: string) => pbp("base-model", "add", "tiny", model, "--home", home).then(succeeded);
  const copy = (home: string, name: string) => {
    cpSync(home, join(folder, name), { recursive: true, verbatimSymlinks: true });
    return join(folder, name);
  };
  const makeHome = async (name: string) => copy(await shared("home", addModel), name);
  return {
    folder,
    base,
    more: write("more.json", 20),
    makeHome,
    async makeUsedHome(name) {
      const use = async (used: string) => {
        renameSync(await makeHome("used"), used);
        succeeded(await pbp("run", base, ...settings, "--home", used));
      };
      return copy(await shared("used-home", use), name);
    },
    clean: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Throws with what pbp said unless it ended with 0. */
export function succeeded(outcome: Outcome): Outcome {
  if (outcome.code !== 0)
    throw new Error(`pbp ended with ${outcome.code}: ${outcome.stderr}\n${outcome.stdout}`);
  return outcome;
}

/** An export whose spans are not what its texts say, with a canary in every text; returns the file. */
export function writeBadExport({ folder, base }: Workplace): string {
  const bad = join(folder, "bad.json");
  const good = JSON.parse(readFileSync(base, "utf8"));
  for (const record of good.records) {
    record.text = `Canary-4711 ${record.text}`;
    for (const span of record.keyphrases ?? []) span.text = "canary-0815";
  }
  writeFileSync(bad, JSON.stringify(good));
  return bad;
}

export function readBundle(bundle: string): BundleManifest {
  return JSON.parse(readFileSync(join(bundle, "manifest.json"), "utf8")) as BundleManifest;
}

/** Command lines of living processes that work in `folder`: what a kill must not leave behind. */
export function processesIn(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => processIn(folder, pid) ?? []);
}

/** Waits until no process works in `folder`: the one that jobs are forked from ends by itself, a moment after pbp. */
export async function withoutProcesses(folder: string): Promise<void> {
  while (processesIn(folder).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The number and command line of a process, if it lives and works in `folder`. */
export function processIn(folder: string, pid: number | string): string | null {
  const mentions = (text: string) => text.includes(folder);
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    const works =
      mentions(line) ||
      mentions(readFileSync(`/proc/${pid}/environ`, "utf8")) ||
      // A job is a fork of the process that loads what the jobs need: its folder tells whose it is.
      mentions(readlinkSync(`/proc/${pid}/cwd`));
    return works ? `${pid} ${line}` : null;
  } catch {
    return null; // gone meanwhile, or another user's
  }
}
