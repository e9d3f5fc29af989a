import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BusEvent } from "../../pipeline/local/event-bus.ts";
import { type IncomingOptions, watchIncoming } from "../../pipeline/local/incoming.ts";
import { type FileStore, openFileStore } from "../../tasks/store/fs.ts";

let root = "";
let folder = "";
let store: FileStore;
let events: BusEvent[] = [];
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "pbp-incoming-"));
  folder = join(root, "incoming");
  mkdirSync(folder);
  store = await openFileStore(join(root, "store"), "pbp-local");
  events = [];
});
afterEach(() => rmSync(root, { recursive: true }));

/** Watches until `looks` looks were made; `between` runs after each. */
async function watch(
  looks: number,
  between: (look: number) => void = () => {},
  options: Partial<IncomingOptions> = {},
) {
  const abort = new AbortController();
  let look = 0;
  const sleep = async () => {
    between(++look);
    if (look >= looks) abort.abort();
  };
  await watchIncoming({
    folder,
    store,
    bucket: "pbp-local",
    emit: async (event) => void events.push(event),
    signal: abort.signal,
    clock: { now: () => 0, sleep },
    ...options,
  });
}

const details = () =>
  events.map(({ detail }) => (detail as { object: { key: string; "version-id": string } }).object);

test("a file that rests becomes an object and an event, and leaves the folder", async () => {
  writeFileSync(join(folder, "export.json"), "{}");
  await watch(1);
  expect(events).toEqual([]);
  await watch(2);
  expect(events).toMatchObject([{ source: "aws.s3", "detail-type": "Object Created" }]);
  expect(details()).toMatchObject([{ key: "incoming/export.json", "version-id": "1", size: 2 }]);
  expect(await text(await store.read("incoming/export.json"))).toBe("{}");
  expect(existsSync(join(folder, "export.json"))).toBe(false);
});

test("a file that grows is left alone until it rests", async () => {
  const file = join(folder, "export.json");
  writeFileSync(file, "1");
  await watch(4, (look) => look < 3 && appendFileSync(file, String(look)));
  expect(await text(await store.read("incoming/export.json"))).toBe("112");
  expect(details()).toMatchObject([{ "version-id": "1" }]);
});

test("a file that grows while it is uploaded is announced when it is whole", async () => {
  writeFileSync(join(folder, "export.json"), "1");
  let uploads = 0;
  const write: FileStore["write"] = async (...args) => {
    const object = await store.write(...args);
    if (++uploads === 1) appendFileSync(join(folder, ".taking", "export.json"), "2");
    return object;
  };
  await watch(3, () => {}, { store: { ...store, write } });
  expect(details()).toMatchObject([{ "version-id": "2", size: 2 }]);
  expect(await text(await store.read("incoming/export.json"))).toBe("12");
});

test("hidden files and folders are nobody's exports", async () => {
  writeFileSync(join(folder, ".export.json.part"), "{}");
  mkdirSync(join(folder, "sub"));
  await watch(3);
  expect(events).toEqual([]);
});

test("a kill between upload and event gives the same version again", async () => {
  writeFileSync(join(folder, "export.json"), "{}");
  const killed = watch(3, () => {}, {
    emit: async () => {
      throw new Error("killed");
    },
  });
  await expect(killed).rejects.toThrow("killed");
  await watch(1);
  expect(details()).toMatchObject([{ key: "incoming/export.json", "version-id": "1" }]);
});

test("the same file dropped again is a new version, as in S3", async () => {
  for (let drop = 0; drop < 2; drop++) {
    writeFileSync(join(folder, "export.json"), "{}");
    await watch(2);
  }
  expect(details().map((object) => object["version-id"])).toEqual(["1", "2"]);
});

test("one watcher at a time", async () => {
  await watch(1, () => {}, {
    clock: {
      now: () => 0,
      sleep: async () => {
        await expect(watch(1)).rejects.toMatchObject({ name: "WatchRunning" });
        throw new Error("seen");
      },
    },
  }).catch((error: Error) => expect(error.message).toBe("seen"));
  await watch(1);
});
