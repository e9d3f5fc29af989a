import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, vi } from "vitest";
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import type { BaseModelManifest, Run } from "../../schemas/types.ts";
import { type FileStore, openFileStore } from "../../tasks/store/fs.ts";
import { writeJson } from "../../tasks/store/store.ts";

export const bucket = "pbp-test";
export const weightsSha256 = "5".repeat(64);
export const run: Run = { ...(runSchema.examples[0] as Run), execution: "run-1", prefix: "runs/run-1/" };

/** A data bucket and a models folder of this test's own, and the variables that send the handlers there. */
export async function deploy(): Promise<{
  store: FileStore;
  models: string;
  /** What was published, oldest first. */
  notices(): { Subject: string; Message: string }[];
  remove(): Promise<void>;
}> {
  const root = mkdtempSync(join(tmpdir(), "pbp-tasks-"));
  const models = join(root, "models");
  vi.stubEnv("OBJECT_STORE", `file:${root}`);
  vi.stubEnv("DATA_BUCKET", bucket);
  vi.stubEnv("BASE_MODEL", "minilm");
  vi.stubEnv("MODELS_DIR", models);
  vi.stubEnv("FILE_SYSTEM", "none");
  vi.stubEnv("TOPIC", `file:${join(root, "topics", "notices.jsonl")}`);
  vi.stubEnv("COMMAND_OPTIONS", "none");
  vi.stubEnv("MODEL_CARD", "none");
  vi.stubEnv("TRACKING", "none");
  vi.stubEnv("SERVING", "none");
  vi.stubEnv("APPROVAL", "none");
  vi.stubEnv("REGISTRY", "none");
  vi.stubEnv("PREDICT", "none");
  vi.stubEnv("CODE_REVISION", "unknown");
  return {
    store: await openFileStore(root, bucket),
    models,
    notices() {
      const file = join(root, "topics", "notices.jsonl");
      const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
      return lines.map((line) => JSON.parse(line));
    },
    async remove() {
      vi.unstubAllEnvs();
      await rm(root, { recursive: true });
    },
  };
}

export async function addBaseModel(store: FileStore, name: string): Promise<BaseModelManifest> {
  const prefix = `base-models/${name}/555555555555/`;
  const manifest: BaseModelManifest = {
    name,
    prefix,
    files: {
      "config.json": "1".repeat(64),
      "model.safetensors": weightsSha256,
      "vocab.txt": "2".repeat(64),
    },
    weightsSha256,
    lowerCase: true,
    pooling: "mean",
    normalize: true,
    embeddingMaxLength: 256,
    dimension: 384,
    embeddingKey: "0123456789abcdef",
    learningRate: 5e-4,
    addedAt: "2026-11-20T12:00:00Z",
  };
  for (const file of Object.keys(manifest.files)) await store.write(prefix + file, file);
  await writeJson(store, `base-models/${name}/manifest.json`, manifest);
  return manifest;
}

/** Runs a handler that must fail, and gives name and message of what it throws. */
export async function failure(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  const thrown = await call.then(
    () => null,
    (error: Error) => error,
  );
  expect(thrown).toBeInstanceOf(Error);
  return { name: thrown!.name, message: thrown!.message };
}
