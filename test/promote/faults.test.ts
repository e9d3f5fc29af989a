// A file system and a store that fail in the middle: of a call's reply, of a write, of a stream.
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import type * as FileSystem from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { verifyBundle } from "../../tasks/models/bundle.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { layout } from "../../tasks/models/layout.ts";
import { retain } from "../../tasks/models/retention.ts";
import { rollback } from "../../tasks/models/rollback.ts";
import { setTraffic } from "../../tasks/models/set-traffic.ts";
import { discard } from "../../tasks/models/staging.ts";
import { readTraffic } from "../../tasks/models/traffic.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import type { ObjectStore } from "../../tasks/store/store.ts";
import { failure } from "../tasks/deployment.ts";
import { memoryStore, trained } from "./execution.ts";

type Fault = { call: string; path: RegExp; code: string; done: boolean };
let faults: Fault[] = [];
/** What another process does right before a call. */
let meanwhile: { call: string; path: RegExp; happens: () => Promise<unknown> }[] = [];
/** What was done to names and to the disk, in order. */
let journal: string[] = [];

// Each call that changes a name may fail once: before it does anything, or after it has, its reply lost.
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof FileSystem>();
  type Call = (...args: unknown[]) => Promise<unknown>;
  const faulty =
    (name: string, call: Call): Call =>
    async (...args) => {
      const paths = args.filter((arg) => typeof arg === "string").join(" ");
      const before = meanwhile.findIndex((one) => one.call === name && one.path.test(paths));
      if (before !== -1) await meanwhile.splice(before, 1)[0]?.happens();
      const at = faults.findIndex((fault) => fault.call === name && fault.path.test(paths));
      if (at === -1) return journalled(name, paths, await call(...args));
      const [fault] = faults.splice(at, 1);
      if (fault?.done) await call(...args);
      throw Object.assign(new Error(`${paths} Canary`), { code: fault?.code });
    };
  function journalled(name: string, paths: string, result: unknown): unknown {
    if (/^(rename|link|symlink)$/.test(name)) journal.push(`${name} ${paths}`);
    if (name !== "open") return result;
    const file = result as FileSystem.FileHandle;
    // Only that it was asked for is on trial here, not the disk: a real fsync is most of a small promotion's time.
    file.sync = async () => void journal.push(`sync ${paths.split(" ")[0]}`);
    return file;
  }
  const calls = Object.entries(real).filter(([, call]) => typeof call === "function");
  return { ...real, ...Object.fromEntries(calls.map(([name, call]) => [name, faulty(name, call as Call)])) };
});

let modelsFolder: string;
let store: ObjectStore;
beforeEach(() => {
  store = memoryStore();
  modelsFolder = join(mkdtempSync(join(tmpdir(), "pbp-faults-")), "models");
});
afterEach(() => {
  faults = [];
  meanwhile = [];
  rmSync(join(modelsFolder, ".."), { recursive: true });
});

const places = () => ({ store, modelsFolder, keep: 1 });

async function promoteNext(name: string) {
  return promote(await trained(store, name, await currentChampion(modelsFolder)), places());
}

async function promoteAs(model: string, name: string) {
  const champion = await currentChampion(modelsFolder, model);
  return promote(await trained(store, name, champion, { model }), places());
}

/** The champion is of this generation, whole, and pointed at; nothing half-done lies about. */
async function expectSound(generation: number): Promise<void> {
  expect((await readHistory(modelsFolder)).length).toBe(generation);
  const champion = await currentChampion(modelsFolder);
  if (!champion) return;
  expect(readlinkSync(join(modelsFolder, "current"))).toBe(`versions/${champion.version}`);
  await verifyBundle(layout(modelsFolder), champion.version);
}

const staged = () => readdirSync(join(modelsFolder, "staging")).filter((name) => !name.startsWith("entry-"));

test("nothing gets its name before the disk has it, and no step begins before the last one is on the disk", async () => {
  journal = [];
  const { version } = await promoteNext("run-1");
  const short = journal.map((line) =>
    line.replaceAll(`${modelsFolder}/`, "").replaceAll(/(promotion|entry|pointer)-[^ /]*/g, "$1"),
  );
  const placeOf = (line: string) => {
    expect(short).toContain(line);
    return short.indexOf(line);
  };
  const enters = placeOf(`rename staging/promotion/bundle versions/${version}`);
  const files = Object.keys((await verifyBundle(layout(modelsFolder), version)).files);
  for (const path of ["", "/ner", "/manifest.json", ...files.map((file) => `/${file}`)])
    expect(placeOf(`sync staging/promotion/bundle${path}`)).toBeLessThan(enters);
  expect(short.lastIndexOf("sync staging/promotion/bundle")).toBe(enters - 1);
  const rest = short.slice(enters + 1).filter((line) => !/^symlink|doomed/.test(line));
  expect(rest.slice(0, 6)).toEqual([
    "sync versions",
    "sync staging/entry",
    "link staging/entry history/000001.json",
    "sync history",
    "rename staging/pointer current",
    `sync ${modelsFolder}`,
  ]);
});

test("the folders of a new model are on the disk before its first generation is", async () => {
  await promoteNext("run-1");
  journal = [];
  await promoteAs("specialty", "run-2");
  const folder = join(modelsFolder, "registered/specialty");
  const commits = journal.findIndex((line) => line.startsWith("link ") && line.endsWith("000001.json"));
  for (const parent of [modelsFolder, join(modelsFolder, "registered"), folder])
    expect(journal.slice(0, commits)).toContain(`sync ${parent}`);
});

describe("a call that succeeds and loses its reply counts as the success it was:", () => {
  test.each<[string, string, RegExp, string]>([
    ["the version's rename, repeated by the client", "rename", /versions/, "ENOENT"],
    ["the version's rename, with an error of the wire", "rename", /versions/, "EIO"],
    ["the entry's link, repeated by the client", "link", /history/, "EEXIST"],
    ["the entry's link, with an error of the wire", "link", /history/, "ESTALE"],
    ["the pointer's rename, repeated by the client", "rename", /current$/, "ENOENT"],
    ["the pointer's rename, with an error of the wire", "rename", /current$/, "EIO"],
    ["a link beside the pointer", "rename", /ner$/, "ENOENT"],
    ["the folder of versions", "mkdir", /versions$/, "EEXIST"],
    ["the folder of the history", "mkdir", /history$/, "EIO"],
    ["the draft's removal", "unlink", /entry-/, "ENOENT"],
  ])("%s", async (_, call, path, code) => {
    faults = [{ call, path, code, done: true }];
    expect((await promoteNext("run-1")).generation).toBe(1);
    expect(faults).toEqual([]);
    await expectSound(1);
    expect(staged()).toEqual([]);
  });

  test.each([
    ["of all other models", /registered$/],
    ["of the model", /specialty$/],
  ])("the folder %s", async (_, path) => {
    faults = [{ call: "mkdir", path, code: "EEXIST", done: true }];
    expect((await promoteAs("specialty", "run-1")).generation).toBe(1);
    expect(faults).toEqual([]);
    expect(await currentChampion(modelsFolder, "specialty")).toMatchObject({ execution: "run-1" });
    expect(await currentChampion(modelsFolder)).toBeNull();
  });

  test("a version's removal", async () => {
    await promoteNext("run-1");
    await promoteNext("run-2");
    faults = [{ call: "rename", path: /removed-/, code: "ENOENT", done: true }];
    await promoteNext("run-3");
    expect(faults).toEqual([]);
    await expectSound(3);
    expect(readdirSync(join(modelsFolder, "versions"))).toHaveLength(2);
    expect(staged()).toEqual([]);
  });

  test("a rollback's entry", async () => {
    await promoteNext("run-1");
    await promoteNext("run-2");
    faults = [{ call: "link", path: /history/, code: "EEXIST", done: true }];
    expect((await rollback({ modelsFolder, actor: "one", reason: "" })).generation).toBe(3);
    await expectSound(3);
  });
});

describe("what another process does in between:", () => {
  const at = () => layout(modelsFolder);

  test("a retention spares the version that a rollback has verified and is about to commit", async () => {
    for (const name of ["run-1", "run-2", "run-3"])
      await promote(await trained(store, name, await currentChampion(modelsFolder)), {
        ...places(),
        keep: 9,
      });
    meanwhile = [{ call: "link", path: /history/, happens: () => retain(at(), 1) }];
    await rollback({ modelsFolder, to: 1, actor: "one", reason: "" });
    expect(meanwhile).toEqual([]);
    await expectSound(4);
    expect(staged()).toEqual([]);
  });

  test("a retention brings back a version that came into use while it was taken away", async () => {
    for (const name of ["run-1", "run-2", "run-3"])
      await promote(await trained(store, name, await currentChampion(modelsFolder)), {
        ...places(),
        keep: 9,
      });
    const back = () => rollback({ modelsFolder, to: 1, actor: "one", reason: "" });
    meanwhile = [{ call: "rename", path: /removed-/, happens: back }];
    await retain(at(), 1);
    expect(meanwhile).toEqual([]);
    await expectSound(4);
    expect(staged()).toEqual([]);
  });

  const setArm = () =>
    setTraffic({
      modelsFolder,
      arm: { generation: 1, weight: 10, shadow: false },
      actor: "one",
      reason: "try it",
    });

  test.each([
    ["while the arm is set", "link", /traffic/, () => retain(at(), 1)],
    ["while it is taken away", "rename", /removed-/, setArm],
  ])("a retention spares the version of an arm: %s", async (_, call, path, happens) => {
    for (const name of ["run-1", "run-2", "run-3"])
      await promote(await trained(store, name, await currentChampion(modelsFolder)), {
        ...places(),
        keep: 9,
      });
    meanwhile = [{ call, path, happens }];
    await (call === "link" ? setArm() : retain(at(), 1));
    expect(meanwhile).toEqual([]);
    const { newest, answers } = await readTraffic(modelsFolder);
    expect(answers).toBe(true);
    await verifyBundle(at(), newest!.arm!.version);
    expect(staged()).toEqual([]);
  });

  test("a promotion right before an arm is set ends it, and whoever set it is told", async () => {
    for (const name of ["run-1", "run-2"]) await promoteNext(name);
    meanwhile = [{ call: "link", path: /traffic/, happens: () => promoteNext("run-3") }];
    expect((await failure(setArm())).name).toBe("StaleChampion");
    expect(meanwhile).toEqual([]);
    expect(await readTraffic(modelsFolder)).toMatchObject({ newest: { entry: 1 }, answers: false });
    await expectSound(3);
  });

  test("a retention passes over a version that another one took away and brought back", async () => {
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    for (const run of ["run-1", "run-2"]) await promoteNext(run);
    faults = [{ call: "rename", path: /removed-/, code: "ENOENT", done: false }];
    await promoteNext("run-3");
    expect(faults).toEqual([]);
    expect(warned).not.toHaveBeenCalled();
    expect(await retain(at(), 1)).toHaveLength(1);
    await expectSound(3);
  });

  test("a pointer that is set back by a late rename is set forward again by the same process", async () => {
    await promoteNext("run-1");
    const another = async () => {
      const next = await trained(store, "run-3", await currentChampion(modelsFolder));
      await promote(next, { ...places(), keep: 9 });
    };
    meanwhile = [{ call: "rename", path: /current$/, happens: another }];
    const promotion = await trained(store, "run-2", await currentChampion(modelsFolder));
    expect((await promote(promotion, { ...places(), keep: 9 })).generation).toBe(2);
    expect(meanwhile).toEqual([]);
    expect(readlinkSync(join(modelsFolder, "current"))).toMatch(/^versions\/000003-/);
    await expectSound(3);
  });

  test.each([
    ["before its version is there", "rename", /versions/],
    ["after its version is there", "link", /history/],
  ])(
    "a promotion at the last moment, %s, makes this one stale and leaves nothing of it",
    async (_, call, path) => {
      const promotion = await trained(store, "late");
      meanwhile = [{ call, path, happens: () => promoteNext("run-1") }];
      expect((await failure(promote(promotion, places()))).name).toBe("StaleChampion");
      expect(meanwhile).toEqual([]);
      await expectSound(1);
      expect(readdirSync(join(modelsFolder, "versions"))).toHaveLength(1);
      expect(staged()).toEqual([]);
    },
  );

  test("promotions that remove the version being read: the newer champion is read", async () => {
    await promoteNext("run-1");
    const others = async () => {
      await promoteNext("run-2");
      await promoteNext("run-3");
    };
    meanwhile = [{ call: "readFile", path: /000001-.*manifest/, happens: others }];
    expect((await currentChampion(modelsFolder))?.generation).toBe(3);
    expect(meanwhile).toEqual([]);
    expect(readdirSync(join(modelsFolder, "versions"))).toHaveLength(2);
  });

  test("a sweeper that takes the staging folder of a stopped process lets nothing half-done through", async () => {
    await promoteNext("run-1");
    const promotion = await trained(store, "run-2", await currentChampion(modelsFolder));
    const sweep = async () => {
      const [name] = staged().filter((one) => one.startsWith("promotion-"));
      await discard(at(), join(at().staging, name ?? ""));
    };
    meanwhile = [{ call: "rename", path: /versions/, happens: sweep }];
    expect((await failure(promote(promotion, places()))).name).toBe("PromotionFailed");
    expect(meanwhile).toEqual([]);
    await expectSound(1);

    const sweepAndPromote = async () => {
      await sweep();
      await promoteNext("run-3");
    };
    meanwhile = [{ call: "rename", path: /versions/, happens: sweepAndPromote }];
    expect((await failure(promote(promotion, places()))).name).toBe("StaleChampion");
    await expectSound(2);
    expect(staged()).toEqual([]);
  });
});

describe("before the commit, a fault leaves the champion and no trace:", () => {
  const codes = ["ENOSPC", "EDQUOT", "EIO", "EACCES", "EROFS", "EMFILE", "ESTALE"];
  const places: [string, string, RegExp][] = [
    ["making the staging folder", "mkdir", /promotion-/],
    ["opening a folder for fsync", "open", /bundle r$/],
    ["opening the manifest", "open", /manifest\.json/],
    ["reading a file back", "lstat", /embeddings\.sav$/],
    ["moving the version", "rename", /versions/],
    ["drafting the entry", "open", /entry-/],
    ["taking the generation", "link", /history/],
  ];
  const cases = places.flatMap(([what, call, path], index): [string, string, string, RegExp][] =>
    [codes[index]!, codes[(index + 3) % codes.length]!].map((code) => [code, what, call, path]),
  );
  test.each(cases)("%s when %s", async (code, _, call, path) => {
    await promoteNext("run-1");
    const promotion = await trained(store, "run-2", await currentChampion(modelsFolder));
    faults = [{ call, path, code, done: false }];
    const failed = await failure(promote(promotion, { store, modelsFolder, keep: 1 }));
    expect(faults).toEqual([]);
    expect(failed.name).toBe("PromotionFailed");
    expect(failed.message).toMatch(new RegExp(`^While .*: ${code}\\.$`));
    await expectSound(1);
    expect(staged()).toEqual([]);
    // What was in the way is gone: the same event again.
    expect((await promote(promotion, { store, modelsFolder, keep: 1 })).generation).toBe(2);
    await expectSound(2);
  });

  test("the store's stream breaks off, or the object is gone", async () => {
    await promoteNext("run-1");
    const champion = await currentChampion(modelsFolder);
    for (const file of ["model.tar.gz", "embeddings.safetensors"]) {
      const promotion = await trained(store, "run-2", champion);
      const broken: ObjectStore = {
        ...store,
        read: async (key, options) =>
          key.endsWith(file) ? Readable.from(breakingOff()) : store.read(key, options),
      };
      const failed = await failure(promote(promotion, { ...places1(), store: broken }));
      expect(failed).toEqual({ name: "PromotionFailed", message: "While staging the bundle: ECONNRESET." });
      await store.remove(`runs/run-2/embeddings/embeddings.sav`);
      const missing = await failure(promote(promotion, places1()));
      expect(missing.message).toBe(
        "While staging the bundle: runs/run-2/embeddings/embeddings.sav is missing.",
      );
      await expectSound(1);
      expect(staged()).toEqual([]);
    }
  });

  const places1 = () => ({ store, modelsFolder, keep: 1 });
  async function* breakingOff() {
    yield Buffer.from([0x1f, 0x8b, 0x08]);
    throw Object.assign(new Error("Canary"), { code: "ECONNRESET" });
  }
});

describe("after the commit, a fault leaves the new champion:", () => {
  test("the pointer is moved by the next attempt", async () => {
    await promoteNext("run-1");
    const promotion = await trained(store, "run-2", await currentChampion(modelsFolder));
    faults = [{ call: "rename", path: /current$/, code: "EIO", done: false }];
    const failed = await failure(promote(promotion, places()));
    expect(failed.message).toBe("While moving the pointer: EIO.");
    expect((await promote(promotion, places())).generation).toBe(2);
    await expectSound(2);
    expect(staged()).toEqual([]);
  });

  test("an old version that cannot be removed does not fail the promotion", async () => {
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    await promoteNext("run-1");
    await promoteNext("run-2");
    faults = [{ call: "rename", path: /removed-/, code: "EACCES", done: false }];
    expect((await promoteNext("run-3")).generation).toBe(3);
    expect(warned).toHaveBeenCalledWith("Old versions were not removed (EACCES).");
    await expectSound(3);
  });
});
