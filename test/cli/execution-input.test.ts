import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reasonOf } from "../../pipeline/cli/commands/models/rollback.ts";
import { buildInput, inputOptions } from "../../pipeline/cli/execution-input.ts";
import { withDefaults } from "../../pipeline/complete-input.ts";
import executionInputSchema from "../../schemas/execution/execution-input.schema.json" with { type: "json" };

const source = { bucket: "pbp-local", key: "exports/a.json" };
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pbp-input-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(value: unknown): string {
  const path = join(folder, "file.json");
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
  return path;
}

describe("buildInput", () => {
  it("leaves the defaults to ValidateInput", async () => {
    expect(await buildInput({}, { source })).toEqual({ source });
    expect(withDefaults({ source })).toMatchObject({ epochs: 3, minSamples: 1000, testFraction: 0.2 });
  });

  it("puts every option where it belongs", async () => {
    const options = {
      model: "specialty",
      epochs: "5",
      "batch-size": "16",
      "learning-rate": "1e-4",
      "max-sequence-length": "64",
      seed: "7",
      patience: "2",
      "base-model": "bio-clinicalbert",
      algorithms: "linear,transformer",
      tune: "8",
      parallel: "2",
      gate: file({ metric: "accuracy", minimum: 0.6 }),
      metric: "f1",
      approval: "required",
      "min-samples": "10",
      "test-fraction": "0.3",
      "identified-text": "forbid",
      conflicts: "allow",
      reason: "why",
    };
    expect(await buildInput(options, { source })).toEqual({
      source,
      model: "specialty",
      epochs: 5,
      hyperparameters: { batchSize: 16, learningRate: 0.0001, maxSequenceLength: 64, seed: 7, patience: 2 },
      baseModel: "bio-clinicalbert",
      algorithms: ["linear", "transformer"],
      tuning: { trials: 8, parallel: 2 },
      gate: { metric: "f1", minimum: 0.6, approval: "required" },
      minSamples: 10,
      testFraction: 0.3,
      identifiedText: "forbid",
      conflicts: "allow",
      reason: "why",
    });
    expect(Object.keys(options).sort()).toEqual(
      Object.keys(inputOptions)
        .filter((name) => name !== "input")
        .sort(),
    );
  });

  it("drops an earlier run's tuning for --tune 1, and keeps its ranges for another number", async () => {
    const base = { source, tuning: { trials: 8, ranges: { epochs: [2, 4] } } };
    expect(await buildInput({ tune: "1" }, base)).toEqual({ source });
    expect(await buildInput({ tune: "4" }, base)).toEqual({
      source,
      tuning: { trials: 4, ranges: { epochs: [2, 4] } },
    });
  });

  it.each([
    [{ tune: "31" }, "--tune takes a whole number from 2 to 30, or 1 for none."],
    [{ tune: "0" }, "--tune takes a whole number from 2 to 30, or 1 for none."],
    [{ tune: "8", parallel: "5" }, "--parallel takes a whole number from 1 to 4"],
    [{ parallel: "2" }, "--parallel is about the trials of --tune N"],
    [{ algorithms: "linear,forest" }, "--algorithms takes one or more of linear, frozen, transformer"],
    [{ algorithms: "linear,linear" }, "--algorithms takes one or more of"],
    [{ metric: "micro" }, "--metric takes accuracy or f1 or macroF1."],
  ])("refuses %j in its own words", async (options, words) => {
    await expect(buildInput(options as Record<string, string>, { source })).rejects.toThrow(words);
  });

  it("has an option for every field of the schema", () => {
    const fields = Object.keys(executionInputSchema.properties).filter((name) => name !== "source");
    const spelled = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const grouped: Record<string, string[]> = {
      hyperparameters: ["batch-size", "learning-rate", "max-sequence-length", "seed", "patience"],
      // The options of train-curve.
      curve: [],
      tuning: ["tune", "parallel"],
      gate: ["gate", "metric", "approval"],
      // pbp says it by itself.
      startedBy: [],
    };
    const wanted = fields.flatMap((name) => grouped[name] ?? [spelled(name)]);
    expect(
      Object.keys(inputOptions)
        .filter((name) => name !== "input")
        .sort(),
    ).toEqual(wanted.sort());
  });

  it("lets --input win over the base, and options over --input", async () => {
    const base = { source, epochs: 1, minSamples: 5, hyperparameters: { batchSize: 8, seed: 1 } };
    const input = file({ source: { bucket: "other", key: "other" }, epochs: 2, minSamples: 6 });
    expect(await buildInput({ input, epochs: "4", seed: "9" }, base)).toEqual({
      source,
      epochs: 4,
      minSamples: 6,
      hyperparameters: { batchSize: 8, seed: 9 },
    });
  });

  it.each(["0", "-1", "2.5", '"3"', "three", "1e9", ""])(
    "refuses --epochs %s by its name",
    async (epochs) => {
      const refusal = { name: "UsageError", message: "--epochs takes a whole number from 1 to 100." };
      await expect(buildInput({ epochs }, { source })).rejects.toMatchObject(refusal);
    },
  );

  const oddReasons = ["   ", "two\nlines", "red \u001b[31m", "turned \u202e", "x".repeat(401)];

  it.each(oddReasons)("refuses the reason %j: a terminal shows it later", async (reason) => {
    const message = expect.stringContaining("--reason takes one line of text that is not blank");
    await expect(buildInput({ reason }, { source })).rejects.toMatchObject({ name: "UsageError", message });
    expect(() => reasonOf({ reason }, "A rollback")).toThrow(/--reason takes one line of text/);
  });

  it("refuses such a reason of a file too", async () => {
    const call = buildInput({ input: file({ reason: " \t" }) }, { source });
    await expect(call).rejects.toThrow("/reason must be one line of text that is not blank");
  });

  it.each([0, -1, 2.5, "3", 1e9])("refuses epochs %j in an execution input", async (epochs) => {
    const call = buildInput({ input: file({ epochs }) }, { source });
    await expect(call).rejects.toMatchObject({
      name: "InvalidInput",
      message: expect.stringContaining("/epochs"),
    });
  });

  it.each([
    [{ gate: "absent.json" }, "UsageError"],
    [{ input: "absent.json" }, "UsageError"],
  ])("refuses a file that is not there: %j", async (options, name) => {
    await expect(buildInput(options, { source })).rejects.toMatchObject({ name });
  });

  it.each(["", "[]", "null", "{", '"x"'])("refuses a file that holds %j", async (text) => {
    await expect(buildInput({ input: file(text) }, { source })).rejects.toMatchObject({
      name: "InvalidInput",
    });
  });

  it("refuses unknown fields without telling them", async () => {
    const call = buildInput({ input: file({ canary: 1 }) }, { source });
    await expect(call).rejects.toThrow("has a property that the schema does not know");
    await expect(call).rejects.not.toThrow("canary");
  });

  it("refuses a base without a source, as an old execution may have one", async () => {
    await expect(buildInput({}, {})).rejects.toMatchObject({ name: "InvalidInput" });
  });
});
