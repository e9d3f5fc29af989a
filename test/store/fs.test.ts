// What only the file-system driver promises: a file for the job runner, and no leftovers of killed writers.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { link, mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FileStore, openFileStore } from "../../tasks/store/fs.ts";
import { openStore } from "../../tasks/store/open.ts";
import { versionsOf } from "../../tasks/store/reclaim.ts";
import { ConditionFailed, ObjectMissing } from "../../tasks/store/store.ts";
import { bucket, openFs } from "./drivers.ts";

let opened: Awaited<ReturnType<typeof openFs>>;
let store: FileStore;
beforeEach(async () => {
  opened = await openFs();
  store = await openFileStore(opened.root, bucket);
});
afterEach(() => opened.close());

const filesIn = (folder: string) =>
  readdirSync(join(opened.root, bucket, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test("gives the file of a version, which a later write does not touch", async () => {
  const first = await store.write("a/model.tar.gz", "first");
  const path = await store.localPath("a/model.tar.gz");
  await store.write("a/model.tar.gz", "second");
  expect(readFileSync(path, "utf8")).toBe("first");
  expect(await store.localPath("a/model.tar.gz", first.versionId)).toBe(path);
  expect(readFileSync(await store.localPath("a/model.tar.gz"), "utf8")).toBe("second");
  await expect(store.localPath("absent")).rejects.toThrow(ObjectMissing);
});

test("stores the bytes of a copy once", async () => {
  await store.write("a", "bytes");
  await store.copy("a", "b");
  expect(filesIn("blobs")).toHaveLength(1);
});

test("leaves nothing of writes that failed", async () => {
  await store.write("a", "first");
  await expect(store.write("a", "second", { ifNoneMatch: true })).rejects.toThrow(ConditionFailed);
  const broken = Readable.from(
    (function* () {
      yield "x";
      throw new Error("broke");
    })(),
  );
  await expect(store.write("b", broken)).rejects.toThrow("broke");
  expect(filesIn("blobs")).toHaveLength(1);
  expect(filesIn("claims")).toEqual([]);
});

test("sweeps what a writer of another machine or container left only after a day", async () => {
  const claims = join(opened.root, bucket, "claims");
  const folder = join(opened.root, bucket, "blobs", "ab");
  await mkdir(folder, { recursive: true });
  const hour = 60 * 60 * 1000;
  for (const [id, ageMs] of [
    ["ab-young", 23 * hour],
    ["ab-old", 25 * hour],
  ] as const) {
    // The pid is nobody's here.
    const claim = join(claims, `0badcafe.${2 ** 30}.${id}`);
    await writeFile(claim, "");
    await writeFile(join(folder, id), "x");
    const then = new Date(Date.now() - ageMs);
    await utimes(claim, then, then);
  }
  await openFileStore(opened.root, bucket);
  expect(filesIn("claims")).toEqual([join(claims, `0badcafe.${2 ** 30}.ab-young`)]);
  expect(filesIn("blobs")).toEqual([join(folder, "ab-young")]);
});

test("sweeps what a killed writer left, and leaves alone what a living one is writing", async () => {
  const writer = fileURLToPath(new URL("./writer.ts", import.meta.url));
  const start = async () => {
    const child = spawn(process.execPath, [writer, `file:${opened.root}`, "endless"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(createInterface(child.stdout), "line");
    return child;
  };
  const stop = async (child: Awaited<ReturnType<typeof start>>) => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  const [killed, living] = await Promise.all([start(), start()]);
  await stop(killed);
  expect(filesIn("claims")).toHaveLength(2);
  await openFileStore(opened.root, bucket);
  expect(filesIn("claims")).toHaveLength(1);
  expect(filesIn("claims")[0]).toContain(`.${living.pid}.`);
  expect(filesIn("blobs")).toHaveLength(1);
  await stop(living);
  await openFileStore(opened.root, bucket);
  expect([...filesIn("claims"), ...filesIn("blobs")]).toEqual([]);
});

test("keeps an object whose writer was killed right after its commit", async () => {
  await store.write("a", "committed");
  const [version] = filesIn("keys");
  const id = (await store.localPath("a")).split("/").at(-1);
  // The process that ran `true` is dead for sure, and its claim has the second name that a commit gives.
  const dead = Number(execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }));
  const claims = join(opened.root, bucket, "claims");
  await writeFile(join(claims, "probe"), "");
  const [host] = (await claimName()).split(".");
  await link(version!, join(claims, `${host}.${dead}.${id}`));
  await openFileStore(opened.root, bucket);
  expect(filesIn("claims")).toEqual([join(claims, "probe")]);
  expect(await text(await store.read("a"))).toBe("committed");
});

/** The name that this machine gives to a claim, seen while a write is under way. */
async function claimName(): Promise<string> {
  let seen = "";
  const body = Readable.from(
    (function* () {
      seen = readdirSync(join(opened.root, bucket, "claims")).find((name) => name.includes("."))!;
      yield "x";
    })(),
  );
  await store.write("seen", body);
  return seen;
}

test("uses no file name that a case-insensitive or normalising file system could take for another", async () => {
  for (const key of ["a/B", "a/b", "é", "e\u0301", "..", ".", "CON", "x".repeat(300), "X".repeat(300)])
    await store.write(key, key);
  for (const path of filesIn("keys")) {
    const below = path.slice(join(opened.root, bucket, "keys").length + 1);
    expect(below).toMatch(/^[0-9a-z_.%/@~-]+$/);
    for (const name of below.split("/")) expect(name.length).toBeLessThanOrEqual(241);
  }
});

const nasty = fc.string({
  unit: fc.constantFrom("a", "b", "A", "/", ".", "-", "0", "~", "@", "%", "é", "\u{1f600}", "\uffff", " "),
  minLength: 1,
  maxLength: 12,
});

test("lists any keys in the order of their bytes, whatever the prefix", async () => {
  const property = fc.asyncProperty(
    fc.uniqueArray(nasty, { maxLength: 12 }),
    fc.string({ unit: fc.constantFrom("a", "/", ".", "~", "%", "é"), maxLength: 3 }),
    fc.uuid(),
    async (keys, prefix, root) => {
      const fresh = await openFileStore(join(opened.root, root), bucket);
      for (const key of keys) await fresh.write(key, key);
      const wanted = keys
        .filter((key) => key.startsWith(prefix))
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const listed: string[] = [];
      for await (const { key } of fresh.list(prefix)) {
        listed.push(key);
        expect(await text(await fresh.read(key))).toBe(key);
      }
      expect(listed).toEqual(wanted);
    },
  );
  await fc.assert(property, { numRuns: 40, seed: 1 });
});

test("leaves alone what other programs put into its folders", async () => {
  await store.write("a/b", "bytes");
  for (const folder of ["keys", "keys/a", "keys/a/b"])
    for (const name of [".DS_Store", "Thumbs.db", ".nfs0000000000000001", "%zz"])
      await writeFile(join(opened.root, bucket, folder, name), "");
  for (const found of [store.list(""), versionsOf(opened.root, bucket)]) {
    const keys: string[] = [];
    for await (const { key } of found) keys.push(key);
    expect(keys).toEqual(["a/b"]);
  }
});

test("refuses a driver that it does not know", async () => {
  await expect(openStore({ driver: "ftp", bucket })).rejects.toThrow("s3 or file:/absolute/folder");
  await expect(openStore({ driver: "file:relative", bucket })).rejects.toThrow("s3 or file:/absolute/folder");
});
