import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { layout } from "../../tasks/models/layout.ts";
import { repairPointer } from "../../tasks/models/pointer.ts";
import { retain } from "../../tasks/models/retention.ts";
import { rollback } from "../../tasks/models/rollback.ts";
import { leaseMilliseconds, stagingPath } from "../../tasks/models/staging.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { failure } from "../tasks/deployment.ts";
import { memoryStore, trained } from "./execution.ts";

const store = memoryStore();
let modelsFolder: string;
beforeEach(() => {
  modelsFolder = join(mkdtempSync(join(tmpdir(), "pbp-rollback-")), "models");
});
afterEach(() => rmSync(join(modelsFolder, ".."), { recursive: true }));

const file = (path: string) => join(modelsFolder, path);
const ask = { actor: "an operator", reason: "billing saw odd codes" };

async function promoteRuns(count: number, keep = 9): Promise<string[]> {
  const versions: string[] = [];
  for (let index = 1; index <= count; index++) {
    const champion = await currentChampion(modelsFolder);
    const promotion = await trained(store, `run-${index}`, champion);
    versions.push((await promote(promotion, { store, modelsFolder, keep })).version);
  }
  return versions;
}

describe("a rollback", () => {
  test("is a generation that points at the version before, without a copy", async () => {
    const [first, second] = await promoteRuns(2);
    const record = await rollback({ modelsFolder, ...ask });
    expect(record).toMatchObject({
      generation: 3,
      action: "rollback",
      version: first,
      from: second,
      execution: null,
      verdict: null,
      ...ask,
    });
    expect(JSON.parse(readFileSync(file("history/000003.json"), "utf8"))).toEqual(record);
    expect(readlinkSync(file("current"))).toBe(`versions/${first}`);
    expect(readdirSync(file("versions"))).toHaveLength(2);
    expect(readdirSync(file("staging"))).toEqual([]);
    expect(await currentChampion(modelsFolder)).toMatchObject({
      generation: 3,
      version: first,
      execution: "run-1",
    });
  });

  test("undoes a rollback, and goes to any generation", async () => {
    const [first, second] = await promoteRuns(3);
    await rollback({ modelsFolder, ...ask, to: 1 });
    expect((await currentChampion(modelsFolder))?.version).toBe(first);
    await rollback({ modelsFolder, ...ask, to: 2 });
    expect((await currentChampion(modelsFolder))?.version).toBe(second);
    await rollback({ modelsFolder, ...ask });
    expect((await currentChampion(modelsFolder))?.version).toBe(first);
    expect((await readHistory(modelsFolder)).map((one) => one.inUse)).toEqual([
      true,
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  test("is what the next promotion is compared with", async () => {
    await promoteRuns(2);
    const champion = await currentChampion(modelsFolder);
    await rollback({ modelsFolder, ...ask });
    const late = await trained(store, "late", champion);
    expect((await failure(promote(late, { store, modelsFolder, keep: 9 }))).name).toBe("StaleChampion");
  });

  test.each([
    ["to a generation that never was", 7, "InvalidInput", "no generation 7: they count from 1 to 2"],
    ["to generation 0", 0, "InvalidInput", "no generation 0"],
    ["to the model in use", 2, "InvalidInput", "is in use"],
  ])("%s is refused", async (_, to, name, message) => {
    await promoteRuns(2);
    const refused = await failure(rollback({ modelsFolder, ...ask, to }));
    expect(refused.name).toBe(name);
    expect(refused.message).toContain(message);
  });

  test("with nothing before is refused", async () => {
    expect((await failure(rollback({ modelsFolder, ...ask }))).name).toBe("InvalidInput");
    await promoteRuns(1);
    expect((await failure(rollback({ modelsFolder, ...ask }))).message).toContain("nothing before it");
  });

  test("to a version that was removed or damaged is refused, and nothing moves", async () => {
    const [first, second] = await promoteRuns(2);
    const weights = file(`versions/${first}/ner/model.safetensors`);
    const bytes = readFileSync(weights);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(weights, bytes);
    const damaged = await failure(rollback({ modelsFolder, ...ask }));
    expect(damaged).toEqual({
      name: "PromotionFailed",
      message: `The bundle ${first} has a changed file, ner/model.safetensors; it was removed or damaged. The model in use is unchanged.`,
    });
    rmSync(file(`versions/${first}`), { recursive: true });
    expect((await failure(rollback({ modelsFolder, ...ask }))).message).toContain("has no manifest");
    expect((await currentChampion(modelsFolder))?.version).toBe(second);
    expect(readdirSync(file("staging"))).toEqual([]);
  });

  test("that loses its number to another one says so", async () => {
    await promoteRuns(3);
    const both = await Promise.allSettled([
      rollback({ modelsFolder, ...ask, to: 1 }),
      rollback({ modelsFolder, ...ask, to: 2 }),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.find((one) => one.status === "rejected")?.reason).toMatchObject({ name: "StaleChampion" });
    expect(await readHistory(modelsFolder)).toHaveLength(4);
  });
});

describe("retention", () => {
  test("keeps the version in use and the last ones before it", async () => {
    const versions = await promoteRuns(5, 2);
    expect(readdirSync(file("versions")).sort()).toEqual(versions.slice(2));
    expect((await readHistory(modelsFolder)).map((one) => one.kept)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test("counts in the order of use, not of training", async () => {
    const versions = await promoteRuns(3);
    await rollback({ modelsFolder, ...ask, to: 1 });
    await retain(layout(modelsFolder), 1);
    expect(readdirSync(file("versions")).sort()).toEqual([versions[0], versions[2]]);
  });

  test("leaves a version whose generation is still free, and removes one that lost it", async () => {
    const [first] = await promoteRuns(2);
    for (const version of ["000002-ffffffffffff", "000003-ffffffffffff"])
      symlinkSync(first!, file(`versions/${version}`));
    await retain(layout(modelsFolder), 9);
    expect(readdirSync(file("versions"))).toContain("000003-ffffffffffff");
    expect(readdirSync(file("versions"))).not.toContain("000002-ffffffffffff");
  });

  test("brings back a version that a rollback has pinned, or that is in use again", async () => {
    const at = layout(modelsFolder);
    const [first, second] = await promoteRuns(3);
    const pin = stagingPath(at, `pin-${first}`);
    writeFileSync(pin, "");
    for (const version of [first!, second!])
      renameSync(at.version(version), stagingPath(at, `removed-${version}`));
    await retain(at, 1);
    expect(existsSync(at.version(first!))).toBe(true);
    expect(existsSync(at.version(second!))).toBe(true);
    unlinkSync(pin);
    await retain(at, 1);
    expect(existsSync(at.version(first!))).toBe(false);
    expect(readdirSync(at.staging)).toEqual([]);
  });

  test("sweeps what is old and of no living process", async () => {
    const at = layout(modelsFolder);
    await promoteRuns(1);
    const dead = stagingPath(at, "promotion").replace(`-${process.pid}-`, "-4194304-");
    const elsewhere = dead.replace(/promotion-[0-9a-f]{8}/, "promotion-00000000");
    const living = stagingPath(at, "promotion");
    const foreign = join(at.staging, "something");
    for (const path of [dead, elsewhere, living, foreign]) writeFileSync(path, "");
    await retain(at, 9);
    expect(readdirSync(at.staging)).toHaveLength(4);
    const old = new Date(Date.now() - leaseMilliseconds - 60_000);
    for (const path of [dead, elsewhere, living, foreign]) utimesSync(path, old, old);
    await retain(at, 9);
    expect(readdirSync(at.staging).map((name) => join(at.staging, name))).toEqual([living]);
  });
});

describe("the pointer", () => {
  test.each([
    ["missing", () => unlinkSync(file("current"))],
    ["behind", (first: string) => repoint("current", `versions/${first}`)],
    ["dangling", () => repoint("current", "versions/000009-000000000000")],
    ["without the links beside it", () => unlinkSync(file("ner"))],
    ["with a wrong link beside it", () => repoint("embeddings.sav", "versions")],
  ])("%s is repaired by whoever reads the champion", async (_, damage) => {
    const [first, second] = await promoteRuns(2);
    damage(first!);
    await currentChampion(modelsFolder);
    expect(readlinkSync(file("current"))).toBe(`versions/${second}`);
    expect(readlinkSync(file("ner"))).toBe("current/ner");
    expect(readlinkSync(file("embeddings.sav"))).toBe("current/embeddings.sav");
  });

  function repoint(name: string, target: string): void {
    unlinkSync(file(name));
    symlinkSync(target, file(name));
  }

  test("agrees with the log after many repairs at once", async () => {
    const [, second] = await promoteRuns(2);
    unlinkSync(file("current"));
    await Promise.all(Array.from({ length: 8 }, () => repairPointer(layout(modelsFolder))));
    expect(readlinkSync(file("current"))).toBe(`versions/${second}`);
    expect(readdirSync(file("staging"))).toEqual([]);
  });
});

describe("a champion that cannot be read is an error, never no champion:", () => {
  test.each<[string, string, (version: string) => void]>([
    ["a torn entry", "entry of generation 2", () => writeFileSync(file("history/000002.json"), "{")],
    [
      "an entry of another number",
      "another generation",
      () => writeFileSync(file("history/000002.json"), readFileSync(file("history/000001.json"))),
    ],
    [
      "an entry that breaks its schema",
      "must have required property",
      () => writeFileSync(file("history/000002.json"), '{"generation":"Canary"}'),
    ],
    ["a lost log", "the log was lost", () => rmSync(file("history"), { recursive: true })],
    [
      "a lost version",
      "has no manifest",
      (version) => rmSync(file(`versions/${version}`), { recursive: true }),
    ],
    [
      "a torn manifest",
      "not valid",
      (version) => writeFileSync(file(`versions/${version}/manifest.json`), "{"),
    ],
    [
      "a lost file",
      "changed file",
      (version) => {
        rmSync(file(`versions/${version}/ner/config.json`));
        writeFileSync(file(`versions/${version}/ner/other.json`), "");
      },
    ],
    [
      "a foreign file",
      "missing or foreign",
      (version) => writeFileSync(file(`versions/${version}/other`), ""),
    ],
    ["a cut file", "changed file", (version) => writeFileSync(file(`versions/${version}/labels.json`), "[")],
    [
      "another version's manifest",
      "another version's",
      (version) => {
        const other = readdirSync(file("versions")).find((one) => one !== version);
        writeFileSync(
          file(`versions/${version}/manifest.json`),
          readFileSync(file(`versions/${other}/manifest.json`)),
        );
      },
    ],
    [
      "a manifest with a wrong digest",
      "wrong digest",
      (version) => {
        const path = file(`versions/${version}/manifest.json`);
        writeFileSync(
          path,
          readFileSync(path, "utf8").replace(/("labels.json": \{\s+"sha256": ")..../, "$10000"),
        );
      },
    ],
  ])("%s", async (_, message, damage) => {
    const [, second] = await promoteRuns(2);
    damage(second!);
    const refused = await failure(currentChampion(modelsFolder));
    expect(refused.name).toBe("ChampionUnreadable");
    expect(refused.message).toContain(message);
    expect(refused.message).not.toContain("Canary");
  });

  test("nor is a gap in the log passed over", async () => {
    await promoteRuns(3);
    unlinkSync(file("history/000002.json"));
    expect((await failure(readHistory(modelsFolder))).name).toBe("ChampionUnreadable");
  });
});
