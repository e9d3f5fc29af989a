import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anyExport, buildInput } from "../../pipeline/cli/execution-input.ts";
import { badInputs, inputText } from "../../samples/bad-exports/inputs.ts";
import { canary } from "../../samples/bad-exports/parts.ts";
import { badExports } from "../../samples/bad-exports.ts";
import { badTable } from "../../samples/make-bad.ts";
import rejectSchema from "../../schemas/data/rejected-record.schema.json" with { type: "json" };
import { handler as validateInput } from "../../tasks/validate-input.ts";
import { addBaseModel, bucket, deploy, failure } from "../tasks/deployment.ts";
import { preprocess } from "./world.ts";

const folder = fileURLToPath(new URL("../../samples/bad/", import.meta.url));
const all = badExports();
const told: string[] = [];

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.remove());

test.each(all)("$file: $why", async ({ bytes, error, says, input }) => {
  const prefix = `runs/${error}/`;
  const thrown = await failure(preprocess(deployment.store, bytes, { minSamples: 1000, ...input, prefix }));
  expect(thrown.name).toBe(error);
  expect(thrown.message.slice(0, says.length)).toBe(says);
  const left: string[] = [thrown.message];
  for await (const { key } of deployment.store.list(prefix)) {
    expect([`${prefix}dataset/rejects.jsonl`, `${prefix}dataset/report.json`]).toContain(key);
    left.push(Buffer.concat(await (await deployment.store.read(key)).toArray()).toString());
  }
  expect(left).toHaveLength(3);
  told.push(...left);
  // Prose, numbers of ours and JSON pointers: no word of a note.
  expect(left.join("\n").toLowerCase()).not.toMatch(
    new RegExp(`${canary.toLowerCase()}|kidney|jane|219-09|00482913`),
  );
});

test.each(badInputs())("$file: $why", async ({ file, input, says }) => {
  const { key } = await deployment.store.write("incoming/export.json", "{}");
  await addBaseModel(deployment.store, "minilm");
  const event = {
    input: { source: { bucket, key }, ...structuredClone(input) },
    execution: "run-1",
    startedAt: "2026-11-20T12:00:03Z",
  };
  const refused = await failure(validateInput(event));
  expect(refused.name).toBe("InvalidInput");
  expect(refused.message.slice(0, says.length)).toBe(says);
  // The command line refuses it before anything is copied; only an installation knows its base models.
  const typed = buildInput({ input: folder + file }, anyExport);
  if (says.startsWith("There is no base model")) expect(await typed).toMatchObject(input);
  else expect(await failure(typed)).toEqual(refused);
});

test("every rule of validation has a sample", () => {
  const rules = rejectSchema.properties.rule.enum.filter(
    (rule) => !told.some((text) => text.includes(`"${rule}"`)),
  );
  expect(rules).toEqual([]);
});

test("the files are those of the table", () => {
  const content = (file: string, bytes: Buffer) =>
    // What one zlib packs, another packs differently; the damaged ones are stored, not packed.
    file.endsWith(".gz") && !/^(truncated|damaged|joined-padded)/.test(file) ? gunzipSync(bytes) : bytes;
  const files = [...all, ...badInputs()].map(({ file }) => file);
  expect(readdirSync(folder).sort()).toEqual([...files, "README.md"].sort());
  for (const { file, input } of badInputs())
    expect(readFileSync(folder + file, "utf8"), `${file}: run node samples/make-bad.ts`).toBe(
      inputText(input),
    );
  for (const { file, bytes } of all) {
    const kept = readFileSync(folder + file);
    expect(kept.length).toBeLessThan(20_000);
    expect(content(file, kept).equals(content(file, bytes)), `${file}: run node samples/make-bad.ts`).toBe(
      true,
    );
  }
  expect(readFileSync(`${folder}README.md`, "utf8")).toBe(badTable());
});
