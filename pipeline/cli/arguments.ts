import { parseArgs } from "node:util";
import { type Call, type Command, commonOptions, UsageError } from "./command.ts";
import { didYouMean } from "./nearest.ts";

/**
 * Finds the command that a command line names.
 *
 * Throws {@link UsageError} with the nearest command when there is none.
 */
export function findCommand(
  commands: readonly Command[],
  line: readonly string[],
): { command: Command; rest: string[] } {
  const found = commands.find((command) => startsWith(line, command.name.split(" ")));
  if (found) return { command: found, rest: line.slice(found.name.split(" ").length) };
  const first = line[0] ?? "";
  const group = groupOf(commands, line);
  if (group) throw new UsageError(`Expected ${group.map((command) => `pbp ${command.name}`).join(" or ")}.`);
  if (first.startsWith("-")) throw new UsageError(`Options come after the command: pbp <command> ${first}.`);
  const names = commands.map((command) => command.name);
  throw new UsageError(`There is no command ${quote(first)}.${didYouMean(first, names, "pbp ")}`);
}

/** The commands that share their first word with the line, where that word alone is none; null where there are none. */
export function groupOf(commands: readonly Command[], line: readonly string[]): readonly Command[] | null {
  const group = commands.filter(({ name }) => name.startsWith(`${line[0]} `));
  return group.length > 0 ? group : null;
}

/** `help run` and `run -h` as `run --help`. */
export function helpAsOption(line: readonly string[]): string[] {
  const words = line.map((word) => (word === "-h" ? "--help" : word));
  return words[0] === "help" ? [...words.slice(1), "--help"] : words;
}

function startsWith(line: readonly string[], words: string[]): boolean {
  return words.every((word, index) => line[index] === word);
}

/** Throws {@link UsageError} for an unknown option (with the nearest one), a missing value or argument, or one too many. */
export function parseCall(command: Command, line: readonly string[]): Call {
  const known = { ...command.options, ...commonOptions };
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { value }]) => [name, { type: value ? "string" : "boolean" } as const]),
  );
  // Not strict: its messages neither suggest an option nor let a value begin with a dash (`--epochs -1`).
  const { tokens } = parseArgs({
    args: joinNegativeValues(line, known),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, string> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    if (!option)
      throw new UsageError(
        `pbp ${command.name} has no option ${quote(token.rawName)}.${didYouMean(token.name, Object.keys(known), "--")}`,
      );
    if (option.value && token.value === undefined)
      throw new UsageError(`--${token.name} takes a value: --${token.name} ${option.value}.`);
    if (!option.value && token.value !== undefined) throw new UsageError(`--${token.name} takes no value.`);
    if (token.name in values) throw new UsageError(`--${token.name} is given twice.`);
    values[token.name] = token.value ?? "";
  }
  if (!("help" in values)) checkCount(command, positionals);
  return { arguments: positionals, options: values };
}

/** `--epochs -1` as `--epochs=-1`, so that the value is refused by name and not taken for an option. */
function joinNegativeValues(line: readonly string[], known: Command["options"]): string[] {
  const joined: string[] = [];
  for (const word of line) {
    const last = joined.at(-1);
    const takesValue = last?.startsWith("--") && known[last.slice(2)]?.value;
    if (takesValue && /^-\d/.test(word)) joined[joined.length - 1] = `${last}=${word}`;
    else joined.push(word);
  }
  return joined;
}

function checkCount(command: Command, positionals: string[]): void {
  const missing = command.arguments[positionals.length];
  if (missing)
    throw new UsageError(
      `pbp ${command.name} needs <${missing.name}>: ${missing.help}. See pbp ${command.name} --help.`,
    );
  const extra = command.arguments.at(-1)?.repeats ? undefined : positionals[command.arguments.length];
  if (extra !== undefined) throw new UsageError(`pbp ${command.name} does not expect ${quote(extra)}.`);
}

const quote = (word: string) => JSON.stringify(word);
