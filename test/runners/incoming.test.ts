import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BusEvent } from "../../pipeline/local/events/event-bus.ts";
import { type IncomingOptions, watchIncoming } from "../../pipeline/local/events/incoming.ts";
import { createRandom } from "../../samples/random.ts";
import { type FileStore, openFileStore } from "../../tasks/store/fs.ts";

let root = "";
let folder = "";
let store: FileStore;
let events: BusEvent[] = [];
let left: [name: string, why: string][] = [];
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "pbp-incoming-"));
  folder = join(root, "incoming");
  mkdirSync(folder);
  store = await openFileStore(join(root, "store"), "pbp-local");
  events = [];
  left = [];
});
afterEach(() => rmSync(root, { recursive: true }));

/** Watches until `looks` looks were made; `between` runs after each. */
async function watch(
  looks: number,
  between: (look: number) => unknown = () => {},
  options: Partial<IncomingOptions> = {},
) {
  const abort = new AbortController();
  let look = 0;
  const sleep = async () => {
    between(++look);
    if (look >= looks) abort.abort();
  };
  await watchIncoming({
    home: { root, incoming: folder, processes: join(root, "processes") },
    store,
    bucket: "pbp-local",
    emit: async (event) => void events.push(event),
    signal: abort.signal,
    onLeft: (...entry) => left.push(entry),
    clock: { now: () => 0, sleep },
    ...options,
  });
}

const details = () =>
  events.map(({ detail }) => (detail as { object: { key: string; "version-id": string } }).object);

const exported = JSON.stringify({ exportId: "x", labels: ["problem"], records: [{ text: "a } b" }] });
const lines = `${JSON.stringify({ exportId: "x", labels: ["problem"] })}\n{"text":"a"}\n{"text":"b"}\n`;
const drop = (name: string, content: string | Buffer = exported) =>
  writeFileSync(join(folder, name), content);
const kept = async (name: string) => buffer(await store.read(`incoming/${name}`));

test("a file that rests becomes an object and an event, and leaves the folder", async () => {
  drop("export.json");
  await watch(1);
  expect(events).toEqual([]);
  await watch(2);
  expect(events).toMatchObject([{ source: "aws.s3", "detail-type": "Object Created" }]);
  expect(details()).toMatchObject([
    { key: "incoming/export.json", "version-id": "1", size: exported.length },
  ]);
  expect((await kept("export.json")).toString()).toBe(exported);
  expect(existsSync(join(folder, "export.json"))).toBe(false);
});

test("a file in a folder is for the registered model of that name", async () => {
  for (const name of ["specialty", "Registered", "registered", "specialty/2026"])
    mkdirSync(join(folder, name));
  for (const name of [
    "export.json",
    "specialty/export.json",
    "specialty/notes.csv",
    "Registered/export.json",
  ])
    drop(name);
  await watch(2);
  expect(details().map(({ key }) => key)).toEqual(["incoming/export.json", "incoming/specialty/export.json"]);
  expect((await kept("specialty/export.json")).toString()).toBe(exported);
  expect(existsSync(join(folder, "specialty/export.json"))).toBe(false);
  expect(left).toEqual([
    ["Registered", expect.stringContaining("lower-case letters, digits and hyphens")],
    ["registered", expect.stringContaining('other than "registered"')],
    ["specialty/2026", expect.stringContaining("folder in a model's folder")],
    ["specialty/notes.csv", expect.stringContaining("ends in .json")],
  ]);
});

test("what a killed watch has left of a model's folder is taken for that model", async () => {
  mkdirSync(join(folder, ".taking/specialty"), { recursive: true });
  drop(".taking/specialty/export.json");
  await watch(1);
  expect(details().map(({ key }) => key)).toEqual(["incoming/specialty/export.json"]);
  expect(readdirSync(join(folder, ".taking/specialty"))).toEqual([]);
});

describe("a file that is still written", () => {
  test("is left alone until it rests", async () => {
    drop("export.json", exported.slice(0, 10));
    await watch(5, (look) => look === 2 && appendFileSync(join(folder, "export.json"), exported.slice(10)));
    expect((await kept("export.json")).toString()).toBe(exported);
    expect(details()).toMatchObject([{ "version-id": "1" }]);
  });

  test.each([
    ["an object", "export.json", Buffer.from(exported)],
    ["an object behind a byte order mark", "export.json", Buffer.from(`\ufeff${exported}`)],
    ["lines", "export.jsonl", Buffer.from(lines)],
    ["an object in a gzip", "export.json.gz", gzipSync(exported)],
    ["lines in a gzip", "export.jsonl.gz", gzipSync(lines)],
  ])(
    "is taken as a whole wherever its copy stalls for longer than it takes to look: %s",
    async (_, name, bytes) => {
      const seed = process.env.PBP_SEED ?? randomUUID();
      const random = createRandom(seed);
      const cuts = Array.from({ length: 5 }, () => Math.floor(random.number() * bytes.length));
      for (const cut of [0, 2, bytes.length - 1, ...cuts]) {
        events = [];
        drop(name, bytes.subarray(0, cut));
        await watch(30, (look) => {
          if (look === 4) appendFileSync(join(folder, name), bytes.subarray(cut));
        });
        expect((await kept(name)).equals(bytes), `cut at ${cut}, PBP_SEED=${seed}`).toBe(true);
        expect(events, `cut at ${cut}, PBP_SEED=${seed}`).toHaveLength(1);
      }
    },
  );

  test("waits, however long, while its end is missing, which is said once", async () => {
    drop("half.json", exported.slice(0, -2));
    drop("empty.jsonl", "");
    drop("half.json.gz", gzipSync(exported).subarray(0, -1));
    await watch(100);
    expect(events).toEqual([]);
    const why = "It ends in the middle; it is taken when the rest is there.";
    expect(left).toEqual(["empty.jsonl", "half.json", "half.json.gz"].map((name) => [name, why]));
  });

  test("is not taken while a process has it open for writing", async () => {
    drop("export.json");
    const handle = openSync(join(folder, "export.json"), "a");
    await watch(8, (look) => look === 4 && closeSync(handle), {
      emit: async (event) => {
        expect(left).toEqual([["export.json", "A process still has it open for writing."]]);
        events.push(event);
      },
    });
    expect(events).toHaveLength(process.platform === "linux" ? 1 : 0);
  });

  test("although it was whole, goes back and is announced when it rests again", async () => {
    drop("export.json");
    let uploads = 0;
    const write: FileStore["write"] = async (...args) => {
      const object = await store.write(...args);
      if (++uploads === 1) appendFileSync(join(folder, ".taking", "export.json"), "\n");
      return object;
    };
    await watch(5, () => {}, { store: { ...store, write } });
    expect(details()).toMatchObject([{ "version-id": "2", size: exported.length + 1 }]);
    expect((await kept("export.json")).toString()).toBe(`${exported}\n`);
  });
});

describe("what is not taken", () => {
  test("stays, and is said once with its reason", async () => {
    drop(".export.json.part");
    drop("notes.txt");
    drop("table.csv");
    mkdirSync(join(folder, "sub.json"));
    symlinkSync("absent", join(folder, "dangling.json"));
    symlinkSync(".export.json.part", join(folder, "link.json"));
    writeFileSync(
      Buffer.concat([Buffer.from(folder), Buffer.from([0x2f, 0xff]), Buffer.from(".json")]),
      exported,
    );
    const before = readdirSync(folder, { encoding: "buffer" });
    await watch(20);
    expect(events).toEqual([]);
    const whys = Object.fromEntries(left);
    expect(left).toHaveLength(before.length);
    expect(whys).toMatchObject({
      ".export.json.part": expect.stringContaining("hidden"),
      "notes.txt": expect.stringContaining(".jsonl"),
      "table.csv": expect.stringContaining(".jsonl"),
      "sub.json": expect.stringContaining("a folder"),
      "dangling.json": expect.stringContaining("a link"),
      "link.json": expect.stringContaining("a link"),
      "\\xff.json": "Its name is not UTF-8.",
    });
    for (const name of before) expect(readdirSync(folder, { encoding: "buffer" })).toContainEqual(name);
  });

  // Root may read everything, and a skipped test counts as failed.
  const unlessRoot = process.getuid?.() === 0 ? () => undefined : test;
  unlessRoot("because it cannot be read is taken once it can", async () => {
    drop("export.json");
    chmodSync(join(folder, "export.json"), 0);
    await watch(8, (look) => look === 4 && chmodSync(join(folder, "export.json"), 0o600));
    expect(left).toEqual([["export.json", "It cannot be read (EACCES)."]]);
    expect(events).toHaveLength(1);
  });

  test("is said again when it went and came back", async () => {
    drop("notes.txt");
    await watch(6, (look) => {
      if (look === 2) rmSync(join(folder, "notes.txt"));
      if (look === 4) drop("notes.txt");
    });
    expect(left.map(([name]) => name)).toEqual(["notes.txt", "notes.txt"]);
  });

  test("does not end the watch when an earlier one left it in .taking", async () => {
    mkdirSync(join(folder, ".taking"));
    symlinkSync("absent", join(folder, ".taking", "dangling.json"));
    drop("dangling.json");
    drop("export.json");
    await watch(4);
    expect(details().map(({ key }) => key)).toEqual(["incoming/export.json"]);
    expect(left.map(([name]) => name)).toEqual([".taking/dangling.json"]);
    expect(existsSync(join(folder, "dangling.json"))).toBe(true);
  });
});

test("a kill between upload and event gives the same version again", async () => {
  drop("export.json");
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
  for (let time = 0; time < 2; time++) {
    drop("export.json");
    await watch(2);
  }
  expect(details().map((object) => object["version-id"])).toEqual(["1", "2"]);
});

describe("the watch ends with an error, and keeps the file,", () => {
  const names = () => readdirSync(join(folder, ".taking"));
  const failure = (code: string) => Object.assign(new Error("said by a disk"), { code });

  test("when the store is full", async () => {
    drop("export.json");
    const write = async () => {
      throw failure("ENOSPC");
    };
    const full = watch(3, () => {}, { store: { ...store, write } });
    await expect(full).rejects.toMatchObject({
      name: "WatchFailed",
      message: "the watch cannot continue: ENOSPC",
    });
    expect(names()).toEqual(["export.json"]);
  });

  test("when the store does not give back what was written", async () => {
    drop("export.json");
    const read = async () => Readable.from(["other bytes"]);
    const damaged = watch(3, () => {}, { store: { ...store, read } });
    await expect(damaged).rejects.toMatchObject({ name: "WatchFailed" });
    expect(events).toEqual([]);
    expect(names()).toEqual(["export.json"]);
  });

  test("when the folder vanishes", async () => {
    const gone = watch(3, (look) => look === 1 && rmSync(folder, { recursive: true }));
    await expect(gone).rejects.toMatchObject({
      name: "WatchFailed",
      message: expect.stringContaining("ENOENT"),
    });
  });
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

test("whatever people do in the folder, no file is lost and the watch goes on", async () => {
  const seed = process.env.PBP_SEED ?? randomUUID();
  const random = createRandom(seed);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random.number() * list.length)]!;
  const names = [
    "a.json",
    "b.jsonl",
    "c.json.gz",
    "D.JSON",
    "e.Json",
    "f.csv",
    ".g.json",
    "h",
    "\u202ei.json",
    "j\n.json",
  ];
  const contents = [
    exported,
    lines,
    "",
    "{",
    "null",
    "\0\0",
    "[1]",
    gzipSync(exported),
    gzipSync(lines).subarray(0, 30),
  ];
  const written = new Map<string, Set<string>>();
  const note = (name: string, content: string | Buffer) =>
    written.set(name, (written.get(name) ?? new Set()).add(Buffer.from(content).toString("latin1")));
  const act = () => {
    const name = pick(names);
    const path = join(folder, name);
    const content = pick(contents);
    const actions = [
      () => {
        // A pipe would wait for its reader.
        if (existsSync(path) && !lstatSync(path).isFile()) return;
        writeFileSync(path, content, { flag: pick(["w", "wx"]) });
        note(name, content);
      },
      () => mkdirSync(path),
      () => symlinkSync(pick(["absent", name, ".", pick(names)]), path),
      () => spawnSync("mkfifo", [path]),
      () => renameSync(path, join(folder, pick(names))),
      () => rmSync(path, { recursive: true }),
      () =>
        writeFileSync(
          Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([pick([0xff, 0xc3, 0x80])])]),
          "x",
        ),
    ];
    try {
      pick(actions)();
    } catch {
      // Taken, a folder, or not there: people get errors too.
    }
  };
  try {
    await watch(150, (look) => {
      for (let times = 0; times < 3; times++) if (look < 100) act();
      if (look === 120) drop("last.json");
    });
    const keys = details().map(({ key }) => key);
    expect(keys).toContain("incoming/last.json");
    for (const { key, "version-id": versionId } of details()) {
      const name = key.slice("incoming/".length);
      if (name === "last.json") continue;
      const bytes = (await buffer(await store.read(key, { versionId }))).toString("latin1");
      // A rename may have brought another name's bytes here.
      expect([...written.values()].some((set) => set.has(bytes))).toBe(true);
      expect(["", "{"]).not.toContain(bytes);
      expect(name).toMatch(/json(l|\.gz)?$/i);
    }
    expect(readdirSync(join(folder, ".taking"))).toEqual([]);
  } catch (error) {
    throw new Error(`PBP_SEED=${seed}`, { cause: error });
  }
});
