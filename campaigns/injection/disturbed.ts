// Cases on copies of a subject's world.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Trial } from "../campaign.ts";
import type { Subject } from "../subjects/subject.ts";
import { type Call, interpose } from "./interpose.ts";

export type Undisturbed = {
  /** Puts the world before the work into an empty folder. */
  copyTo: (folder: string) => void;
  /** Every call of the undisturbed work, in order. */
  calls: Call[];
};

const prepared = new Map<string, Promise<Undisturbed>>();

/**
 * Prepares a subject's world for this seed and notes what the undisturbed work does to the file system: once, for every
 * campaign of this process.
 */
export function undisturbed(name: string, subject: Subject, trial: Trial): Promise<Undisturbed> {
  const key = `${name} ${trial.seed}`;
  const known = prepared.get(key) ?? prepare(subject, trial);
  prepared.set(key, known);
  return known;
}

async function prepare(subject: Subject, trial: Trial): Promise<Undisturbed> {
  const own = mkdtempSync(join(tmpdir(), "pbp-faults-template-"));
  process.once("exit", () => rmSync(own, { recursive: true, force: true }));
  const template = join(own, "template");
  mkdirSync(template);
  await subject.prepare(template, trial.seed - 1);
  const copyTo = (folder: string) =>
    cpSync(template, folder, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  const folder = join(own, "undisturbed");
  copyTo(folder);
  const calls: Call[] = [];
  const restore = interpose(subject.root(folder), (call) => {
    calls.push({ ...call, paths: call.paths.map((path) => path.replace(subject.root(folder), "")) });
    return null;
  });
  try {
    await subject.act(folder);
  } finally {
    restore();
  }
  // Also when nothing happened: else the campaign would find its own faults.
  const problems = await subject
    .inspect(folder, true)
    .then(async (found) => [...found, ...(await subject.recover(folder))])
    .catch((error: unknown) => [`threw ${String(error)}`]);
  for (const problem of problems) trial.violation(`undisturbed: ${problem}`);
  return { copyTo, calls };
}

/** A call in a word or two, for messages: what is done, to which kind of file. */
export function described({ name, paths }: Pick<Call, "name" | "paths">): string {
  return `${name} ${paths.map((path) => path.replaceAll(/[0-9a-f]{8,}[0-9a-f-]*/g, "…")).join(" → ")}`;
}
