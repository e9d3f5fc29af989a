// The command line of the pipeline, on one machine and in AWS. See docs/command-line.md, or: pbp --help
import packageJson from "../../package.json" with { type: "json" };
import { oneLine } from "../../schemas/printable.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import { TrackingError } from "../../tasks/tracking/mlflow.ts";
import { refusalOf } from "../deployed/refusal.ts";
import { InstallationError } from "../installation.ts";
import { EngineError } from "../local/engine/engine-error.ts";
import { sentenceOf, systemErrorIn } from "../system-error.ts";
import { findCommand, groupOf, helpAsOption, parseCall } from "./arguments.ts";
import { type Command, type ExitCode, UsageError } from "./command.ts";
import { commandsFor } from "./commands.ts";
import { commandHelp, generalHelp, groupHelp } from "./help.ts";
import { note, printJson, printText } from "./output/output.ts";
import { outliveTerminal } from "./output/terminal.ts";

async function main(typed: string[]): Promise<ExitCode> {
  const line = helpAsOption(typed);
  if (line[0] === "--version") {
    printText(`pbp ${packageJson.version}`);
    return 0;
  }
  const commands = await commandsFor(line);
  if (line.length === 0 || line[0] === "--help") {
    printText(generalHelp(commands).trimEnd());
    return line.length === 0 ? 1 : 0;
  }
  const group = groupOf(commands, line);
  if (group && line[1] === "--help") {
    printText(groupHelp(line[0]!, group).trimEnd());
    return 0;
  }
  let command: Command | undefined;
  try {
    const found = findCommand(commands, line);
    command = found.command;
    const call = parseCall(command, found.rest);
    if (call.options.help === undefined) return await command.run(call);
    printText(commandHelp(command).trimEnd());
    return 0;
  } catch (thrown) {
    const { name, message, isOurs, shown } = explain(line.includes("--cloud") ? refusalOf(thrown) : thrown);
    if (line.includes("--json")) printJson({ ...command?.nothing, error: { name, message } });
    note(shown);
    return isOurs ? 2 : 1;
  }
}

/** What a person can put right gets a sentence. Anything else is a bug of ours and shows where it is. */
function explain(error: unknown): { name: string; message: string; shown: string; isOurs?: true } {
  if (!(error instanceof Error))
    return { name: "Error", message: String(error), shown: oneLine(String(error)), isOurs: true };
  const { name, message, stack = message } = error;
  if (error instanceof UsageError) return { name, message, shown: `pbp: ${oneLine(message)}` };
  if ([NamedError, EngineError, InstallationError, TrackingError].some((kind) => error instanceof kind))
    return { name, message, shown: `${name}: ${oneLine(message)}` };
  const refused = systemErrorIn(error);
  if (!refused) return { name, message, shown: stack, isOurs: true };
  const sentence = sentenceOf(refused);
  return { name: refused.code, message: sentence, shown: `pbp: ${oneLine(sentence)}` };
}

outliveTerminal();

// Not process.exit, which would cut off what a pipe has not taken yet.
process.exitCode = await main(process.argv.slice(2));
