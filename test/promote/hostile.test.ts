// Whatever is wrong with an artefact: refused by name, nothing promoted, nothing left behind.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { create } from "tar";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModelManifest } from "../../schemas/types.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { failure } from "../tasks/deployment.ts";
import { archive, type Member, safetensors, withHeader } from "./archives.ts";
import {
  embeddingFiles,
  memoryStore,
  modelArchive,
  modelFiles,
  modelManifest,
  trained,
} from "./execution.ts";

const store = memoryStore();
let folder: string;
const models = () => join(folder, "models");
const places = () => ({ store, modelsFolder: models(), keep: 1 });
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pbp-hostile-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
async function refusalOf(change: { archive?: Buffer; embeddings?: Record<string, Buffer> }): Promise<string> {
  const promotion = await trained(store, `run-${++count}`, null, change);
  const refused = await failure(promote(promotion, places()));
  expect(refused.name).toBe("PromotionFailed");
  expect(refused.message).not.toMatch(/Canary|evil/);
  expect(await currentChampion(models())).toBeNull();
  for (const place of ["staging", "versions", "history"])
    expect(readdirSync(join(models(), place))).toEqual([]);
  return refused.message;
}

describe("an archive is refused when it", () => {
  const files = modelFiles("salt");
  const good: Member[] = [
    ...Object.entries(files).map(([name, body]) => ({ name, body })),
    { name: "manifest.json", body: JSON.stringify(modelManifest(files)) },
  ];
  const with1 = (member: Member) => archive([member, ...good]);
  const plain = (name: string) => with1({ name, body: "Canary" });
  const extended = (record: string) => {
    const length = record.length + 3;
    return archive([{ name: "PaxHeader", type: "x", body: `${length} ${record}` }, ...good]);
  };
  const harmless = archive([
    { name: "PaxHeader", type: "x", body: "27 mtime=1700000000.123456\n19 SCHILY.ino=4711\n" },
    { name: "./", type: "5" },
    ...good.map((member) => ({ ...member, name: `./${member.name}` })),
  ]);
  test("not when it only notes times and places", async () => {
    const promotion = await trained(store, "harmless", null, { archive: harmless });
    const separate = { ...places(), modelsFolder: join(folder, "harmless") };
    expect((await promote(promotion, separate)).generation).toBe(1);
  });

  const hostile: [what: string, message: string, model: Buffer][] = [
    ["climbs out", "name that no model file has", plain("../evil.json")],
    ["climbs out in the middle", "name that no model file has", plain("a/../../evil.json")],
    ["is absolute", "name that no model file has", plain("/tmp/evil.json")],
    ["goes below", "name that no model file has", plain("sub/evil.json")],
    ["is hidden", "name that no model file has", plain(".evil.json")],
    ["hides behind a backslash", "name that no model file has", plain("..\\evil.json")],
    ["brings code", "name that no model file has", plain("evil.py")],
    ["brings a pickle", "name that no model file has", plain("pytorch_model.bin")],
    ["has no name", "name that no model file has", plain("")],
    ["has a name in another script", "name that no model file has", plain("\u043c.json")],
    ["has a long name", "holds a long name", with1({ name: "evil.json", prefix: "sub" })],
    ["links softly", "not a plain file", with1({ name: "evil.json", type: "2", link: "/etc/passwd" })],
    ["links hard", "not a plain file", with1({ name: "evil.json", type: "1", link: "config.json" })],
    ["has a character device", "not a plain file", with1({ name: "evil.json", type: "3" })],
    ["has a block device", "not a plain file", with1({ name: "evil.json", type: "4" })],
    ["has a pipe", "not a plain file", with1({ name: "evil.json", type: "6" })],
    ["has a sparse file", "not a plain file", with1({ name: "evil.json", type: "S" })],
    [
      "has GNU's long name",
      "not a plain file",
      with1({ name: "././@LongLink", type: "L", body: "../evil\0" }),
    ],
    ["has a folder", "holds a folder", with1({ name: "evil/", type: "5" })],
    ["renames by an extended header", "renames or resizes", extended("path=../evil.json\n")],
    ["resizes by an extended header", "renames or resizes", extended("size=99999999999\n")],
    ["has a torn extended header", "renames or resizes", extended("mtime")],
    [
      "has a vast extended header",
      "oversized extended header",
      with1({ name: "x", type: "x", body: Buffer.alloc(70_000) }),
    ],
    ["has a file twice", "same name twice", with1({ name: "vocab.txt", body: "Canary" })],
    ["has a file twice but for case", "same name twice", with1({ name: "VOCAB.txt", body: "Canary" })],
    ["has a file that its manifest does not know", "does not list", plain("added_tokens.json")],
    [
      "has another file than its manifest says",
      "does not describe",
      archive([{ name: "vocab.txt", body: "Canary" }, ...good.filter((one) => one.name !== "vocab.txt")]),
    ],
    [
      "lacks a file of its manifest",
      "does not list",
      archive(good.filter((one) => one.name !== "vocab.txt")),
    ],
    [
      "lacks its manifest",
      "no usable manifest.json",
      archive(good.filter((one) => one.name !== "manifest.json")),
    ],
    [
      "has too many files",
      "more than 33",
      archive(Array.from({ length: 40 }, (_, index) => ({ name: `f${index}.json` }))),
    ],
    ["is a bomb", "more than a model can have", plainBomb()],
    ["is empty", "manifest.json", archive([])],
    [
      "lies about a size",
      "damaged header|ends too early|not a tar",
      with1({ name: "a.json", size: "77777777", body: "Canary" }),
    ],
    ["has a size that is no number", "damaged number", with1({ name: "a.json", size: "9", body: "" })],
    ["has a negative size", "damaged number", with1({ name: "a.json", size: "-1", body: "" })],
    ["has a wrong checksum", "damaged header", with1({ name: "a.json", checksum: 1 })],
    ["is another kind of archive", "not a tar archive", gzipSync(Buffer.alloc(2048, "Canary"))],
    ["has no end", "ends too early", archive(good, Buffer.alloc(0))],
    ["has half an end", "ends too early", archive(good, Buffer.alloc(512))],
    [
      "goes on after its end",
      "goes on after its end",
      archive(good, Buffer.concat([Buffer.alloc(1024), Buffer.from("Canary")])),
    ],
    ["is not compressed", "not one whole gzip", Buffer.alloc(1024, "Canary")],
    ["is cut off", "not one whole gzip|ends too early", archive(good).subarray(0, -20)],
    ["has a flipped bit", "not one whole gzip", flipped(archive(good))],
    [
      "has bytes after its compressed end",
      "not one whole gzip|not the one",
      Buffer.concat([archive(good), Buffer.from("Canary")]),
    ],
  ];
  test.each(hostile)("%s", async (_, message, model) => {
    expect(await refusalOf({ archive: model })).toMatch(new RegExp(message));
  });

  function plainBomb() {
    return archive([{ name: "zeros.json", body: Buffer.alloc(20_000_000) }, ...good]);
  }
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  // In the checksum at the end: in between, another bit may well be another way to write the same bytes.
  copy[copy.length - 6]! ^= 0x10;
  return copy;
}

test("an archive is refused when it is not the one that was evaluated", async () => {
  const promotion = await trained(store, "swapped");
  await store.write(promotion.artifacts.model.key, modelArchive(modelFiles("another")));
  expect((await failure(promote(promotion, places()))).message).toContain("not the one that was checked");
});

describe("a model is refused when", () => {
  const files = modelFiles("salt");
  const changed = (name: string, bytes: Buffer | string) =>
    modelArchive({ ...files, [name]: Buffer.from(bytes) });
  const weights = (bytes: Buffer) => changed("model.safetensors", bytes);
  const vouched = (change: Partial<ModelManifest>) =>
    modelArchive(files, { ...modelManifest(files), ...change });
  const head = { shape: [5, 4], values: new Float32Array(20) };
  const bias = { shape: [5], values: new Float32Array(5) };
  const words = { shape: [5, 4], values: new Float32Array(20) };
  const all = {
    "bert.embeddings.word_embeddings.weight": words,
    "classifier.bias": bias,
    "classifier.weight": head,
  };
  const nan = { shape: [5], values: Float32Array.of(0, 0, 0, 0, Number.NaN) };
  const infinite = { shape: [5, 4], values: new Float32Array(20).fill(Number.NEGATIVE_INFINITY) };
  const entry = (shape: unknown, offsets: unknown, dtype = "F32") =>
    withHeader(JSON.stringify({ a: { dtype, shape, data_offsets: offsets } }), Buffer.alloc(8));
  const config = (change: object) =>
    changed("config.json", JSON.stringify({ ...JSON.parse(String(files["config.json"])), ...change }));
  const cases: [what: string, message: string, model: Buffer][] = [
    ["its manifest breaks its schema", "manifest.json: /epochs", vouched({ epochs: 0 })],
    ["it knows other labels", "other labels", vouched({ labels: ["problem"] })],
    [
      "its tags are in another order",
      "tags that are not",
      vouched({ tags: ["O", "I-problem", "B-problem", "B-test", "I-test"] }),
    ],
    ["it was trained on other rows", "other rows", vouched({ trainSha256: "0".repeat(64) })],
    ["it grew from another base model", "another base model", vouched({ baseWeightsSha256: "0".repeat(64) })],
    ["its configuration is not JSON", "config.json is not JSON", changed("config.json", "{Canary")],
    [
      "its configuration has a key twice",
      "config.json has a key twice",
      changed("config.json", '{"a":1,"a":2}'),
    ],
    ["its configuration has no size", "incomplete config.json", config({ hidden_size: undefined })],
    ["its configuration has other tags", "other tags", config({ id2label: { 0: "O" } })],
    ["its configuration has another size", "head of another shape", config({ hidden_size: 8 })],
    ["its vocabulary has another size", "word embeddings of another shape", config({ vocab_size: 6 })],
    ["its weights are empty", "has no header", weights(Buffer.alloc(0))],
    [
      "its weights are a pickle",
      "has no header",
      weights(Buffer.from("\x80\x04Canary, a pickle and no tensors at all")),
    ],
    ["its weights' header is not JSON", "not JSON", weights(withHeader("{Canary", Buffer.alloc(8)))],
    ["its weights' header is a list", "not an object", weights(withHeader("[1]", Buffer.alloc(8)))],
    ["its weights have a tensor twice", "not JSON", weights(withHeader('{"a":{},"a":{}}', Buffer.alloc(8)))],
    ["its weights hold no tensor", "no tensor", weights(withHeader("{}", Buffer.alloc(0)))],
    ["an entry is damaged", "damaged entry", weights(entry([2], [0]))],
    ["an entry is negative", "damaged entry", weights(entry([-2], [0, 8]))],
    ["a tensor is of a foreign type", "unexpected type", weights(entry([2], [0, 8], "F4"))],
    ["a tensor is of an inherited type", "unexpected type", weights(entry([2], [0, 8], "constructor"))],
    ["a tensor is larger than its bytes", "not its shape's", weights(entry([200], [0, 8]))],
    ["a tensor lies outside", "gap or an overlap", weights(entry([2], [8, 16]))],
    ["there are bytes after the tensors", "cut off or has bytes", weights(entry([1], [0, 4]))],
    ["a tensor is cut off", "cut off or has bytes", weights(entry([3], [0, 12]))],
    ["a weight is NaN", "not finite", weights(safetensors({ ...all, "classifier.bias": nan }))],
    ["a weight is infinite", "not finite", weights(safetensors({ ...all, "classifier.weight": infinite }))],
    ["it has no head", "head of another shape", weights(safetensors({ ...all, "classifier.weight": bias }))],
    [
      "it has no vocabulary",
      "word embeddings of another",
      weights(safetensors({ "classifier.bias": bias, "classifier.weight": head })),
    ],
  ];
  test.each(cases)("%s", async (_, message, model) => {
    expect(await refusalOf({ archive: model })).toContain(message);
  });
});

describe("embeddings are refused when", () => {
  const good = embeddingFiles();
  const index = (
    change: (index: { [key: string]: unknown; texts: { text: string; recordIds: string[] }[] }) => unknown,
  ) => {
    const value = JSON.parse(String(good["embeddings.index.json"]));
    return { "embeddings.index.json": Buffer.from(JSON.stringify(change(value) ?? value)) };
  };
  const vectors = (values: (row: number, column: number) => number, shape = [40, 3]) => ({
    "embeddings.safetensors": safetensors({
      embeddings: {
        shape,
        values: Float32Array.from({ length: shape[0]! * shape[1]! }, (_, at) =>
          values(Math.floor(at / 3), at % 3),
        ),
      },
    }),
  });
  const cases: [what: string, message: string, embeddings: Record<string, Buffer>][] = [
    ["the index is not JSON", "not a JSON object", { "embeddings.index.json": Buffer.from("Canary") }],
    ["the index is null", "not a JSON object", { "embeddings.index.json": Buffer.from("null") }],
    [
      "the index is of another model",
      "another base model",
      index((i) => ({ ...i, embeddingKey: "f".repeat(16) })),
    ],
    ["the index has another dimension", "another dimension", index((i) => ({ ...i, dimension: 4 }))],
    ["the index lacks a text", "another length", index((i) => void i.texts.pop())],
    ["the index is not sorted", "not sorted", index((i) => void i.texts.reverse())],
    [
      "the index holds a text twice",
      "holds a text twice",
      index((i) => void i.texts.splice(1, 1, i.texts[0]!)),
    ],
    [
      "the index holds no digest",
      "damaged entry",
      index((i) => void i.texts.splice(0, 1, { text: "Canary", recordIds: ["r"] })),
    ],
    ["the index holds null", "damaged entry", index((i) => void i.texts.splice(0, 1, null as never))],
    ["a text is of no record", "of no record", index((i) => void i.texts[0]!.recordIds.pop())],
    ["there are fewer vectors than texts", "one float32 vector a text", vectors(() => 1, [39, 3])],
    ["vectors are shorter than said", "one float32 vector a text", vectors(() => 1, [60, 2])],
    ["a vector is NaN", "not finite", vectors(() => Number.NaN)],
    [
      "a vector is zero",
      "without a direction",
      vectors((row, column) => (row === 0 ? 0 : column === 0 ? 1 : 0)),
    ],
    ["vectors are not of length 1", "not of length 1", vectors(() => 1)],
  ];
  test.each(cases)("%s", async (_, message, embeddings) => {
    expect(await refusalOf({ embeddings })).toContain(message);
  });

  test("they changed since they were checked", async () => {
    const promotion = await trained(store, "changed");
    await store.write("runs/changed/embeddings/embeddings.sav", "Canary");
    expect((await failure(promote(promotion, places()))).message).toContain("embeddings.sav changed");
  });
});

test.each([
  ["as our jobs write it", { portable: true }],
  ["with owners and times in extended headers", { mtime: new Date("2026-11-20T12:00:00.123Z") }],
])("takes an archive of a tar program, %s", async (_, options) => {
  const files = modelFiles("salt");
  const all = { ...files, "manifest.json": Buffer.from(JSON.stringify(modelManifest(files))) };
  const cwd = mkdtempSync(join(folder, "archive-"));
  for (const [name, bytes] of Object.entries(all)) writeFileSync(join(cwd, name), bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of create({ gzip: true, cwd, ...options }, ["."])) chunks.push(chunk as Buffer);
  const promotion = await trained(store, "run-1", null, { archive: Buffer.concat(chunks) });
  const separate = { ...places(), modelsFolder: join(cwd, "models") };
  expect((await promote(promotion, separate)).generation).toBe(1);
});
