import { createHash } from "node:crypto";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BundleManifest, PromotionRecord } from "../../schemas/types.ts";
import { bundleDigest } from "../../tasks/models/bundle.ts";
import { handler } from "../../tasks/read-champion.ts";
import { labelsReference } from "../../tasks/store/label-set.ts";
import { deploy, failure } from "./deployment.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeEach(async () => {
  deployment = await deploy();
});
afterEach(() => deployment.remove());

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const model = { key: "champions/first/model.tar.gz", sha256: sha256("an archive"), sizeBytes: 10 };

/** Generation 1 as Promote leaves it, written by hand so that this test does not lean on Promote. */
async function promoteFirst(): Promise<BundleManifest> {
  const files = { "ner/model.safetensors": { sha256: sha256("weights"), sizeBytes: 7 } };
  const digest = bundleDigest(files);
  const version = `000001-${digest.slice(0, 12)}`;
  const manifest: BundleManifest = {
    version,
    digest,
    execution: "run-1",
    createdAt: "2026-11-20T12:31:00Z",
    labels: ["problem"],
    model,
    files,
  };
  const record: PromotionRecord = {
    generation: 1,
    action: "promote",
    version,
    from: null,
    at: "2026-11-20T12:31:02Z",
    actor: "Promote",
    execution: "run-1",
    reason: "",
    verdict: { key: "runs/run-1/verdict.json", accuracy: 0.97, f1: 0.88 },
  };
  const { models, store } = deployment;
  mkdirSync(join(models, "versions", version, "ner"), { recursive: true });
  for (const folder of ["history", "staging"]) mkdirSync(join(models, folder));
  writeFileSync(join(models, "versions", version, "ner/model.safetensors"), "weights");
  writeFileSync(join(models, "versions", version, "manifest.json"), JSON.stringify(manifest));
  writeFileSync(join(models, "history/000001.json"), JSON.stringify(record));
  symlinkSync(`versions/${version}`, join(models, "current"));
  await store.write(model.key, "an archive");
  return manifest;
}

test("says that nothing was ever promoted", async () => {
  expect(await handler({})).toEqual({ champion: null });
});

test("returns the model in use and where its archive lies", async () => {
  const { version } = await promoteFirst();
  expect(await handler({})).toEqual({
    champion: {
      generation: 1,
      version,
      execution: "run-1",
      promotedAt: "2026-11-20T12:31:02Z",
      // The manifest is of a version that knew one kind.
      kind: "keyphrases",
      labels: labelsReference(["problem"]),
      model,
    },
  });
});

test("the default model is of keyphrases, also before its first promotion; a new name may be of any kind", async () => {
  expect(await failure(handler({ kind: "single-label" }))).toEqual({
    name: "KindMismatch",
    message: expect.stringMatching(
      /the model keyphrases, .* is of kind keyphrases\. Train it under another name/,
    ),
  });
  expect(await handler({ model: "specialty", kind: "single-label" })).toEqual({ champion: null });
});

test("a champion of another kind refuses the export by name, and says where it may go", async () => {
  const manifest = await promoteFirst();
  const path = join(deployment.models, "versions", manifest.version, "manifest.json");
  writeFileSync(path, JSON.stringify({ ...manifest, kind: "multi-label" }));
  expect(await failure(handler({ model: "keyphrases", kind: "keyphrases" }))).toEqual({
    name: "KindMismatch",
    message: expect.stringMatching(
      /of kind keyphrases, but the model in use as keyphrases is of kind multi-label\. Train it under another name/,
    ),
  });
  expect((await handler({ model: "keyphrases", kind: "multi-label" })).champion?.kind).toBe("multi-label");
  // Under another name nothing is in use.
  expect(await handler({ model: "specialty", kind: "keyphrases" })).toEqual({ champion: null });
});

test("a learning curve, which promotes nothing, may be of any kind", async () => {
  expect(await handler({ kind: null })).toEqual({ champion: null });
  await promoteFirst();
  expect((await handler({ kind: null })).champion?.kind).toBe("keyphrases");
});

test("what an earlier version's definition sends, and its bundle, mean keyphrases", async () => {
  await promoteFirst();
  expect((await handler({})).champion?.kind).toBe("keyphrases");
  expect((await failure(handler({ kind: "single-label" }))).name).toBe("KindMismatch");
});

const damages: [what: string, message: string, damage: (version: string) => unknown][] = [
  ["an archive that is gone", "is missing from the data bucket", () => deployment.store.remove(model.key)],
  ["an archive of another size", "of another size", () => deployment.store.write(model.key, "short")],
  [
    "a bundle that is gone",
    "000001",
    (version) => rmSync(join(deployment.models, "versions", version), { recursive: true }),
  ],
  ["a log that was lost", "log", () => rmSync(join(deployment.models, "history"), { recursive: true })],
];
test.each(damages)("takes %s for an error, never for no champion", async (_, message, damage) => {
  const { version } = await promoteFirst();
  await damage(version);
  const refused = await failure(handler({}));
  expect(refused.name).toBe("ChampionUnreadable");
  expect(refused.message).toContain(message);
});
