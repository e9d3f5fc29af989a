// The real jobs on notes that hold a canary, with something damaged or scarce: no log, failure file or description may
// quote it. Libraries are where it would come from, since their messages like to show the value that they refuse.
import { createHash } from "node:crypto";
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { TaskError, type TaskRunner } from "../../pipeline/local/engine/task-runner.ts";
import { jobRunners } from "../../pipeline/local/jobs/job-runner.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import { bucket } from "../../pipeline/local/pipeline.ts";
import { python } from "../../pipeline/python.ts";
import type { Random } from "../../samples/random.ts";
import type { Job } from "../../schemas/execution/jobs.ts";
import { jobTable } from "../../states/job-table.ts";
import { explainFailure } from "../../tasks/explain-job-failure/job.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import type { ObjectStore } from "../../tasks/store/store.ts";
import { archive, type Member } from "../../test/promote/archives.ts";
import type { Campaign, Trial } from "../campaign.ts";
import { canary, names } from "../subjects/models.ts";
import { quotesOutside } from "./canaries.ts";
import { changeSomewhere, deep, faults } from "./corruptions.ts";
import { ofClasses, ofKeyphrases, prepare, type Request } from "./prepared.ts";

const jobCanaries = (what: string, jobs: Job[], prepares: Parameters<typeof prepare>[1]): Campaign => ({
  what: `${what} with damaged inputs and models, too little memory or disk, or stopped at any moment; every note with a canary`,
  holds:
    "the job ends well or under its name; the canary is in no log, failure or description; no note stays",
  cases: 300,
  seeds: 1,
  async run(trial) {
    const { requests: all, store: prepared } = await prepare(trial, prepares);
    const requests = all.filter(({ name }) => jobs.includes(name));
    await trial.each(
      trial.full!,
      async ({ number, folder, random }) => {
        const request = requests[number % requests.length]!;
        const home = homeAt(join(folder, "home"));
        cpSync(prepared, home.store, { recursive: true });
        const store = await openFileStore(home.store, bucket);
        const way = random.pick(ways);
        const { what, python, milliseconds } = await way({ request, store, folder, random });
        const runner = jobRunners({ home, store, bucket, python })[request.kind];
        const problems = await outcome(request, runner, milliseconds, trial);
        const left = names(home.jobs);
        if (left.length !== 1) problems.push(`there are ${left.length} jobs, not one`);
        if (left.some((job) => existsSync(join(home.jobs, job, "ml")))) problems.push("its inputs stay");
        problems.push(...quotesOutside(home.store, folder, trial));
        return problems.map((problem) => `${request.name}, ${what}: ${problem}`);
      },
      availableParallelism(),
    );
  },
});

export const jobCanariesCampaign = jobCanaries(
  "Embed, Train and Evaluate",
  ["Embed", "Train", "Evaluate"],
  ofKeyphrases,
);
/** Embed is the same for every kind. */
export const classJobCanariesCampaign = jobCanaries(
  "Train of linear and frozen models of classes, and Evaluate",
  ["Train", "Evaluate"],
  ofClasses,
);

type World = { request: Request; store: ObjectStore; folder: string; random: Random };
/** What is wrong for the job; with which Python it runs; when it is stopped. */
type Trouble = { what: string; python: string; milliseconds?: number };

const ways: ((world: World) => Promise<Trouble>)[] = [
  ...Array.from({ length: 7 }, () => damageInput),
  async ({ folder, random }) => scarce(folder, "f", random.between(1, 400)),
  async ({ folder, random }) => scarce(folder, "v", random.between(300_000, 6_000_000)),
  async ({ random }) => {
    const milliseconds = random.between(1, 5000);
    return { what: `stopped after ${milliseconds} ms`, python, milliseconds };
  },
];

/** A Python that may write files of so many blocks (f) or use so many kilobytes (v). */
function scarce(folder: string, limit: "f" | "v", amount: number): Trouble {
  const script = join(folder, "python");
  writeFileSync(script, `#!/bin/sh\nulimit -${limit} ${amount}\nexec ${python} "$@"\n`, { mode: 0o755 });
  return { what: `ulimit -${limit} ${amount}`, python: script };
}

/** Changes one object that the job reads. */
async function damageInput({ request, store, random }: World): Promise<Trouble> {
  const uris = [...JSON.stringify(request.arguments).matchAll(/"S3Uri":"s3:\/\/[^/"]+\/([^"]+)"/g)];
  const keys = new Set<string>();
  for (const [, prefix] of uris) for await (const { key } of store.list(prefix!)) keys.add(key);
  const key = random.pick([...keys].sort());
  const content = await buffer(await store.read(key));
  const { what, bytes } = key.endsWith(".tar.gz")
    ? damageArchive(content, random)
    : damage(key, content, random);
  await store.write(key, bytes);
  const vouches = random.chance(0.7) && (await vouch(store, key, bytes));
  return { what: `${what} in ${key}${vouches ? ", vouched for" : ""}`, python };
}

function damage(name: string, content: Buffer, random: Random): { what: string; bytes: Buffer } {
  if (/\.jsonl?$/.test(name) && random.chance(0.5)) return changeValue(content, random);
  for (;;) {
    const fault = random.pick(faults);
    const bytes = fault.change(content, random);
    if (!bytes.equals(content)) return { what: fault.name, bytes };
  }
}

/** JSON that is still JSON, with another value somewhere. */
function changeValue(content: Buffer, random: Random): { what: string; bytes: Buffer } {
  const lines = content.toString("utf8").trimEnd().split("\n");
  const at = random.between(0, lines.length - 1);
  const isOneALine = lines.every((line) => /^[[{].*[\]}]$/.test(line));
  const value = JSON.parse(isOneALine ? lines[at]! : lines.join("\n")) as object;
  // What JSON.stringify has no word for: numbers that are none, which some writers write all the same, and depth.
  const text = changed(value, random).replace(/null/, () =>
    random.pick(["null", "NaN", "1e999", "-Infinity", deep(100_000)]),
  );
  if (!isOneALine) return { what: "another value", bytes: Buffer.from(text) };
  lines[at] = text;
  return { what: "another value", bytes: Buffer.from(`${lines.join("\n")}\n`) };
}

function changed(value: object, random: Random): string {
  for (;;) {
    const copy = structuredClone(value);
    changeSomewhere(copy, random);
    try {
      return JSON.stringify(copy);
    } catch (error) {
      // Too deep for JSON.stringify.
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

/** A model archive with a damaged file, which its manifest may vouch for. */
function damageArchive(content: Buffer, random: Random): { what: string; bytes: Buffer } {
  if (random.chance(0.3)) return damage("model.tar.gz", content, random);
  const members = membersOf(gunzipSync(content));
  const member = random.pick(members);
  const { what, bytes } = damage(member.name, member.body as Buffer, random);
  member.body = bytes;
  const manifest = members.find(({ name }) => name === "manifest.json")!;
  if (member !== manifest && random.chance(0.7)) {
    const value = JSON.parse(String(manifest.body)) as { files: Record<string, string> };
    value.files[member.name] = sha256(bytes);
    manifest.body = JSON.stringify(value);
  }
  return { what: `${what} in ${member.name}`, bytes: archive(members) };
}

/** The files of an archive that our own runner packed. */
function membersOf(tar: Buffer): Member[] {
  const members: Member[] = [];
  for (let at = 0; tar[at]; ) {
    const name = tar.toString("latin1", at, at + 100).replace(/\0.*$/s, "");
    const size = Number.parseInt(tar.toString("latin1", at + 124, at + 136), 8);
    if (tar.toString("latin1", at + 156, at + 157) === "0")
      members.push({ name, body: tar.subarray(at + 512, at + 512 + size) });
    at += 512 * (1 + Math.ceil(size / 512));
  }
  return members;
}

/** Lets the base model's manifest vouch for a file of its own as it is now. */
async function vouch(store: ObjectStore, key: string, bytes: Buffer): Promise<boolean> {
  const [, folder, name] = /^(base-models\/.*\/)([^/]+)$/.exec(key) ?? [];
  if (!folder || !name || name === "manifest.json") return false;
  const manifestKey = `${folder}manifest.json`;
  const manifest = JSON.parse(String(await buffer(await store.read(manifestKey)))) as {
    files: Record<string, string>;
    weightsSha256: string;
  };
  manifest.files[name] = sha256(bytes);
  if (name === "model.safetensors") manifest.weightsSha256 = sha256(bytes);
  await store.write(manifestKey, JSON.stringify(manifest));
  return true;
}

/** How the job ends, as the state machine would tell it. */
async function outcome(
  { name, arguments: args }: Request,
  run: TaskRunner,
  milliseconds: number | undefined,
  trial: Trial,
): Promise<string[]> {
  const stop = new AbortController();
  const context = {
    signal: stop.signal,
    executionName: "run-1",
    stateName: name,
    onSubmitted: () => undefined,
    onProgress: () => undefined,
  };
  const ended = run(args as Json, context).then(
    () => null,
    (error: unknown) => error,
  );
  if (milliseconds !== undefined) void pause(milliseconds, null, { ref: false }).then(() => stop.abort());
  const error = await ended;
  if (error === null || stop.signal.aborted) {
    trial.count(error === null ? "ended well" : "stopped");
    return [];
  }
  if (!(error instanceof TaskError)) return [`ended by ${String(error)}`];
  const { name: told, message } = explainFailure(jobTable[name].error, error.cause, error.error);
  trial.count(/left no reason/.test(message) ? "ended without a reason of ours" : "ended by name");
  return [
    ...(error.error === "States.TaskFailed" ? [] : [`ended by ${error.error}`]),
    ...(told === jobTable[name].error ? [] : [`ended by ${told}`]),
    ...(canary.test(error.cause + message) ? ["the failure quotes a note"] : []),
  ];
}

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
