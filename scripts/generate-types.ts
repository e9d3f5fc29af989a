// Writes schemas/types.ts from the *.schema.json of schemas/. With --check: fails when the committed file differs.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, type JSONSchema } from "json-schema-to-typescript";

const folder = fileURLToPath(new URL("../schemas/", import.meta.url));
const target = `${folder}types.ts`;

/** The types of all messages as one TypeScript file. */
export async function generateTypes(): Promise<string> {
  // A schema refers to another by its name, wherever it lies.
  const pathOf = new Map(
    globSync("**/*.schema.json", { cwd: folder }).map((path) => [basename(path), folder + path]),
  );
  const messages = [...pathOf.keys()].filter((file) => file !== "common.schema.json").sort();
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
    $refOptions: {
      resolve: { file: { read: ({ url }: { url: string }) => readFileSync(pathOf.get(basename(url))!) } },
    },
    bannerComment: "// Generated from the *.schema.json of schemas/ by `npm run generate`. Do not edit.",
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    unknownAny: true,
    format: true,
    style: { printWidth: 110 },
  });
  return folded(text);
}

/**
 * The same types, each once: the generator makes a definition beside whose `$ref` a description or a default stands a
 * type of its own (Kind1), and so every type that refers to it.
 */
function folded(text: string): string {
  const first = new Map<string, string>();
  const renamed = new Map<string, string>();
  // A declaration begins at the margin, after its comment if it has one.
  const kept = text.split(/^(?=\/\*\*$)|^(?<! \*\/\n)(?=export )/m).filter((declaration) => {
    const name = /^export \w+ (\w+)/m.exec(declaration)?.[1];
    if (!name) return true;
    const base = name.replace(/\d+$/, "");
    const key = declaration.replace(name, base);
    const same = first.get(key);
    if (same) renamed.set(name, same);
    else first.set(key, name);
    return !same;
  });
  if (renamed.size === 0) return text;
  return folded(kept.join("").replaceAll(/\b\w+\d\b/g, (name) => renamed.get(name) ?? name));
}

if (import.meta.main) {
  const text = await generateTypes();
  if (!process.argv.includes("--check")) writeFileSync(target, text);
  else if (readFileSync(target, "utf8") !== text) {
    console.error("schemas/types.ts is older than the schemas it is made of. Run: npm run generate");
    process.exit(1);
  }
}
