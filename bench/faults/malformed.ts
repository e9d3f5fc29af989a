// Exports and execution inputs that are not what they should be: each a good one, changed where its structure can be.
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import type { Random } from "../../samples/random.ts";
import baseModelSchema from "../../schemas/base-model.schema.json" with { type: "json" };
import inputSchema from "../../schemas/execution-input.schema.json" with { type: "json" };
import type { BaseModelManifest } from "../../schemas/types.ts";
import { validateExport } from "../../tasks/preprocess/validate-export.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { writeJson } from "../../tasks/store/store.ts";
import { handler as validateInput } from "../../tasks/validate-input.ts";
import type { Campaign, Trial } from "./campaign.ts";
import { isNamedAmong } from "./subjects/models.ts";
import { bucket, deployTo } from "./subjects/promote.ts";
import { watchMemory, watchTime } from "./watchdog.ts";

const canary = /canary/i;

export const exportsCampaign: Campaign = {
  what: "Exports with one to three faults: cut, flipped, foreign bytes, depth, a million keys, doubled keys, numbers that are none, offsets that lie",
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
        return isNamedAmong(error, ["InvalidInput"]) ? [] : [`ended by ${String(error)}`];
      }
    });
  },
};

/** Runs the cases of a campaign with an eye on time and memory. */
async function watched(trial: Trial, one: Parameters<Trial["each"]>[1]): Promise<void> {
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

type Fault = { name: string; mustFail: boolean; change: (text: Buffer, random: Random) => Buffer };

const fault = (
  name: string,
  mustFail: boolean,
  change: (text: Buffer, random: Random) => Buffer | string,
): Fault => ({
  name,
  mustFail,
  change: (text, random) => Buffer.from(change(text, random)),
});
const inText = (name: string, mustFail: boolean, change: (text: string, random: Random) => string): Fault =>
  fault(name, mustFail, (bytes, random) => change(bytes.toString("utf8"), random));
/** Replaces one of the places that match. */
const replaceOne =
  (pattern: RegExp, by: (match: string, random: Random) => string) => (text: string, random: Random) => {
    const matches = [...text.matchAll(pattern)];
    if (matches.length === 0) return text;
    const { 0: match, index } = random.pick(matches);
    return text.slice(0, index) + by(match, random) + text.slice(index + match.length);
  };
const insert = (bytes: Buffer, at: number, ...more: Buffer[]) =>
  Buffer.concat([bytes.subarray(0, at), ...more, bytes.subarray(at)]);
export const deep = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

/** mustFail: whatever the good export was, with this fault alone it is no good. */
export const faults: Fault[] = [
  fault("cut off", false, (bytes, random) => bytes.subarray(0, random.between(0, bytes.length - 1))),
  fault("a flipped bit", false, (bytes, random) => {
    const copy = Buffer.from(bytes);
    copy[random.between(0, copy.length - 1)]! ^= 1 << random.between(0, 7);
    return copy;
  }),
  fault("bytes that are no UTF-8", true, (bytes, random) =>
    insert(
      bytes,
      random.between(0, bytes.length),
      random.pick([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80]].map((one) => Buffer.from(one))),
    ),
  ),
  fault("a byte order mark", false, (bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])),
  fault("a byte order mark inside", false, (bytes, random) =>
    insert(bytes, random.between(1, bytes.length), Buffer.from([0xef, 0xbb, 0xbf])),
  ),
  fault("UTF-16", true, (bytes) => Buffer.from(`\ufeff${bytes.toString("utf8")}`, "utf16le")),
  fault("a control character", false, (bytes, random) =>
    insert(bytes, random.between(0, bytes.length), Buffer.from([random.between(0, 31)])),
  ),
  fault("a part twice", false, (bytes, random) => {
    const [from, to] = [random.between(0, bytes.length), random.between(0, bytes.length)].sort(
      (a, b) => a - b,
    ) as [number, number];
    return insert(bytes, to, bytes.subarray(from, to));
  }),
  fault("a part missing", false, (bytes, random) => {
    const from = random.between(0, bytes.length - 1);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + random.between(1, 40))]);
  }),
  fault("text after its end", true, (bytes) => Buffer.concat([bytes, Buffer.from("canary")])),
  fault("gzip, cut off", true, (bytes, random) => {
    const zipped = gzipSync(bytes);
    return zipped.subarray(0, random.between(2, zipped.length - 1));
  }),
  fault("gzip with a flipped bit at its end", true, (bytes, random) => {
    const zipped = gzipSync(bytes);
    zipped[zipped.length - random.between(1, 8)]! ^= 1 << random.between(0, 7);
    return zipped;
  }),
  fault("gzip in gzip", true, (bytes) => gzipSync(gzipSync(bytes))),
  inText("Windows' line ends", false, (text) => text.replaceAll("\n", "\r\n")),
  inText(
    "a lone surrogate",
    true,
    replaceOne(/"text":"/g, (match, random) => `${match}\\ud8${random.between(10, 99)}`),
  ),
  inText(
    "a lone surrogate the other way",
    true,
    replaceOne(/"recordId":"/g, (match) => `${match}\\udc00`),
  ),
  inText(
    "10,000 deep",
    true,
    replaceOne(/"(text|labels|exportId|recordId|keyphrases)":/g, (match) => `${match}${deep(10_000)},"x":`),
  ),
  inText(
    "17 deep",
    true,
    replaceOne(/"(text|source|recordId)":/g, (match) => `"canary":${deep(17)},${match}`),
  ),
  inText(
    "many keys",
    true,
    replaceOne(
      /"(recordId|source)":/g,
      (match, random) =>
        `${Array.from({ length: random.pick([10, 100, 2000]) }, (_, key) => `"canary${key}":0,`).join("")}${match}`,
    ),
  ),
  inText(
    "__proto__",
    true,
    replaceOne(
      /"(recordId|source|start)":/g,
      (match, random) =>
        `"${random.pick(["__proto__", "constructor", "toString", "hasOwnProperty"])}":{"canary":1},${match}`,
    ),
  ),
  inText(
    "a key twice",
    true,
    replaceOne(
      /"(recordId|text|source|exportId|labels|start|split)":("[^"]*"|\d+|\[[^\]]*\])/g,
      (match) => `${match},${match}`,
    ),
  ),
  inText(
    "a key twice, once escaped",
    true,
    replaceOne(
      /"(recordId|text)":"[^"]*"/g,
      (match) =>
        `${match},${match.replace(/^"(.)/, (_, letter: string) => `"\\u00${letter.charCodeAt(0).toString(16)}`)}`,
    ),
  ),
  inText(
    "records twice",
    true,
    replaceOne(/"records":/g, (match) => `"records":[],${match}`),
  ),
  inText(
    "a number that is none",
    true,
    replaceOne(
      /"(start|end)":\d+/g,
      (_, random) =>
        `"start":${random.pick(["NaN", "Infinity", "-Infinity", "01", ".5", "1.", "+1", "0x1", "1e", "--1"])}`,
    ),
  ),
  inText(
    "a number beyond numbers",
    true,
    replaceOne(
      /"(start|end)":\d+/g,
      (match, random) =>
        `${match.split(":")[0]}:${random.pick(["1e400", "-1e400", "9".repeat(400), "1e-5", "2000001", "-1", "0.5"])}`,
    ),
  ),
  inText(
    "an offset that lies",
    false,
    replaceOne(/"(start|end)":\d+/g, (match, random) => `${match.split(":")[0]}:${random.between(0, 80)}`),
  ),
  inText(
    "another label",
    true,
    replaceOne(/"label":"[^"]*"/g, () => '"label":"canary"'),
  ),
  inText(
    "another slice",
    true,
    replaceOne(/("label":"[^"]*"),"text":"[^"]*"/g, (match) =>
      match.replace(/"text":"[^"]*"/, '"text":"canary"'),
    ),
  ),
  inText(
    "another type",
    true,
    replaceOne(
      /"(recordId|text|exportId|labels|offsetUnit|keyphrases)":("[^"]*"|\[[^\]]*\])/g,
      (match, random) =>
        `${match.slice(0, match.indexOf(":") + 1)}${random.pick(["null", "{}", "7", "true", '[["canary"]]'])}`,
    ),
  ),
  inText(
    "no value",
    true,
    replaceOne(/:("[^"]*"|\d+)/g, () => ":"),
  ),
  inText(
    "a comma too many",
    true,
    replaceOne(/[,[{](?=["{])/g, (match) => `${match},`),
  ),
  inText(
    "a comma at the end",
    true,
    replaceOne(/[}\]]/g, (match) => `,${match}`),
  ),
  inText(
    "a bracket too many",
    true,
    replaceOne(/[}\]]/g, (match) => `${match}${match}`),
  ),
  inText(
    "a comment",
    true,
    replaceOne(/,(?=["{])/g, (match) => `${match}/* canary */`),
  ),
  inText(
    "single quotes",
    true,
    replaceOne(/"[a-zA-Z]+":/g, (match) => match.replaceAll('"', "'")),
  ),
  inText(
    "an escape that is none",
    true,
    replaceOne(/"text":"/g, (match, random) => `${match}${random.pick(["\\x41", "\\u12", "\\", "\\u{41}"])}`),
  ),
  inText(
    "a line break in a text",
    true,
    replaceOne(/"text":"/g, (match) => `${match}\n`),
  ),
  inText(
    "another version",
    true,
    replaceOne(
      /"schemaVersion":"1.0"/g,
      (_, random) => `"schemaVersion":${random.pick(['"2.0"', "1.0", '"canary"'])}`,
    ),
  ),
  inText(
    "no header",
    true,
    replaceOne(
      /"(schemaVersion|exportId|labels|offsetUnit|source|exportedAt)":("[^"]*"|\[[^\]]*\]),/g,
      () => "",
    ),
  ),
  inText(
    "a record without an id",
    true,
    replaceOne(/"recordId":"[^"]*",/g, () => ""),
  ),
  inText(
    "an empty text",
    true,
    replaceOne(/("split":"[^"]*"),"text":"[^"]*"/g, (match) => match.replace(/"text":"[^"]*"/, '"text":""')),
  ),
];
/** Megabytes each: once in a while only. */
const heavy: Fault[] = [
  inText(
    "a million keys",
    true,
    replaceOne(
      /"source":/g,
      (match) => `${Array.from({ length: 1_000_000 }, (_, key) => `"k${key}":0,`).join("")}${match}`,
    ),
  ),
  inText(
    "a million keys in a record",
    true,
    replaceOne(
      /"recordId":/g,
      (match) => `${Array.from({ length: 1_000_000 }, (_, key) => `"k${key}":0,`).join("")}${match}`,
    ),
  ),
  inText(
    "a text of two million characters",
    true,
    replaceOne(/"text":"/g, (match) => `${match}${"canary ".repeat(300_000)}`),
  ),
  inText(
    "a million deep",
    true,
    replaceOne(/"source":/g, (match) => `${match}${deep(1_000_000)},"x":`),
  ),
  fault("a gzip bomb", true, (bytes) =>
    gzipSync(Buffer.concat([bytes.subarray(0, 20), Buffer.alloc(50_000_000, " "), Buffer.from("x")])),
  ),
];

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

/** A few records, pinned to both sides, whose notes all hold the canary. */
function goodExport(random: Random, isLines: boolean): Buffer {
  const header = {
    schemaVersion: "1.0",
    exportId: "exp-1",
    exportedAt: "2026-11-20T12:00:00Z",
    source: "test",
    offsetUnit: random.pick(["utf16", "codepoint"]),
    labels: ["problem", "test"],
  };
  const units = (text: string) => (header.offsetUnit === "utf16" ? text.length : [...text].length);
  const records = Array.from({ length: random.between(2, 5) }, (_, index) => {
    const before = random.pick(["Canary has ", "\u{1f600} canary: ", "No canary; ", "e\u0301t canary. "]);
    const phrase = random.pick(["a kidney stone", "CT", "na\u00efve \u4e2d pain"]);
    const start = units(before);
    return {
      recordId: `r-${index}`,
      patientId: `p-${index}`,
      split: index % 2 === 0 ? "train" : "test",
      text: `${before}${phrase} seen, note ${index}.`,
      keyphrases: [{ start, end: start + units(phrase), label: "problem", text: phrase }],
    };
  });
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

const strange: ((random: Random) => unknown)[] = [
  () => null,
  // In capitals, so that it is no base model's name either, which a message may tell.
  () => "Canary",
  () => ["canary"],
  () => ({ canary: 1 }),
  () => ({}),
  () => "",
  (random) => random.pick([-1, 0, 0.5, 101, 1e9, 2 ** 53, -0]),
  () => Number.POSITIVE_INFINITY,
  () => Number.NaN,
  () => "canary".repeat(1000),
  () => "../../canary",
  () => "\ud800canary",
  () => "incoming/\u0000canary",
  () => JSON.parse('{"__proto__":{"canary":1}}') as unknown,
  () => JSON.parse(deep(5000)) as unknown,
  () => Object.fromEntries(Array.from({ length: 5000 }, (_, key) => [`canary${key}`, 0])),
  () => true,
];

/** Changes, drops or adds a property or an item anywhere in the value. */
export function changeSomewhere(value: object, random: Random): void {
  let at = value as Record<string, unknown>;
  for (;;) {
    const inner = Object.values(at).filter((one) => typeof one === "object" && one !== null);
    if (inner.length === 0 || random.chance(0.5)) break;
    at = random.pick(inner) as Record<string, unknown>;
  }
  const keys = Object.keys(at);
  const key =
    keys.length > 0 && random.chance(0.8)
      ? random.pick(keys)
      : random.pick(["canary", "constructor", "toString"]);
  if (random.chance(0.15)) delete at[key];
  else at[key] = random.pick(strange)(random);
}
