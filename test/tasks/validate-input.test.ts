import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { StoredObject } from "../../tasks/store/store.ts";
import { readJson, writeJson } from "../../tasks/store/store.ts";
import { handler } from "../../tasks/validate-input.ts";
import { addBaseModel, bucket, deploy, failure, weightsSha256 } from "./deployment.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
let uploaded: StoredObject;
beforeAll(async () => {
  deployment = await deploy();
  uploaded = await deployment.store.write("incoming/export.json", "{}");
  await addBaseModel(deployment.store, "minilm");
  await addBaseModel(deployment.store, "other");
});
afterAll(() => deployment.remove());

const source = { bucket, key: "incoming/export.json" };
const validate = (input: unknown, execution = "run-1") =>
  handler({ input, execution, startedAt: "2026-11-20T12:00:03.123Z" });

test("fills in every default and fixes the version of the export and the base model", async () => {
  expect(await validate({ source })).toEqual({
    execution: "run-1",
    startedAt: "2026-11-20T12:00:03.123Z",
    prefix: "runs/run-1/",
    source: { ...source, versionId: uploaded.versionId, etag: uploaded.etag, sizeBytes: 2, gzip: false },
    model: "keyphrases",
    epochs: 3,
    hyperparameters: {
      batchSize: 32,
      maxSequenceLength: 128,
      seed: 42,
      patience: 0,
      classWeights: "none",
      thresholds: "one",
      regularization: 10,
      reject: 0.95,
    },
    baseModel: {
      name: "minilm",
      prefix: "base-models/minilm/555555555555/",
      weightsSha256,
      embeddingKey: "0123456789abcdef",
      learningRate: 5e-4,
    },
    gate: { metric: "accuracy", minimum: 0.5, minimumImprovement: 0, confidence: null },
    minSamples: 1000,
    algorithms: null,
    tuning: null,
    testFraction: 0.2,
    identifiedText: "report",
    conflicts: "refuse",
    reason: "",
    approval: "none",
  });
});

test("leaves the run in the bucket, for a job that does a function's work", async () => {
  const run = await validate({ source }, "run-kept");
  expect(await readJson(deployment.store, "runs/run-kept/run.json")).toEqual(run);
});

test.each([
  ["gzip", gzipSync("{}"), true],
  ["text", "{}", false],
  ["a single byte of it", "\x1f", false],
  ["nothing", "", false],
])("says of an export that is %s whether it unpacks", async (_, content, gzip) => {
  const { key } = await deployment.store.write("incoming/packed", content);
  expect((await validate({ source: { bucket, key } })).source.gzip).toBe(gzip);
});

test.each([
  ["none", undefined, "none"],
  ["none", "required", "required"],
  ["required", undefined, "required"],
  ["four-eyes", "required", "four-eyes"],
])("of approval: %s and gate.approval: %s the stricter one holds, %s", async (installed, asked, approval) => {
  vi.stubEnv("APPROVAL", installed);
  const gate = asked ? { approval: asked } : {};
  expect((await validate({ source, gate })).approval).toBe(approval);
  // On one machine it is a file of the home, which need not be there.
  const folder = mkdtempSync(join(tmpdir(), "pbp-settings-"));
  const file = join(folder, "settings.json");
  vi.stubEnv("APPROVAL", file);
  expect((await validate({ source, gate })).approval).toBe(asked ?? "none");
  writeFileSync(file, JSON.stringify({ approval: installed }));
  expect((await validate({ source, gate })).approval).toBe(approval);
  for (const slip of ['{"approval":"foureyes"}', '{"aproval":"required"}', "{", "[]x"]) {
    writeFileSync(file, slip);
    const { name, message } = await failure(validate({ source, gate }));
    expect([name, message]).toEqual(["InvalidInput", expect.stringContaining("settings.json of the home")]);
  }
  vi.stubEnv("APPROVAL", "none");
  rmSync(folder, { recursive: true });
});

test("keeps who started it, and takes no less than approval", async () => {
  const arn = "arn:aws:sts::123456789012:assumed-role/Operators/jdoe";
  expect((await validate({ source, startedBy: arn })).startedBy).toBe(arn);
  const less = await failure(validate({ source, gate: { approval: "none" } }));
  expect(less.message).toContain('/gate/approval must be one of ["required"]');
});

test("keeps what the operator set, and fills in the rest of a part", async () => {
  const input = {
    source,
    epochs: 5,
    hyperparameters: { seed: 7 },
    gate: { metric: "f1", confidence: 0.95 },
    baseModel: "other",
    reason: "more epochs",
  };
  expect(await validate(input)).toMatchObject({
    epochs: 5,
    hyperparameters: { batchSize: 32, maxSequenceLength: 128, seed: 7 },
    gate: { metric: "f1", minimum: 0.5, minimumImprovement: 0, confidence: 0.95 },
    baseModel: { name: "other" },
    reason: "more epochs",
  });
});

test("reads the version that the event named, though a newer one came", async () => {
  await deployment.store.write("incoming/twice.json", "first");
  await deployment.store.write("incoming/twice.json", "second!");
  const twice = { bucket, key: "incoming/twice.json" };
  expect((await validate({ source: { ...twice, versionId: "1" } })).source.sizeBytes).toBe(5);
  expect((await validate({ source: twice })).source).toMatchObject({ versionId: "2", sizeBytes: 7 });
});

const badInputs: [what: string, input: unknown, message: RegExp][] = [
  ["epochs 0", { source, epochs: 0 }, /\/epochs must be >= 1/],
  ["epochs -1", { source, epochs: -1 }, /\/epochs must be >= 1/],
  ["epochs 2.5", { source, epochs: 2.5 }, /\/epochs must be integer/],
  ['epochs "3"', { source, epochs: "3" }, /\/epochs must be integer/],
  ["epochs 1e9", { source, epochs: 1e9 }, /\/epochs must be <= 100/],
  ["epochs null", { source, epochs: null }, /\/epochs must be integer/],
  [
    "an unknown property",
    { source, Canary: 1 },
    /has a property that the schema does not know; it knows source, model, epochs/,
  ],
  [
    "an unknown hyperparameter",
    { source, hyperparameters: { lr: 1 } },
    /\/hyperparameters has a property.*knows batchSize/,
  ],
  [
    "learning rate 0",
    { source, hyperparameters: { learningRate: 0 } },
    /\/hyperparameters\/learningRate must be > 0/,
  ],
  [
    "a metric of its own",
    { source, gate: { metric: "Canary" } },
    /\/gate\/metric must be one of \["accuracy","f1","macroF1"\]/,
  ],
  ["no source", {}, /must have required property 'source'/],
  ["no object", "Canary", /\(the whole value\) must be object/],
  ["null", null, /must be object/],
  [
    "another bucket",
    { source: { ...source, bucket: "canary-bucket" } },
    /\/source\/bucket must be .* pbp-test\./,
  ],
  ["an export that is not there", { source: { bucket, key: "incoming/Canary.json" } }, /no such object/],
  ["a version that is not there", { source: { ...source, versionId: "99" } }, /no such version/],
  ["a base model that is not there", { source, baseModel: "none" }, /pbp base-model add none <folder>/],
  ["a base model with a path", { source, baseModel: "../Canary" }, /\/baseModel must match pattern/],
  ...["..", "../../canary", "Canary", "registered", "a/b", "a b", "-a", "ä"].map(
    (model): [string, unknown, RegExp] => [
      `the model ${model}`,
      { source, model },
      /\/model must be a name of at most 40 lower-case letters, digits and hyphens, other than "registered"/,
    ],
  ),
  ["a model of 41 letters", { source, model: "c".repeat(41) }, /\/model must NOT have more than 40/],
  ["no model's name", { source, model: "" }, /\/model must NOT have fewer than 1/],
  ["a model that is no text", { source, model: null }, /\/model must be string/],
  [
    "a reason as long as a note",
    { source, reason: "Canary ".repeat(60) },
    /\/reason must NOT have more than 400/,
  ],
];
test.each(badInputs)("refuses %s, naming the place and the expectation", async (_, input, message) => {
  const refused = await failure(validate(input));
  expect(refused.name).toBe("InvalidInput");
  expect(refused.message).toMatch(message);
  expect(refused.message).not.toMatch(/canary/i);
});

test("refuses a base model whose manifest is damaged, another's, or without its files", async () => {
  const { store } = deployment;
  await store.write("base-models/torn/manifest.json", "{");
  await writeJson(store, "base-models/wrong/manifest.json", { name: "wrong" });
  const manifest = await addBaseModel(store, "half");
  await writeJson(store, "base-models/alias/manifest.json", manifest);
  await store.remove(`${manifest.prefix}model.safetensors`);
  for (const [baseModel, message] of [
    ["torn", "not readable"],
    ["wrong", "must have required property"],
    ["half", "lacks its file model.safetensors"],
    ["alias", "another model's"],
  ] as const) {
    const refused = await failure(validate({ source, baseModel }));
    expect(refused.name).toBe("InvalidInput");
    expect(refused.message).toContain(message);
  }
});

test("refuses an event that the definition cannot have sent as a fault of ours", async () => {
  expect((await failure(handler({ input: {} }))).name).toBe("TaskFailed");
  expect((await failure(validate({ source }, ""))).name).toBe("TaskFailed");
});

test("refuses a name that Step Functions takes but keys and commands do not", async () => {
  const refused = await failure(validate({ source }, "run.1 Canary"));
  expect(refused.name).toBe("InvalidInput");
  expect(refused.message).not.toContain("Canary");
});

test("names the variable when the deployment is wrong", async () => {
  vi.stubEnv("DATA_BUCKET", "Canary!");
  const refused = await failure(validate({ source }));
  vi.stubEnv("DATA_BUCKET", bucket);
  expect(refused).toEqual({
    name: "TaskFailed",
    message: "The environment variable DATA_BUCKET must be a bucket name; it is something else.",
  });
});
