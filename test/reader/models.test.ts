// The TypeScript reader on folders that real promotions wrote, and the ways in which a folder can let it down.
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bundle } from "../../reader/typescript/bundle.ts";
import { openModels } from "../../reader/typescript/models.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { rollback } from "../../tasks/models/rollback.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { memoryStore, trained } from "../promote/execution.ts";
import { deploy, failure } from "../tasks/deployment.ts";

// What the world does while the reader waits; the wait itself takes no time here.
const { pauses } = vi.hoisted(() => ({ pauses: { waited: [] as number[], meanwhile: () => {} } }));
vi.mock("node:timers/promises", () => ({
  setTimeout: async (milliseconds: number) => {
    pauses.waited.push(milliseconds);
    pauses.meanwhile();
  },
}));

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeEach(async () => {
  deployment = await deploy();
  pauses.waited = [];
  pauses.meanwhile = () => {};
});
afterEach(() => deployment.remove());

async function promoteNext(name: string, model?: string): Promise<string> {
  const store = memoryStore();
  const champion = await currentChampion(deployment.models, model);
  const promotion = await trained(store, name, champion, model === undefined ? {} : { model });
  return (await promote(promotion, { store, modelsFolder: deployment.models, keep: 3 })).version;
}
const at = (path: string) => join(deployment.models, path);
const self = async (bundle: Bundle) => bundle;

describe("the model in use", () => {
  test("is loaded once, and again when another one is promoted or rolled back to", async () => {
    const first = await promoteNext("first");
    const load = vi.fn(async (bundle: Bundle) => `${bundle.version} of ${bundle.execution}`);
    const models = openModels(deployment.models, load);
    expect(await Promise.all([models.current(), models.current(), models.refresh()])).toEqual([
      `${first} of first`,
      `${first} of first`,
      true,
    ]);
    expect(await models.refresh()).toBe(false);
    const second = await promoteNext("second");
    expect(await models.current()).toBe(`${first} of first`);
    expect(await models.refresh()).toBe(true);
    expect(await models.current()).toBe(`${second} of second`);
    await rollback({ modelsFolder: deployment.models, actor: "a person", reason: "so" });
    expect(await models.refresh()).toBe(true);
    expect(await models.current()).toBe(`${first} of first`);
    expect(load).toHaveBeenCalledTimes(3);
    expect(pauses.waited).toEqual([]);
  });

  test("is that of the registered model that is named", async () => {
    const named = await promoteNext("named", "specialty");
    expect((await failure(openModels(deployment.models, self).current())).message).toMatch(
      /Registered are: specialty\.$/,
    );
    const first = await promoteNext("first");
    const specialty = openModels(deployment.models, self, { model: "specialty" });
    expect(await specialty.current()).toMatchObject({ version: named, execution: "named" });
    await promoteNext("second");
    expect(await specialty.refresh()).toBe(false);
    expect((await openModels(deployment.models, self, { model: "keyphrases" }).current()).version).not.toBe(
      first,
    );
    expect(await failure(openModels(deployment.models, self, { model: "specialyt" }).current())).toEqual({
      name: "ModelsError",
      message: expect.stringContaining("Registered are: keyphrases, specialty."),
    });
  });

  test.each(["..", "registered", "Specialty", "a/b", "", "a".repeat(41)])(
    "is not looked for under the name %j",
    (model) => {
      expect(() => openModels(deployment.models, self, { model })).toThrow("at most 40 lower-case letters");
    },
  );

  test("gives the files as they were promoted, and the labels", async () => {
    const version = await promoteNext("first");
    const bundle = await openModels(deployment.models, self).current();
    expect(bundle.labels).toEqual(["problem", "test"]);
    expect(Object.keys(bundle.files)).toContain("ner/model.safetensors");
    for (const name of Object.keys(bundle.files))
      expect(await bundle.read(name), name).toEqual(readFileSync(at(`versions/${version}/${name}`)));
    for (const name of ["other", "../history/000001.json", "constructor"])
      expect((await failure(bundle.read(name))).message).toContain(`no file ${name}`);
  });

  test("does not mix with one that is promoted while it is read", async () => {
    const first = await promoteNext("first");
    const models = openModels(deployment.models, async (bundle) => {
      const model = await bundle.read("ner/model.safetensors");
      await promoteNext("second");
      return { model, labels: await bundle.read("ner/labels.json"), folder: bundle.folder };
    });
    expect((await models.current()).folder).toBe(at(`versions/${first}`));
  });
});

describe("a passing trouble", () => {
  test("such as a version that is removed while it is read is outlasted", async () => {
    const first = await promoteNext("first");
    let loads = 0;
    const models = openModels(deployment.models, async (bundle) => {
      if (++loads === 1) {
        await promoteNext("second");
        rmSync(at(`versions/${first}`), { recursive: true });
      }
      await bundle.read("labels.json");
      return bundle.execution;
    });
    expect(await models.current()).toBe("second");
    expect(pauses.waited).toEqual([0]);
  });

  test("such as a file handle that went stale is outlasted", async () => {
    await promoteNext("first");
    const load = vi.fn(async (bundle: Bundle) => bundle.read("labels.json"));
    load.mockRejectedValueOnce(Object.assign(new Error("stale"), { code: "ESTALE" }));
    expect((await openModels(deployment.models, load).current()).toString()).toContain("problem");
    expect(pauses.waited).toEqual([0]);
  });

  test("such as a pointer that is not there yet is outlasted", async () => {
    await promoteNext("first");
    renameSync(at("current"), at("elsewhere"));
    pauses.meanwhile = () => {
      if (pauses.waited.length === 3) renameSync(at("elsewhere"), at("current"));
    };
    expect((await openModels(deployment.models, self).current()).execution).toBe("first");
    expect(pauses.waited).toEqual([0, 100, 200]);
  });

  test("that does not pass is told after six attempts", async () => {
    const refused = await failure(openModels(deployment.models, self).current());
    expect(refused.name).toBe("ModelsError");
    expect(refused.message).toContain(`${at("current")} cannot be read (ENOENT)`);
    expect(pauses.waited).toEqual([0, 100, 200, 400, 800]);
  });

  test("is not what another error is", async () => {
    await promoteNext("first");
    const broken = openModels(deployment.models, async () => {
      throw new TypeError("the application's own");
    });
    expect((await failure(broken.current())).message).toBe("the application's own");
    unlinkSync(at("current"));
    mkdirSync(at("current"));
    expect((await failure(openModels(deployment.models, self).current())).message).toContain("EINVAL");
    expect(pauses.waited).toEqual([]);
  });
});

describe("damage is refused, and what was loaded stays:", () => {
  test.each<[string, (version: string) => void]>([
    ["a flipped bit", (version) => flip(`versions/${version}/labels.json`)],
    ["a file that was cut", (version) => writeFileSync(at(`versions/${version}/labels.json`), "[")],
    ["a torn manifest", (version) => writeFileSync(at(`versions/${version}/manifest.json`), "{")],
    ["a manifest of nothing", (version) => writeFileSync(at(`versions/${version}/manifest.json`), "null")],
    [
      "a manifest that lies about a file",
      (version) => {
        const path = at(`versions/${version}/manifest.json`);
        const lie = readFileSync(path, "utf8").replace(/("labels.json": \{\s+"sha256": ")..../, "$10000");
        writeFileSync(path, lie);
      },
    ],
    [
      "another version under this one's name",
      (version) => {
        const other = readdirSync(at("versions")).find((name) => name !== version)!;
        rmSync(at(`versions/${version}`), { recursive: true });
        cpSync(at(`versions/${other}`), at(`versions/${version}`), { recursive: true });
      },
    ],
    [
      "a pointer to somewhere else",
      () => {
        unlinkSync(at("current"));
        symlinkSync("/etc", at("current"));
      },
    ],
  ])("%s", async (_, damage) => {
    await promoteNext("first");
    const models = openModels(deployment.models, async (bundle) => {
      await bundle.read("labels.json");
      return bundle.execution;
    });
    expect(await models.current()).toBe("first");
    damage(await promoteNext("second"));
    const refused = await failure(models.refresh());
    expect(refused.name).toBe("ModelsError");
    expect(refused.message).toMatch(/[Rr]oll ?back/);
    expect(await models.current()).toBe("first");
  });

  function flip(path: string): void {
    const bytes = readFileSync(at(path));
    bytes[3]! ^= 1;
    writeFileSync(at(path), bytes);
  }
});

test("what was verified once is only compared by size and time, where the application keeps a record", async () => {
  const version = await promoteNext("first");
  const path = at(`versions/${version}/labels.json`);
  const verified = join(deployment.models, "..", "verified");
  const read = async (options?: { verified: string }) =>
    openModels(deployment.models, (bundle) => bundle.read("labels.json"), options).current();
  await read({ verified });
  expect(readdirSync(verified)).toEqual([`${version}.json`]);

  const { mtime } = statSync(path);
  const other = readFileSync(path, "utf8").replace("test", "tost");
  writeFileSync(path, other);
  utimesSync(path, mtime, new Date(mtime.getTime() + 1000));
  expect((await failure(read({ verified }))).message).toContain("damaged file, labels.json");
  expect((await failure(read())).message).toContain("damaged file, labels.json");

  // The price: a change that keeps size and time is not seen. So the hash was not computed again.
  writeFileSync(join(verified, `${version}.json`), JSON.stringify({ "labels.json": sizeAndTime(path) }));
  expect((await read({ verified })).toString()).toBe(other);
  // A record that is damaged is as none.
  for (const text of ["{", "null", "[]"]) {
    writeFileSync(join(verified, `${version}.json`), text);
    expect((await failure(read({ verified }))).message).toContain("damaged file, labels.json");
  }

  // One that cannot be kept costs time, not the model.
  writeFileSync(path, readFileSync(path, "utf8").replace("tost", "test"));
  expect((await read({ verified: path })).toString()).toContain("problem");

  function sizeAndTime(file: string): [string, string] {
    const { size, mtimeNs } = statSync(file, { bigint: true });
    return [String(size), String(mtimeNs)];
  }
});

test("imports nothing but Node, so that an application can take the folder as it is", () => {
  const folder = new URL("../../reader/typescript/", import.meta.url);
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".ts")))
    for (const [, from] of readFileSync(new URL(name, folder), "utf8").matchAll(/from "([^"]+)"/g))
      expect(from, name).toMatch(/^(node:|\.\/)/);
});
