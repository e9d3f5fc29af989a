// Writes samples/bad/: a small bad export for every rule of validation, bad inputs of executions, and a README that says how each must fail.
//
//   node samples/make-bad.ts
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { badInputs, inputText } from "./bad-exports/inputs.ts";
import { canary } from "./bad-exports/parts.ts";
import { badExports } from "./bad-exports.ts";

/** The table of samples/bad/README.md. */
export function badTable(): string {
  const rows = badExports().map(({ file, why, error, says, input }) => {
    const options = Object.entries(input ?? {}).map(
      ([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`,
    );
    return `| \`${file}\` | ${why} | ${options.join(", ")} | ${error} | ${says.replaceAll("|", "\\|")} … |`;
  });
  const inputs = badInputs().map(
    ({ file, why, says }) => `| \`${file}\` | ${why} | ${says.replaceAll("|", "\\|")} … |`,
  );
  return `# Bad exports and inputs

Written by \`node samples/make-bad.ts\` from the table in \`samples/bad-exports.ts\`. Each breaks one rule, and a test runs each through Preprocess. Every note, patient's id and foreign name in them carries the word ${canary}, which no error, report or reject may repeat.

| file | what is wrong | input | error | message |
|---|---|---|---|---|
${rows.join("\n")}

Inputs of an execution, for \`pbp run <export> --input <file>\`. Each is refused as InvalidInput before the export is read; all but the unknown base model by \`pbp validate\` too, which asks no installation.

| file | what is wrong | message |
|---|---|---|
${inputs.join("\n")}
`;
}

if (import.meta.main) {
  const folder = fileURLToPath(new URL("./bad/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  for (const { file, bytes } of badExports()) writeFileSync(folder + file, bytes);
  for (const { file, input } of badInputs()) writeFileSync(folder + file, inputText(input));
  writeFileSync(`${folder}README.md`, badTable());
}
