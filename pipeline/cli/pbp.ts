// The command line of the pipeline, on one machine and in AWS. See docs/command-line.md, or: pbp --help
import { NamedError } from "../../schemas/errors.ts";
import { refusalOf } from "../deployed/refusal.ts";
import { InstallationError } from "../installation.ts";
import { EngineError } from "../local/engine-error.ts";
import { findCommand, parseCall } from "./arguments.ts";
import { type Command, type ExitCode, UsageError } from "./command.ts";
import { commands } from "./commands.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { note, printJson, printText } from "./output.ts";
import { outliveTerminal } from "./terminal.ts";

async function main(line: string[]): Promise<ExitCode> {
  if (line.length === 0 || ["help", "--help", "-h"].includes(line[0]!)) {
    printText(generalHelp(commands).trimEnd());
    return line.length === 0 ? 1 : 0;
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
    const error = line.includes("--cloud") ? refusalOf(thrown) : thrown;
    if (line.includes("--json")) {
      const { name, message } = error as Error;
      printJson({ ...command?.nothing, error: { name, message } });
    }
    return explain(error as Error);
  }
}

/** What a person can mend gets a sentence. Anything else is a bug and shows where it is. */
function explain(error: Error): ExitCode {
  if (error instanceof UsageError) note(`pbp: ${error.message}`);
  else if ([NamedError, EngineError, InstallationError].some((kind) => error instanceof kind))
    note(`${error.name}: ${error.message}`);
  else {
    note(error.stack ?? String(error));
    return 2;
  }
  return 1;
}

outliveTerminal();

// Not process.exit, which would cut off what a pipe has not taken yet.
process.exitCode = await main(process.argv.slice(2));
