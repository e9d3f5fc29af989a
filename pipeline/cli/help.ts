import { type Command, commonOptions, type Option } from "./command.ts";
import { wrap } from "./output/tables.ts";

/** `pbp --help`: every command in a line. */
export function generalHelp(commands: readonly Command[]): string {
  const rows = commands.map((command): [string, string] => [usageOf(command, false), command.summary]);
  return `pbp runs the pipeline on this machine, or with --cloud in AWS: an export goes
in, a promoted model or a reasoned refusal comes out.

Usage: pbp <command> [options]

Commands:
${columns(rows)}

Options of every command:
${columns(optionRows(commonOptions))}

Exit codes:
  0  done; the execution ended: promoted, rejected or inconclusive
  1  the command line, the input or the export cannot be used
  2  the execution failed

pbp <command> --help shows options and examples, pbp --version the version.
`;
}

/** `pbp base-model --help`: the commands that begin with one word. */
export function groupHelp(word: string, group: readonly Command[]): string {
  const rows = group.map((command): [string, string] => [usageOf(command, false), command.summary]);
  return `Usage: pbp ${word} <command> [options]

Commands:
${columns(rows)}

pbp ${word} <command> --help shows options and examples.
`;
}

/** `pbp <command> --help`. */
export function commandHelp(command: Command): string {
  const parts = [wrap(`pbp ${command.name}: ${command.summary}`), `Usage: pbp ${usageOf(command, true)}`];
  for (const paragraph of command.details?.split("\n\n") ?? [])
    parts.push(wrap(paragraph.replaceAll("\n", " ")));
  if (command.arguments.length > 0)
    parts.push(`Arguments:\n${columns(command.arguments.map(({ name, help }) => [`<${name}>`, help]))}`);
  parts.push(`Options:\n${columns(optionRows({ ...command.options, ...commonOptions }))}`);
  parts.push(`Examples:\n${command.examples.map((example) => `  pbp ${example}`).join("\n")}`);
  return `${parts.join("\n\n")}\n`;
}

function usageOf(command: Command, withOptions: boolean): string {
  const words = [command.name, ...command.arguments.map(({ name }) => `<${name}>`)];
  return (withOptions ? [...words, "[options]"] : words).join(" ");
}

function optionRows(options: Readonly<Record<string, Option>>): [string, string][] {
  return Object.entries(options).map(([name, { value, help }]) => [
    value ? `--${name} ${value}` : `--${name}`,
    help,
  ]);
}

/** Two columns; the right one continues below itself. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  const indent = " ".repeat(width + 4);
  return rows
    .map(([left, right]) => `  ${left.padEnd(width)}  ${wrap(right, indent).slice(indent.length)}`)
    .join("\n");
}
