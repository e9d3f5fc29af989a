import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { commonOptions } from "../../pipeline/cli/command.ts";
import { everyCommand } from "../../pipeline/cli/commands.ts";
import { commandHelp } from "../../pipeline/cli/help.ts";
import { withHelp } from "../../scripts/generate-command-line.ts";
import { pbp } from "./helpers.ts";

const commands = await everyCommand();

test("pbp --help lists every command and the exit codes", async () => {
  const { code, stdout } = await pbp("--help");
  expect(code).toBe(0);
  const commandsOnly = stdout.slice(stdout.indexOf("Commands:")).replace(/\s+/g, " ");
  for (const { name, summary } of commands)
    expect(commandsOnly).toMatch(new RegExp(` ${name}(?: <[a-z]+>)* ${summary} `));
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  for (const line of ["  0  done", "  1  the command line", "  2  the execution failed"])
    expect(stdout).toContain(line);
});

test("pbp alone shows the help too, as an error", async () => {
  const { code, stdout } = await pbp();
  expect(code).toBe(1);
  expect(stdout).toContain("Usage: pbp <command> [options]");
});

test("pbp --version says which pbp this is", async () => {
  const { code, stdout } = await pbp("--version");
  expect({ code, stdout }).toEqual({ code: 0, stdout: `pbp ${packageJson.version}\n` });
});

test.each(["help run", "run -h", "run --help"])("pbp %s is the help of run", async (line) => {
  const { code, stdout } = await pbp(...line.split(" "));
  expect({ code, stdout }).toEqual({ code: 0, stdout: commandHelp(commands[0]!) });
});

test.each(["base-model --help", "help base-model"])("pbp %s lists what begins with it", async (line) => {
  const { code, stdout } = await pbp(...line.split(" "));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}base-model add [\s\S]*^ {2}base-model list/m);
});

test.each(["base-model list"])("pbp %s --help is that command's help", async (name) => {
  const { code, stdout } = await pbp(...name.split(" "), "--help");
  expect(code).toBe(0);
  expect(stdout).toBe(commandHelp(commands.find((command) => command.name === name)!));
});

test.each(commands)("the help of $name shows every option and an example", (command) => {
  const stdout = commandHelp(command);
  for (const name of Object.keys({ ...command.options, ...commonOptions }))
    expect(stdout).toContain(`  --${name}`);
  for (const { name } of command.arguments) expect(stdout).toContain(`  <${name}>  `);
  expect(command.examples.length).toBeGreaterThan(0);
  for (const example of command.examples) {
    expect(example.startsWith(command.name)).toBe(true);
    expect(stdout).toContain(`  pbp ${example}`);
  }
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("docs/command-line.md has every command with the help of today", () => {
  const page = readFileSync(new URL("../../docs/command-line.md", import.meta.url), "utf8");
  expect(withHelp(page) === page, "run: node scripts/generate-command-line.ts").toBe(true);
  for (const { name } of commands) expect(page).toContain(`### pbp ${name}\n`);
});
