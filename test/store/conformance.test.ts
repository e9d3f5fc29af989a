// What every caller of the object store leans on, held against both drivers. S3 is moto, a real server in a process of
// its own. Where moto is not S3: it ignores If-Match when a multipart upload completes and never answers 409 (both are
// tested in s3.test.ts against recorded answers), and it decides conditional puts without a lock (see moto_server.py).
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ConditionFailed,
  ObjectInvalid,
  ObjectMissing,
  type ObjectStore,
  readJson,
  writeJson,
} from "../../tasks/store/store.ts";
import { type Opened, openFs, openMoto } from "./drivers.ts";

const megabyte = 1024 * 1024;

describe.each([
  { name: "file system", open: openFs as () => Promise<Opened> },
  { name: "S3", open: openMoto },
])("$name", ({ open }) => {
  let opened: Opened;
  let store: ObjectStore;
  beforeAll(async () => {
    opened = await open();
    store = opened.store;
  });
  afterAll(() => opened.close());

  const textOf = async (key: string, versionId?: string) => text(await store.read(key, { versionId }));
  const keysOf = async (prefix: string) => {
    const keys: string[] = [];
    for await (const object of store.list(prefix)) keys.push(object.key);
    return keys;
  };
  const startWriter = (task: string): ChildProcess =>
    spawn(process.execPath, [fileURLToPath(new URL("./writer.ts", import.meta.url)), opened.driver, task], {
      env: { ...process.env, ...opened.environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
  const firstLine = async (child: ChildProcess): Promise<unknown> => {
    const [line] = await once(createInterface(child.stdout!), "line");
    return JSON.parse(line);
  };

  test("returns what was written, with its size, and a version and an etag that stay", async () => {
    const written = await store.write("plain/a.json", '{"a":1}');
    expect(written).toMatchObject({ key: "plain/a.json", sizeBytes: 7 });
    expect(await store.head("plain/a.json")).toEqual(written);
    expect(await textOf("plain/a.json")).toBe('{"a":1}');
    expect(written.etag).not.toContain('"');
    expect((await store.write("plain/b.json", '{"a":1}')).etag).toBe(written.etag);
    expect((await store.write("plain/c.json", '{"a":2}')).etag).not.toBe(written.etag);
  });

  test("takes every key that S3 takes, and lists them in the order of their UTF-8 bytes", async () => {
    const odd = [
      "a",
      "a-b",
      "a/b",
      "a//b",
      "a/b/",
      "a0",
      "A",
      ".",
      "..",
      "../up",
      "a/../b",
      "/",
      "//",
      "@",
      "a/@/1",
    ];
    odd.push(
      "%2e",
      "a%2Fb",
      "a+b c",
      "~",
      "é",
      "e\u0301",
      "\u{1f600}",
      "\uffff",
      "<&>'\"",
      "\u0001",
      "CON",
      "a.",
      "*",
    );
    odd.push(
      "x".repeat(1024),
      `x/${"é".repeat(511)}`,
      "/".repeat(1024),
      `${"y".repeat(80)}`,
      `${"y".repeat(80)}-z`,
    );
    odd.push(`${"y".repeat(80)}/z`, `${"y".repeat(81)}`, `${"y".repeat(80)}é/z`);
    const keys = odd.map((key) => `odd/${key}`.slice(0, key.length > 1000 ? 1019 : undefined));
    keys.splice(keys.indexOf(`odd/x/${"é".repeat(511)}`), 1, `odd/x/${"é".repeat(509)}`);
    for (const key of keys) await store.write(key, `of ${key}`);
    for (const key of keys) expect(await textOf(key)).toBe(`of ${key}`);
    const inOrder = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await keysOf("odd/")).toEqual(inOrder);
    for (const prefix of ["odd/a", "odd/a/", "odd/yyy", "odd//", "odd/.", "nothing", "nothing/at/all"])
      expect(await keysOf(prefix)).toEqual(inOrder.filter((key) => key.startsWith(prefix)));
  });

  test("refuses what is no key", async () => {
    for (const key of ["", "x".repeat(1025), "é".repeat(513), "lone \ud800"]) {
      await expect(store.write(key, "x")).rejects.toThrow(RangeError);
      await expect(store.read(key)).rejects.toThrow(RangeError);
      await expect(store.head(key)).rejects.toThrow(RangeError);
    }
  });

  test("stores nothing as something: an object of 0 bytes, as a buffer and as a stream", async () => {
    for (const body of ["", Buffer.alloc(0), Readable.from([])]) {
      expect(await store.write("empty", body)).toMatchObject({ sizeBytes: 0 });
      expect(await textOf("empty")).toBe("");
    }
    await expect(store.read("empty", { range: [0, 0] })).rejects.toThrow(RangeError);
  });

  test("reads ranges: both ends count, an end past the end is cut, a begin past the end is an error", async () => {
    await store.write("range", "0123456789");
    const range = async (first: number, last: number) =>
      text(await store.read("range", { range: [first, last] }));
    expect(await range(0, 0)).toBe("0");
    expect(await range(3, 5)).toBe("345");
    expect(await range(8, 100)).toBe("89");
    await expect(range(10, 11)).rejects.toThrow(RangeError);
  });

  test("keeps every version; a deleted key is gone, may be made again, and its past stays readable", async () => {
    const one = await store.write("versions", "one");
    const two = await store.write("versions", "two");
    expect(two.versionId).not.toBe(one.versionId);
    expect(await textOf("versions")).toBe("two");
    expect(await textOf("versions", one.versionId)).toBe("one");
    expect(await store.head("versions", one.versionId)).toEqual(one);

    await store.remove("versions");
    expect(await store.head("versions")).toBeNull();
    await expect(store.read("versions")).rejects.toThrow(ObjectMissing);
    expect(await keysOf("versions")).toEqual([]);
    expect(await textOf("versions", two.versionId)).toBe("two");
    await store.remove("versions");
    await store.remove("never there");

    const three = await store.write("versions", "three", { ifNoneMatch: true });
    expect(await textOf("versions")).toBe("three");
    expect([one.versionId, two.versionId]).not.toContain(three.versionId);
  });

  test("says that a key or version is missing", async () => {
    await store.write("present", "x");
    expect(await store.head("absent")).toBeNull();
    await expect(store.read("absent")).rejects.toThrow(ObjectMissing);
    for (const versionId of ["999", "nonsense", "../1"]) {
      expect(await store.head("present", versionId)).toBeNull();
      await expect(store.read("present", { versionId })).rejects.toThrow(ObjectMissing);
    }
  });

  test("holds a write to its condition", async () => {
    const one = await store.write("condition", "one", { ifNoneMatch: true });
    await expect(store.write("condition", "other", { ifNoneMatch: true })).rejects.toThrow(ConditionFailed);
    await store.write("condition", "two", { ifMatch: one.etag });
    await expect(store.write("condition", "other", { ifMatch: one.etag })).rejects.toThrow(ConditionFailed);
    await expect(store.write("condition/absent", "x", { ifMatch: one.etag })).rejects.toThrow(
      ConditionFailed,
    );
    await expect(
      store.write("condition", Readable.from([Buffer.alloc(9 * megabyte)]), { ifNoneMatch: true }),
    ).rejects.toThrow(ConditionFailed);
    expect(await textOf("condition")).toBe("two");
  });

  test("copies, and the copy does not follow its source", async () => {
    const source = await store.write("from/ä +%", "bytes");
    const copy = await store.copy("from/ä +%", "to/b");
    expect(copy).toMatchObject({ key: "to/b", sizeBytes: source.sizeBytes, etag: source.etag });
    await store.write("from/ä +%", "other");
    expect(await textOf("to/b")).toBe("bytes");
    await expect(store.copy("from/absent", "to/c")).rejects.toThrow(ObjectMissing);
  });

  test("shows nothing of a body that breaks off", async () => {
    const broken = (bytes: number) =>
      Readable.from(
        (async function* () {
          yield Buffer.alloc(bytes);
          throw new Error("the source broke");
        })(),
      );
    for (const bytes of [10, 17 * megabyte])
      await expect(store.write("broken", broken(bytes))).rejects.toThrow("the source broke");
    expect(await store.head("broken")).toBeNull();
    expect(await keysOf("broken")).toEqual([]);
  });

  test("lets a reader finish the version it began, whatever is written meanwhile", async () => {
    await store.write("reading", "old".repeat(1000));
    const begun = await store.read("reading");
    await store.write("reading", "new");
    await store.remove("reading");
    expect(await text(begun)).toBe("old".repeat(1000));
  });

  test("reads and writes small JSON, and never quotes what it cannot read", async () => {
    await writeJson(store, "small.json", { z: 1, a: [true, null, "ä"] });
    expect(await readJson(store, "small.json")).toEqual({ z: 1, a: [true, null, "ä"] });
    await expect(readJson(store, "absent.json")).rejects.toThrow(ObjectMissing);
    await store.write("bad.json", '{"note": Canary');
    const refused = await readJson(store, "bad.json").catch((error: Error) => error);
    expect(refused).toBeInstanceOf(ObjectInvalid);
    expect(String(refused)).not.toContain("Canary");
    await expect(readJson(store, "small.json", { maxBytes: 10 })).rejects.toThrow("larger than 10 bytes");
  });

  test("has one winner for each key that four processes want to be first at", async () => {
    const writers = [1, 2, 3, 4].map(() => startWriter("first"));
    const won = (await Promise.all(writers.map(firstLine))) as number[][];
    expect(won.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, n) => n));
    for (const [index, numbers] of won.entries())
      for (const n of numbers) expect(await textOf(`race/${n}`)).toBe(String(writers[index]!.pid));
  });

  test("loses no update of four processes that count together", async () => {
    await store.write("counter", "0");
    await Promise.all([1, 2, 3, 4].map(() => firstLine(startWriter("count"))));
    expect(await textOf("counter")).toBe("60");
  });

  test("lists what was there, once and in order, while another process writes in between", async () => {
    const known = Array.from({ length: 20 }, (_, n) => `shelf/${String(n).padStart(2, "0")}/old`);
    for (const key of known) await store.write(key, "x");
    let writing = true;
    const done = firstLine(startWriter("fill")).finally(() => {
      writing = false;
    });
    do {
      const seen = await keysOf("shelf/");
      expect(seen).toEqual([...seen].sort());
      expect(seen.filter((key) => key.endsWith("old"))).toEqual(known);
    } while (writing);
    await done;
    expect(await keysOf("shelf/")).toHaveLength(40);
  });

  test("shows nothing of a writer that is killed in the middle", async () => {
    const writer = startWriter("endless");
    expect(await firstLine(writer)).toBe("far");
    const ended = once(writer, "exit");
    writer.kill("SIGKILL");
    await ended;
    expect(await store.head("killed")).toBeNull();
    expect(await keysOf("killed")).toEqual([]);
    await store.write("killed", "by the next writer", { ifNoneMatch: true });
    expect(await textOf("killed")).toBe("by the next writer");
  });

  // Last, because moto copies all that it holds to list it.
  test.each([1, 8 * megabyte, 8 * megabyte + 1, 20 * megabyte])("streams %i bytes", async (sizeBytes) => {
    const whole = Buffer.alloc(sizeBytes, createHash("sha256").update(String(sizeBytes)).digest());
    const pieces = Readable.from(
      (function* () {
        for (let at = 0; at < sizeBytes; at += 65_537) yield whole.subarray(at, at + 65_537);
      })(),
    );
    const written = await store.write("big", pieces);
    expect(written.sizeBytes).toBe(sizeBytes);
    expect(await store.head("big")).toEqual(written);
    expect(whole.equals(await buffer(await store.read("big")))).toBe(true);
  });
});
