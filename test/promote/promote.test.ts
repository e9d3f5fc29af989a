import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import type { BundleManifest, Verdict } from "../../schemas/types.ts";
import { bundleDigest } from "../../tasks/models/bundle.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { keptKeysOf } from "../../tasks/models/kept-keys.ts";
import { type Promotion, promote } from "../../tasks/promote/promotion.ts";
import { handler } from "../../tasks/promote.ts";
import { writeJson } from "../../tasks/store/store.ts";
import { deploy, failure } from "../tasks/deployment.ts";
import { sha256, trained } from "./execution.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeEach(async () => {
  deployment = await deploy();
});
afterEach(() => deployment.remove());

const places = (keep = 3) => ({ store: deployment.store, modelsFolder: deployment.models, keep });
const file = (path: string) => join(deployment.models, path);

/** Trains and promotes against whatever the champion is. */
async function promoteNext(name: string, keep?: number) {
  const champion = await currentChampion(deployment.models);
  return promote(await trained(deployment.store, name, champion), places(keep));
}

describe("a first promotion", () => {
  test("leaves a whole bundle, its entry in the log, and the paths that the billing app reads", async () => {
    const promotion = await trained(deployment.store, "run-1");
    const { generation, version } = await promote(promotion, places());
    expect(generation).toBe(1);
    expect(version).toMatch(/^000001-[0-9a-f]{12}$/);
    expect(readdirSync(deployment.models).sort()).toEqual([
      "current",
      "embeddings.sav",
      "history",
      "ner",
      "staging",
      "versions",
    ]);
    expect(readlinkSync(file("current"))).toBe(`versions/${version}`);
    expect(readlinkSync(file("ner"))).toBe("current/ner");
    expect(realpathSync(file("embeddings.sav"))).toBe(
      realpathSync(file(`versions/${version}/embeddings.sav`)),
    );
    expect(readdirSync(file("staging"))).toEqual([]);
    expect(JSON.parse(readFileSync(file("history/000001.json"), "utf8"))).toMatchObject({
      generation: 1,
      action: "promote",
      version,
      from: null,
      actor: "Promote",
      execution: "run-1",
      reason: "why run-1",
      verdict: promotion.verdict,
    });
  });

  test("has a manifest that vouches for every file", async () => {
    const { version } = await promoteNext("run-1");
    const manifest: BundleManifest = JSON.parse(readFileSync(file("current/manifest.json"), "utf8"));
    expect(Object.keys(manifest.files).sort()).toEqual([
      "embeddings.index.json",
      "embeddings.safetensors",
      "embeddings.sav",
      "labels.json",
      "ner/config.json",
      "ner/labels.json",
      "ner/manifest.json",
      "ner/model.safetensors",
      "ner/train-documents.txt",
      "ner/vocab.txt",
      "profile.json",
    ]);
    for (const [path, { sha256: digest, sizeBytes }] of Object.entries(manifest.files)) {
      const bytes = readFileSync(file(`current/${path}`));
      expect([path, sha256(bytes), bytes.length]).toEqual([path, digest, sizeBytes]);
    }
    expect(manifest.digest).toBe(bundleDigest(manifest.files));
    expect(version).toBe(`000001-${manifest.digest.slice(0, 12)}`);
  });

  test("keeps the archive where Evaluate will look for the champion", async () => {
    const promotion = await trained(deployment.store, "run-1");
    await promote(promotion, places());
    await deployment.store.remove(promotion.artifacts.model.key);
    const champion = await currentChampion(deployment.models);
    expect(champion).toMatchObject({
      generation: 1,
      execution: "run-1",
      kind: "keyphrases",
      labels: { count: 2 },
    });
    expect(champion!.model.sha256).toBe(promotion.artifacts.model.sha256);
    expect(sha256(readFileSync(await deployment.store.localPath(champion!.model.key)))).toBe(
      champion!.model.sha256,
    );
  });

  test("keeps the profile of its export with the bundle, and where QualityGate can read it", async () => {
    const promotion = await trained(deployment.store, "run-1");
    await promote(promotion, places());
    const champion = await currentChampion(deployment.models);
    const keys = keptKeysOf(champion!);
    for (const path of [file("current/profile.json"), await deployment.store.localPath(keys.profile)])
      expect(sha256(readFileSync(path))).toBe(promotion.dataset.profileSha256);
    expect(await deployment.store.head(keys.embeddings)).not.toBeNull();
  });

  test("that an earlier version began has no profile, and is promoted all the same", async () => {
    const { dataset, ...rest } = await trained(deployment.store, "run-1");
    const { profileSha256: _, ...earlier } = dataset;
    await promote({ ...rest, dataset: earlier }, places());
    const champion = await currentChampion(deployment.models);
    expect(existsSync(file("current/profile.json"))).toBe(false);
    expect(await deployment.store.head(keptKeysOf(champion!).profile)).toBeNull();
  });

  test("is refused when the profile is not the one that Preprocess wrote", async () => {
    const promotion = await trained(deployment.store, "run-1");
    await deployment.store.write(`${promotion.dataset.prefix}profile.json`, "{}");
    expect(await failure(promote(promotion, places()))).toEqual({
      name: "PromotionFailed",
      message: "Not promoted: profile.json changed since Preprocess.",
    });
  });

  test("takes the notebook's file and folder out of the way and keeps them", async () => {
    mkdirSync(file("ner"), { recursive: true });
    writeFileSync(file("ner/weights"), "the notebook's");
    writeFileSync(file("embeddings.sav"), "the notebook's");
    await promoteNext("run-1");
    expect(readlinkSync(file("ner"))).toBe("current/ner");
    expect(readlinkSync(file("embeddings.sav"))).toBe("current/embeddings.sav");
    expect(readFileSync(file("legacy/ner/weights"), "utf8")).toBe("the notebook's");
    expect(readFileSync(file("legacy/embeddings.sav"), "utf8")).toBe("the notebook's");
  });
});

/** What is kept of a version in the bucket. */
const keysOf = (version: string) =>
  ["bundle.json", "embeddings.json", "model.tar.gz", "profile.json"].map(
    (name) => `champions/${version}/${name}`,
  );

async function keptKeys(): Promise<string[]> {
  const keys = [];
  for await (const { key } of deployment.store.list("champions/")) keys.push(key);
  return keys;
}

describe("the next promotion", () => {
  test("is a generation after the champion's and moves the pointer", async () => {
    const first = await promoteNext("run-1");
    const second = await promoteNext("run-2");
    expect(second.generation).toBe(2);
    expect(readlinkSync(file("current"))).toBe(`versions/${second.version}`);
    expect(
      (await readHistory(deployment.models)).map((one) => [one.version, one.from, one.inUse, one.kept]),
    ).toEqual([
      [second.version, first.version, true, true],
      [first.version, null, false, true],
    ]);
  });

  test("removes the archive of a version that is kept no longer, and no other", async () => {
    const versions = [];
    for (const name of ["run-1", "run-2", "run-3"]) versions.push((await promoteNext(name, 1)).version);
    expect(await keptKeys()).toEqual(versions.slice(1).flatMap(keysOf));
  });

  test("of the same execution is the one that was committed", async () => {
    const promotion = await trained(deployment.store, "run-1");
    const first = await promote(promotion, places());
    // Its artefacts are not needed any more.
    await deployment.store.remove(promotion.artifacts.model.key);
    expect(await promote(promotion, places())).toEqual(first);
    await promoteNext("run-2");
    expect(await promote(promotion, places())).toEqual(first);
    // Also when it meanwhile was compared with a newer champion, be it itself.
    const champion = await currentChampion(deployment.models);
    expect(await promote({ ...promotion, champion }, places())).toEqual(first);
    expect(await readHistory(deployment.models)).toHaveLength(2);
  });

  test("against a champion that is no longer one is stale", async () => {
    await promoteNext("run-1");
    const champion = await currentChampion(deployment.models);
    const late = await trained(deployment.store, "late", champion);
    await promoteNext("run-2");
    expect((await failure(promote(late, places()))).name).toBe("StaleChampion");
    const first = await trained(deployment.store, "later", null);
    expect((await failure(promote(first, places()))).name).toBe("StaleChampion");
    expect(readdirSync(file("versions"))).toHaveLength(2);
    expect(readdirSync(file("staging"))).toEqual([]);
  });

  test("that loses its number at the last moment leaves nothing behind, in the folder or the store", async () => {
    const both = await Promise.all(["run-1", "run-2"].map((name) => trained(deployment.store, name)));
    const ended = await Promise.allSettled(both.map((promotion) => promote(promotion, places())));
    const won = ended.find((one) => one.status === "fulfilled");
    const lost = ended.find((one) => one.status === "rejected");
    expect(lost?.reason).toMatchObject({ name: "StaleChampion" });
    expect(readdirSync(file("versions"))).toEqual([won?.value.version]);
    expect(readdirSync(file("staging"))).toEqual([]);
    expect(await keptKeys()).toEqual(keysOf(won!.value.version));
  });

  test("against a champion that the log does not have is an error", async () => {
    await promoteNext("run-1");
    const champion = await currentChampion(deployment.models);
    const promotion = await trained(deployment.store, "run-2", { ...champion!, generation: 7 });
    expect((await failure(promote(promotion, places()))).name).toBe("ChampionUnreadable");
  });

  test("with the very content of the champion is a version of its own", async () => {
    const promotion = await trained(deployment.store, "run-1");
    const first = await promote(promotion, places());
    const champion = await currentChampion(deployment.models);
    const again = { ...promotion, champion, run: { ...promotion.run, execution: "run-2" } };
    const second = await promote(again, places());
    expect(second.version).toBe(first.version.replace("000001", "000002"));
  });
});

describe("leftovers", () => {
  test("of a promotion killed before the commit are used again when whole, and replaced when not", async () => {
    const promotion = await trained(deployment.store, "run-1");
    const { version } = await promote(promotion, places());
    for (const path of ["history/000001.json", "current"]) rmSync(file(path));
    const before = lstatSync(file(`versions/${version}`)).ino;
    expect(await promote(promotion, places())).toEqual({ generation: 1, version });
    expect(lstatSync(file(`versions/${version}`)).ino).toBe(before);

    for (const path of ["history/000001.json", "current"]) rmSync(file(path));
    writeFileSync(file(`versions/${version}/labels.json`), "[]");
    expect(await promote(promotion, places())).toEqual({ generation: 1, version });
    expect((await currentChampion(deployment.models))?.version).toBe(version);
    expect(readFileSync(file("current/labels.json"), "utf8")).toContain("problem");
  });
});

describe("the handler", () => {
  const verdict = verdictSchema.examples[0] as Verdict;
  async function event(change: (verdict: Verdict, promotion: Promotion) => void = () => undefined) {
    const promotion = await trained(deployment.store, "run-1");
    const written = structuredClone(verdict);
    written.challengerSha256 = promotion.artifacts.model.sha256;
    change(written, promotion);
    const { run, dataset, artifacts, champion } = promotion;
    await writeJson(deployment.store, "runs/run-1/verdict.json", written);
    return {
      run,
      dataset,
      artifacts,
      champion,
      verdict: { verdict: "promote", verdictKey: "runs/run-1/verdict.json" },
    };
  }
  beforeEach(() => vi.stubEnv("KEEP_VERSIONS", "5"));

  test("promotes on a verdict that covers this model and champion", async () => {
    const promoted = await handler(await event());
    expect(promoted).toEqual({ generation: 1, version: expect.stringMatching(/^000001-/) });
    expect((await readHistory(deployment.models))[0]?.verdict).toEqual({
      key: "runs/run-1/verdict.json",
      accuracy: verdict.metrics.challenger.accuracy,
      f1: verdict.metrics.challenger.f1,
    });
  });

  test.each<[string, (verdict: Verdict, promotion: Promotion) => void]>([
    ["says reject", (written) => (written.verdict = "reject")],
    ["is about another model", (written) => (written.challengerSha256 = "0".repeat(64))],
    ["is against another champion", (written) => (written.championGeneration = 3)],
  ])("refuses a verdict that %s", async (problem, change) => {
    const refused = await failure(handler(await event(change)));
    expect(refused).toEqual({
      name: "PromotionFailed",
      message: `The verdict ${problem}: this model is not promoted.`,
    });
    expect(existsSync(file("history"))).toBe(false);
  });

  test("refuses a verdict that is not there", async () => {
    const received = await event();
    await deployment.store.remove("runs/run-1/verdict.json");
    expect((await failure(handler(received))).name).toBe("PromotionFailed");
  });
});
