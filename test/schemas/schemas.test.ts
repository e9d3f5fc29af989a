import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import errors from "../../schemas/tables/errors.json" with { type: "json" };
import { errorMeanings } from "../../schemas/tables/errors.ts";
import { generateTypes } from "../../scripts/generate-types.ts";
import { door } from "../../tasks/lambda/door.ts";

const folder = fileURLToPath(new URL("../../schemas/", import.meta.url));
const paths = globSync("**/*.schema.json", { cwd: folder }).sort();
const files = paths.map((path) => basename(path));
const read = (file: string) =>
  JSON.parse(readFileSync(folder + paths[files.indexOf(file)], "utf8")) as Schema;
interface Schema {
  $id: string;
  title: string;
  description: string;
  examples?: unknown[];
  [keyword: string]: unknown;
}

test.each(files)("%s is JSON Schema 2020-12", (file) => {
  const ajv = new Ajv2020();
  expect(ajv.validateSchema(read(file)), ajv.errorsText()).toBe(true);
});

test.each(files)("%s says what it is", (file) => {
  const schema = read(file);
  expect(schema.$id).toBe(file);
  expect(schema.title).toMatch(/^[A-Z][A-Za-z]+$/);
  expect(schema.description.length).toBeGreaterThan(20);
});

test.each(files.filter((file) => file !== "common.schema.json"))("the examples of %s pass it", (file) => {
  const schema = read(file);
  // Schemas that others refer to.
  const schemas = ["model-card", "rejected-record", "run-receipt", "selection", "tracking"]
    .map((name) => `${name}.schema.json`)
    .filter((one) => one !== file)
    .map(read);
  const check = door(schema, { what: file, name: "InvalidInput", schemas });
  expect(schema.examples?.length).toBeGreaterThan(0);
  for (const example of schema.examples!) expect(check(structuredClone(example))).toEqual(example);
});

test("no two schemas have one name, by which others refer to them", () => {
  expect(files).toEqual([...new Set(files)]);
});

test("every pattern has a maximum length beside it: no unbounded work on hostile text", () => {
  const unbounded: string[] = [];
  for (const file of files) visit(read(file), file);
  function visit(node: unknown, place: string): void {
    if (node === null || typeof node !== "object") return;
    const part = node as Record<string, unknown>;
    if (typeof part.pattern === "string" && part.maxLength === undefined) unbounded.push(place);
    for (const [key, value] of Object.entries(part)) if (key !== "examples") visit(value, `${place}/${key}`);
  }
  // A prefix is an object key, whose length S3 bounds; its schema carries maxLength too.
  expect(unbounded).toEqual([]);
});

test("schemas/types.ts is what the schemas generate", async () => {
  expect(readFileSync(`${folder}types.ts`, "utf8")).toBe(await generateTypes());
});

test("what helps against an error is one of the words that receipts have for it", () => {
  const words = read("run-receipt.schema.json") as unknown as {
    properties: { error: { oneOf: { properties?: { helps: { enum: string[] } } }[] } };
  };
  const remedies = words.properties.error.oneOf.flatMap(({ properties }) => properties?.helps.enum ?? []);
  for (const { helps } of Object.values({ ...errors.pipeline, ...errors.aws }))
    expect(remedies).toContain(helps);
});

test("every error name is one word and says what it means in a sentence", () => {
  for (const [name, meaning] of Object.entries(errorMeanings)) {
    expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(meaning).toMatch(/^[A-Z].+\.$/);
  }
});
