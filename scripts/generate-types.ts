// Writes schemas/types.ts from schemas/*.schema.json. With --check: fails when the committed file differs.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile, type JSONSchema } from "json-schema-to-typescript";

const folder = fileURLToPath(new URL("../schemas/", import.meta.url));
const target = `${folder}types.ts`;

/** The types of all messages as one TypeScript file. */
export async function generateTypes(): Promise<string> {
  const messages = readdirSync(folder).filter(
    (file) => file.endsWith(".schema.json") && file !== "common.schema.json",
  );
  // One schema that holds them all, so that a definition shared by two messages becomes one type.
  const all = {
    title: "Messages",
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(
      messages.map((file) => [file.replace(".schema.json", ""), { $ref: file }]),
    ),
    required: messages.map((file) => file.replace(".schema.json", "")),
  };
  const text = await compile(all as JSONSchema, "Messages", {
    cwd: folder,
    bannerComment: "// Generated from schemas/*.schema.json by `npm run generate`. Do not edit.",
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    unknownAny: true,
    format: true,
    style: { printWidth: 110 },
  });
  return text;
}

if (import.meta.main) {
  const text = await generateTypes();
  if (!process.argv.includes("--check")) writeFileSync(target, text);
  else if (readFileSync(target, "utf8") !== text) {
    console.error("schemas/types.ts is older than schemas/*.schema.json. Run: npm run generate");
    process.exit(1);
  }
}
