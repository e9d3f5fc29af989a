// Every command that a page, a comment or a docstring tells somebody to type is one that exists, with options that it
// has. pbp's are read by pbp's own parser, AWS's by the models that the AWS CLI itself is made from.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { dirname, join } from "node:path";
import { transformSync } from "esbuild";
import { expect, test } from "vitest";
import { findCommand, parseCall } from "../../pipeline/cli/arguments.ts";
import { UsageError } from "../../pipeline/cli/command.ts";
import { everyCommand } from "../../pipeline/cli/commands.ts";
import { blocks, read, root, type Said, said, shellBlocks, typed, wordsOf } from "./said.ts";

const commands = await everyCommand();

const scripts = Object.keys((JSON.parse(read("package.json")) as { scripts: object }).scripts);
const cdk = ["bootstrap", "deploy", "destroy", "diff", "synth"];

/** What is wrong with a command; "" when nothing is. */
function wrong({ file, line, inline }: Said): string {
  const [program = "", ...rest] = wordsOf(line);
  if (program === "npx" && rest[0] === "pbp") return pbp(rest.slice(1), inline);
  if (program === "npx" && rest[0] === "cdk")
    return rest.length === 1 || cdk.includes(rest[1]!) ? "" : `cdk has no ${rest[1]}`;
  if (program === "npx" && rest[0] === "vitest") return missing(rest.slice(1), file);
  if (program === "pbp") return pbp(rest, inline);
  if (program === "npm") return npm(rest, inline);
  if (program === "node" || program.includes("python")) return missing(rest.slice(0, 1), file);
  return "";
}

function pbp(words: readonly string[], inline: boolean): string {
  // `pbp …` and `pbp <command> --help` speak of all commands.
  if (words.some((word) => word === "…" || word === "<command>") || words.length === 0) return "";
  if (words.every((word) => word.startsWith("--"))) return "";
  try {
    const { command, rest } = findCommand(commands, words);
    parseCall(command, rest);
    return "";
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // A sentence may name a group of commands, or leave out an argument or an option's value.
    if (inline && /^Expected pbp|takes a value| needs </.test(error.message)) return "";
    return error.message;
  }
}

function npm(words: readonly string[], inline: boolean): string {
  const [verb, ...rest] = words.filter((word) => word !== "--silent");
  if (verb === "test" || verb === "ci" || verb === "install" || verb === "pack") return "";
  if (verb !== "run") return `npm ${verb}?`;
  if (!scripts.includes(rest[0]!)) return `there is no script ${rest[0]}`;
  return rest[0] === "pbp" && rest[1] === "--" ? pbp(rest.slice(2), inline) : "";
}

/** Files that are named and not there: from the root, or beside the file that names them. */
function missing(words: readonly string[], file: string): string {
  const paths = words.filter((word) => /^[\w./*-]+\.(ts|mjs|py)$|^test\//.test(word));
  const found = (path: string) =>
    globSync(path, { cwd: root }).length > 0 || existsSync(join(root, dirname(file), path));
  return paths.filter((path) => !found(path)).join(", ");
}

const faults = (one: Said) => {
  const fault = wrong(one);
  return fault && [`${one.file}: ${one.line}\n  ${fault}`];
};

test("every command of ours that is written down exists, with its options and files", () => {
  expect(said.filter(({ line }) => /\bpbp /.test(line)).length).toBeGreaterThan(60);
  expect(said.flatMap((one) => faults(one) || [])).toEqual([]);
  const examples = commands.flatMap((command) => command.examples);
  const inHelp = examples.map((line) => ({ file: "help", line: `pbp ${line}`, inline: false }));
  expect(inHelp.flatMap((one) => faults(one) || [])).toEqual([]);
});

test("the check itself sees a wrong command, option, argument, script and file", () => {
  const lines = [
    "pbp shwo x",
    "npx pbp run export.json --epoch 3",
    "pbp rollback --to",
    "pbp show",
    "npm run bench:nothing",
    "node bench/nothing/at-all.ts",
    "npx cdk explode",
  ];
  for (const line of lines) expect(wrong({ file: "README.md", line, inline: false }), line).not.toBe("");
});

test("every command of the AWS CLI that is written down exists, with its options, and its queries can be read", () => {
  const lines = said
    .map(({ file, line, inline }) => ({ file, inline, words: wordsOf(line) }))
    .filter(({ words }) => words[0] === "aws" && words.length > 2);
  expect(lines.length).toBeGreaterThan(15);
  const checked = execFileSync(join(root, ".venv/bin/python"), [join(root, "test/docs/aws_cli.py")], {
    input: JSON.stringify(lines),
    encoding: "utf8",
  });
  expect(JSON.parse(checked)).toEqual([]);
});

test("what is to be pasted into a shell is a shell's", () => {
  for (const { file, text } of shellBlocks) {
    const lines = text.includes("\n$ ") || text.startsWith("$ ") ? typed(text).join("\n") : text;
    const script = lines.replace(/<[^<>|&;\n]+>/g, "placeholder");
    const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
    expect(status, `${file}:\n${text}\n${stderr}`).toBe(0);
  }
});

test("JSON, Python and TypeScript in pages can be read as such", () => {
  const python = blocks.filter(({ language }) => language === "python");
  const read = "import ast, json, sys; [ast.parse(text) for text in json.load(sys.stdin)]";
  const { status, stderr } = spawnSync(join(root, ".venv/bin/python"), ["-c", read], {
    input: JSON.stringify(python.map(({ text }) => text)),
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  for (const { file, language, text } of blocks) {
    if (language === "json") expect(() => JSON.parse(text), `${file}:\n${text}`).not.toThrow();
    if (language === "ts")
      expect(() => transformSync(text, { loader: "ts" }), `${file}:\n${text}`).not.toThrow();
  }
});
