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
  const group = commands.filter((command) => command.name.startsWith(`${first} `));
  if (group.length > 0)
    throw new UsageError(`Expected ${group.map((command) => `pbp ${command.name}`).join(" or ")}.`);
  const names = commands.map((command) => command.name);
  throw new UsageError(`There is no command ${quote(first)}.${didYouMean(first, names, "pbp ")}`);
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
  const extra = positionals[command.arguments.length];
  if (extra !== undefined) throw new UsageError(`pbp ${command.name} does not expect ${quote(extra)}.`);
}

const quote = (word: string) => JSON.stringify(word);
