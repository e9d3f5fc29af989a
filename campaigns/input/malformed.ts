// Exports and execution inputs that are not what they should be: each a good one, changed where its structure can be.
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Random } from "../../samples/random.ts";
import inputSchema from "../../schemas/execution/execution-input.schema.json" with { type: "json" };
import baseModelSchema from "../../schemas/models/base-model.schema.json" with { type: "json" };
import { NamedError } from "../../schemas/tables/errors.ts";
import type { BaseModelManifest } from "../../schemas/types.ts";
import { validateExport } from "../../tasks/preprocess/validate-export.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { writeJson } from "../../tasks/store/store.ts";
import { handler as validateInput } from "../../tasks/validate-input.ts";
import type { Campaign, Trial } from "../campaign.ts";
import { canary, isNamedAmong } from "../subjects/models.ts";
import { bucket, deployTo } from "../subjects/promote.ts";
import { changeSomewhere, faults, heavy } from "./corruptions.ts";
import { classesExport, keyphrasesExport } from "./good-exports.ts";
import { watchMemory, watchTime } from "./watchdog.ts";

export const exportsCampaign: Campaign = {
  what: "Exports with one to three faults: cut, flipped, foreign bytes, depth, a million keys, doubled keys, values that are not numbers, wrong offsets, wrong classes; half of them of keyphrases, half of classes",
  holds:
    "accepted or refused by name; never another error, a hang or growing memory; nothing of the notes is told; what must be refused is",
  cases: 80_000,
  seeds: 1,
  async run(trial) {
    await watched(trial, async ({ number, random }) => {
      const made = malformed(random, number);
      const policy = { minSamples: 1, testFraction: 0.2, identifiedText: "report" } as const;
      const { problems, report, rejects } = await validateExport(
        Readable.from(pieces(made.bytes, random)),
        policy,
      );
      const wrong = problems.filter(
        (error) =>
          !isNamedAmong(error, ["InvalidExport", "InsufficientSamples", "ProtectedHealthInformation"]),
      );
      const found = wrong.map((error) => `ended by ${error.name}`);
      if (canary.test(JSON.stringify([report, rejects])))
        found.push("the report or the rejects quote a note");
      const isAccepted = problems.length === 0 && report.rejected === 0;
      trial.count(isAccepted ? "accepted" : (problems[0]?.name ?? "records rejected"));
      if (isAccepted && made.mustFail) found.push("accepted");
      if (isAccepted && !isJson(made.bytes, made.isLines)) found.push("accepted what is not JSON");
      return found.map((problem) => `${made.faults.join(", ")}: ${problem}`);
    });
  },
};

export const inputsCampaign: Campaign = {
  what: "Execution inputs with one to three faults in any place",
  holds:
    "accepted or InvalidInput; never another error, a hang or growing memory; nothing of the input is told",
  cases: 20_000,
  seeds: 1,
  async run(trial) {
    const input = await deployBaseModel(trial.folder);
    await watched(trial, async ({ random }) => {
      const changed = structuredClone(input);
      for (let faults = random.pick([1, 1, 2, 3]); faults > 0; faults--) changeSomewhere(changed, random);
      try {
        await validateInput({ input: changed, execution: "run-1", startedAt: "2026-11-20T12:00:00Z" });
        trial.count("accepted");
        return [];
      } catch (error) {
        trial.count("refused");
        // The name of a base model is no note, and who mistyped it must see which.
        if (error instanceof NamedError && error.message.startsWith("There is no base model ")) return [];
        return isNamedAmong(error, ["InvalidInput"]) ? [] : [`ended by ${String(error)}`];
      }
    });
  },
};

/** Runs the cases of a campaign with an eye on time and memory. */
export async function watched(trial: Trial, one: Parameters<Trial["each"]>[1]): Promise<void> {
  const time = watchTime(trial);
  const memory = watchMemory(trial);
  try {
    await trial.each(trial.full!, async (of) => {
      time.begin(of.number);
      const problems = await one(of);
      return [...problems, ...memory.look()];
    });
  } finally {
    time.close();
  }
}

export function malformed(random: Random, number: number) {
  const isLines = random.chance(0.3);
  const count = random.pick([1, 1, 1, 2, 3]);
  const chosen =
    number % 2000 === 0 ? [random.pick(heavy)] : Array.from({ length: count }, () => random.pick(faults));
  const good = goodExport(random, isLines);
  let bytes: Buffer = good;
  for (const { change } of chosen) bytes = bytes.length === 0 ? bytes : change(bytes, random);
  return {
    bytes,
    isLines,
    faults: chosen.map(({ name }) => name),
    // A fault that found no place to be, or met another one, may have come to nothing.
    mustFail: chosen.length === 1 && chosen[0]!.mustFail && !bytes.equals(good),
  };
}

function goodExport(random: Random, isLines: boolean): Buffer {
  const { header, records } = random.chance(0.5) ? keyphrasesExport(random) : classesExport(random);
  const text = isLines
    ? `${[header, ...records].map((one) => JSON.stringify(one)).join("\n")}\n`
    : JSON.stringify({ ...header, records });
  return Buffer.from(text);
}

/** As a network gives bytes: in pieces of any size. */
function* pieces(bytes: Buffer, random: Random): Generator<Buffer> {
  const largest = random.pick([1 << 20, 1 << 20, 997, 64, 3]);
  const step = bytes.length > 100_000 ? 1 << 20 : largest;
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

/** Of JSON Lines: whether a header, which may take several lines, and then every line is. */
function isJson(bytes: Buffer, isLines: boolean): boolean {
  const text = new TextDecoder("utf-8").decode(bytes);
  if (!isLines) return parses(text);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const header = lines.findIndex((_, index) => parses(lines.slice(0, index + 1).join("\n")));
  return header >= 0 && lines.slice(header + 1).every(parses);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A bucket with an export and a base model. @returns an input that is good there. */
async function deployBaseModel(folder: string): Promise<Record<string, unknown>> {
  deployTo(folder);
  const store = await openFileStore(join(folder, "world"), bucket);
  const manifest = baseModelSchema.examples[0] as unknown as BaseModelManifest;
  for (const file of Object.keys(manifest.files)) await store.write(manifest.prefix + file, file);
  await writeJson(store, `base-models/${manifest.name}/manifest.json`, manifest);
  await store.write("incoming/export.json", "{}");
  const example = structuredClone(inputSchema.examples[0]) as Record<string, unknown>;
  return {
    ...example,
    baseModel: manifest.name,
    source: { bucket, key: "incoming/export.json", versionId: "1" },
  };
}
