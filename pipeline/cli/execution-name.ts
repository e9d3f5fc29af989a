import { type Installation, InstallationError } from "../installation.ts";
import { UsageError } from "./command.ts";

/** What every command says of its argument <execution>. */
export const executionArgument = {
  name: "execution",
  help: "its name, the beginning of it, or latest; see pbp runs",
};

// More than that does not help anybody who looks for one.
const mostCandidates = 10;

/**
 * The name of the execution that is meant: `latest`, a whole name, or a beginning that only one has. What nothing begins
 * with is given back as it is: whoever looks for it says so.
 *
 * Throws AmbiguousExecution with the candidates.
 */
export async function executionName(installation: Installation, word: string): Promise<string> {
  // All names begin with it: pbp stop "$NAME" with NAME unset would stop whatever runs alone.
  if (word === "") throw new UsageError("The name of the execution is empty. See pbp runs, or take latest.");
  if (word === "latest") {
    const [latest] = await installation.namesFrom("", 1);
    if (latest !== undefined) return latest;
    throw new InstallationError(
      "ExecutionDoesNotExist",
      `There are no executions yet. Start one: pbp run <export>${installation.options}`,
    );
  }
  const names = await installation.namesFrom(word, mostCandidates + 1);
  if (names.length > 1) {
    const more = names.length > mostCandidates ? ", and more" : "";
    throw new InstallationError(
      "AmbiguousExecution",
      `Several executions begin with ${word}: ${names.slice(0, mostCandidates).join(", ")}${more}. Type more of the name.`,
    );
  }
  return names[0] ?? word;
}
