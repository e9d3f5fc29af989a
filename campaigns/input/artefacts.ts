// Artefacts that are not what they should be: damaged after they were checked, lying from the beginning, or hostile.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Random } from "../../samples/random.ts";
import type { Champion, ModelManifest } from "../../schemas/types.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import type { ObjectStore } from "../../tasks/store/store.ts";
import { archive, safetensors } from "../../test/promote/archives.ts";
import {
  embeddingFiles,
  memoryStore,
  modelArchive,
  modelFiles,
  modelManifest,
  trained,
} from "../../test/promote/execution.ts";
import type { Campaign, Trial } from "../campaign.ts";
import { isNamedAmong, unsoundness } from "../subjects/models.ts";
import { hostileArchives } from "./hostile.ts";

type Change = { archive?: Buffer; embeddings?: Record<string, Buffer> };

export const damageCampaign: Campaign = {
  what: "Bit flips, cuts, additions and mix-ups of every artefact after it was checked",
  holds: "0 promoted, the champion unchanged, nothing left behind",
  cases: 6000,
  seeds: 1,
  async run(trial) {
    const world = await openWorld(trial);
    const artefacts = ["model", ...Object.keys(embeddingFiles())];
    await trial.each(trial.full!, async ({ number, random }) => {
      const promotion = await trained(world.store, `run-${number}`, world.champion());
      const { model, embeddings } = promotion.artifacts;
      const artefact = random.pick(artefacts);
      const key = artefact === "model" ? model.key : embeddings.prefix + artefact;
      const bytes = Buffer.concat(await (await world.store.read(key)).toArray());
      const [how, damaged] = damage(bytes, random);
      await world.store.write(key, damaged);
      trial.count(how);
      return (await world.attempt(promotion)).map((problem) => `${artefact} ${how}: ${problem}`);
    });
  },
};

export const liesCampaign: Campaign = {
  what: "Manifests, indexes, tensors and configurations that lie, under digests that are right",
  holds: "as above",
  cases: 2000,
  seeds: 1,
  async run(trial) {
    const world = await openWorld(trial);
    const kinds = Object.entries(lies);
    await trial.each(trial.full!, async ({ number, random }) => {
      const [kind, lie] = random.pick(kinds);
      trial.count(kind);
      return (await world.attemptWith(number, lie(random))).map((problem) => `${kind}: ${problem}`);
    });
  },
};

export const hostileCampaign: Campaign = {
  what: `${Object.keys(hostileArchives).length} kinds of hostile model archive, in random places and numbers`,
  holds: "as above, and nothing is written outside staging",
  cases: 2000,
  seeds: 1,
  async run(trial) {
    const world = await openWorld(trial);
    const kinds = Object.entries(hostileArchives);
    await trial.each(trial.full!, async ({ number, random }) => {
      const [kind, make] = random.pick(kinds);
      const files = modelFiles(`salt-${number}`);
      const members = [
        ...Object.entries(files).map(([name, body]) => ({ name, body })),
        { name: "manifest.json", body: JSON.stringify(modelManifest(files)) },
      ];
      trial.count(kind);
      const model = make(members, random);
      return (await world.attemptWith(number, { archive: model })).map((problem) => `${kind}: ${problem}`);
    });
  },
};

/** A models folder with or without a champion, and promotions that must all be refused. */
async function openWorld(trial: Trial) {
  const store = memoryStore();
  const modelsFolder = join(trial.folder, "models");
  mkdirSync(modelsFolder);
  const places = { store, modelsFolder, keep: 1 };
  await promote(await trained(store, "before"), places);
  const champion = await currentChampion(modelsFolder);
  const everything = () => readdirSync(trial.folder, { recursive: true }).sort().join("\n");

  async function attempt(promotion: Parameters<typeof promote>[0]): Promise<string[]> {
    const before = everything();
    const problems: string[] = [];
    try {
      await promote(promotion, places);
      problems.push("promoted");
    } catch (error) {
      if (!isNamedAmong(error, ["PromotionFailed"])) problems.push(`ended by ${String(error)}`);
    }
    if (everything() !== before) problems.push("left something behind");
    if ((await readHistory(modelsFolder)).length !== 1) problems.push("the log has another entry");
    return problems;
  }

  return {
    store: store as ObjectStore,
    champion: (): Champion | null => champion,
    attempt,
    async attemptWith(number: number, change: Change): Promise<string[]> {
      const problems = await attempt(await trained(store, `run-${number}`, champion, change));
      // Reading every byte of the champion each time would be most of the work.
      if (number % 100 === 0) problems.push(...(await unsoundness(modelsFolder, 1)));
      return problems;
    },
  };
}

function damage(bytes: Buffer, random: Random): [how: string, damaged: Buffer] {
  const copy = Buffer.from(bytes);
  const at = random.between(0, bytes.length - 1);
  switch (random.between(0, 9)) {
    case 0:
      return ["cut off", copy.subarray(0, at)];
    case 1:
      return ["cut at its beginning", copy.subarray(at + 1)];
    case 2:
      return ["longer", Buffer.concat([copy, Buffer.from("canary").subarray(0, random.between(1, 6))])];
    case 3: {
      const end = Math.min(bytes.length, at + random.between(1, 64));
      // What is zero already would not be damage.
      return [
        "partly zeros",
        copy.fill(copy.subarray(at, end).every((byte) => byte === 0) ? 0xff : 0, at, end),
      ];
    }
    case 4:
      return ["repeated", Buffer.concat([copy, copy])];
    default:
      for (let flips = random.pick([1, 1, 1, 2, 8]); flips > 0; flips--) {
        // Not one place twice, which would repair it.
        copy[(at + flips * 7) % copy.length]! ^= 1 << random.between(0, 7);
      }
      return ["with flipped bits", copy];
  }
}

const model = (salt: string, change: (manifest: ModelManifest) => object): Change => {
  const files = modelFiles(salt);
  const manifest = modelManifest(files);
  return { archive: modelArchive(files, { ...manifest, ...change(manifest) } as ModelManifest) };
};
const changedFile = (name: string, change: (bytes: Buffer) => Buffer | string): Change => {
  const files = modelFiles("salt");
  return { archive: modelArchive({ ...files, [name]: Buffer.from(change(files[name]!)) }) };
};
const config = (change: object) =>
  changedFile("config.json", (bytes) => JSON.stringify({ ...JSON.parse(String(bytes)), ...change }));
type Index = { embeddingKey: unknown; dimension: unknown; texts: { text: unknown; recordIds: unknown }[] };
const index = (change: (index: Index) => unknown): Change => {
  const value = JSON.parse(String(embeddingFiles()["embeddings.index.json"])) as Index;
  return { embeddings: { "embeddings.index.json": Buffer.from(JSON.stringify(change(value) ?? value)) } };
};
const vectors = (count: number, dimension: number, valueAt: (at: number) => number): Change => ({
  embeddings: {
    "embeddings.safetensors": safetensors({
      embeddings: {
        shape: [count, dimension],
        values: Float32Array.from({ length: count * dimension }, (_, at) => valueAt(at)),
      },
    }),
  },
});
const hex = (random: Random, length: number) =>
  Array.from({ length }, () => random.pick([..."0123456789abcdef"])).join("");
const noNumbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** Each a lie that holds for any random choice in it. */
const lies: Record<string, (random: Random) => Change> = {
  "a file's digest": (random) =>
    model("salt", ({ files }) => ({
      files: { ...files, [random.pick(Object.keys(files))]: hex(random, 64) },
    })),
  "a file that is not there": (random) =>
    model("salt", ({ files }) => ({ files: { ...files, [`f${hex(random, 6)}.json`]: hex(random, 64) } })),
  "a file that is not listed": (random) =>
    model("salt", ({ files }) => {
      const dropped = random.pick(Object.keys(files));
      return { files: Object.fromEntries(Object.entries(files).filter(([name]) => name !== dropped)) };
    }),
  "a manifest without a property": (random) =>
    model("salt", (manifest) => ({ [random.pick(Object.keys(manifest))]: undefined })),
  "a property of another type": (random) =>
    model("salt", (manifest) => ({
      [random.pick(Object.keys(manifest))]: random.pick([null, { a: 1 }, [{}]]),
    })),
  "other labels": (random) =>
    model("salt", () => ({ labels: random.pick([[], ["problem"], ["test", "problem"], ["canary"]]) })),
  "other tags": (random) =>
    model("salt", ({ tags = [] }) => ({
      tags: random.pick([[...tags].reverse(), tags.slice(1), [...tags, "O"]]),
    })),
  "other training rows": (random) => model("salt", () => ({ trainSha256: hex(random, 64) })),
  "another base model": (random) => model("salt", () => ({ baseWeightsSha256: hex(random, 64) })),
  "weights of another execution": (random) => ({
    archive: modelArchive(modelFiles(`salt-${hex(random, 4)}`), modelManifest(modelFiles("salt"))),
  }),
  "a configuration of another size": (random) => config({ hidden_size: random.between(5, 99) }),
  "another vocabulary": (random) => config({ vocab_size: random.between(6, 99) }),
  "sizes that are no numbers": (random) => config({ [random.pick(["hidden_size", "vocab_size"])]: "canary" }),
  "another head": (random) => config({ id2label: { 0: "O", 1: `B-${hex(random, 4)}` } }),
  "a configuration with a key twice": () =>
    changedFile("config.json", (bytes) => `{"a":1,"a":2,${String(bytes).slice(1)}`),
  "weights cut at a tensor": (random) =>
    changedFile("model.safetensors", (bytes) => bytes.subarray(0, bytes.length - 4 * random.between(1, 20))),
  "weights that go on": (random) =>
    changedFile("model.safetensors", (bytes) =>
      Buffer.concat([bytes, Buffer.alloc(4 * random.between(1, 9))]),
    ),
  "weights that are no numbers": (random) =>
    changedFile("model.safetensors", (bytes) => {
      const copy = Buffer.from(bytes);
      const floats = 5 * 4 + 5 + 5 * 4;
      copy.writeFloatLE(random.pick(noNumbers), copy.length - 4 * random.between(1, floats));
      return copy;
    }),
  "a weights header of another length": (random) =>
    changedFile("model.safetensors", (bytes) => {
      const copy = Buffer.from(bytes);
      copy.writeBigUInt64LE(BigInt(random.pick([0, 1, 2, 2 ** 31, Number.MAX_SAFE_INTEGER])));
      return copy;
    }),
  "an index of another model": (random) => index((one) => ({ ...one, embeddingKey: hex(random, 16) })),
  "an index of another dimension": (random) =>
    index((one) => ({ ...one, dimension: random.between(4, 999) })),
  "an index that is shorter": (random) => index((one) => void one.texts.splice(random.between(0, 39), 1)),
  "an index with a text twice": (random) =>
    index((one) => {
      const at = random.between(1, 39);
      one.texts[at] = one.texts[at - 1]!;
    }),
  "an index out of order": (random) =>
    index((one) => {
      const at = random.between(1, 39);
      [one.texts[at], one.texts[at - 1]] = [one.texts[at - 1]!, one.texts[at]!];
    }),
  "an index with a damaged entry": (random) =>
    index((one) => {
      one.texts[random.between(0, 39)]!.text = random.pick([null, "canary", hex(random, 31), 7]);
    }),
  "a text of no record": (random) =>
    index((one) => {
      one.texts[random.between(0, 39)]!.recordIds = random.pick<unknown>([[], null, "r-1", [1], {}]);
    }),
  "fewer vectors": (random) => vectors(random.between(1, 39), 3, (at) => (at % 3 ? 0 : 1)),
  "more vectors": (random) => vectors(random.between(41, 99), 3, (at) => (at % 3 ? 0 : 1)),
  "shorter vectors": () => vectors(40, 2, (at) => (at % 2 ? 0 : 1)),
  "vectors that are no numbers": (random) => {
    const wrong = random.between(0, 119);
    const value = random.pick(noNumbers);
    return vectors(40, 3, (at) => (at === wrong ? value : at % 3 ? 0 : 1));
  },
  "vectors without a direction": () => vectors(40, 3, () => 0),
  "vectors that are too long": (random) => vectors(40, 3, (at) => (at % 3 ? 0 : 1 + random.number() + 0.03)),
  "an archive in place of the vectors": () => ({
    embeddings: { "embeddings.safetensors": archive([]) },
  }),
  "a pickle in place of the index": () => ({
    embeddings: { "embeddings.index.json": gzipSync(Buffer.from("\x80\x04canary")) },
  }),
};
