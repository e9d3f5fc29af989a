import { modelAskedFor } from "../../schemas/models/registered-models.ts";
import { type Installation, InstallationError } from "../installation.ts";
import { UsageError } from "./command.ts";
import { requireModel } from "./registered-model.ts";

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
 * @param model Only executions of this registered model are meant.
 * Throws AmbiguousExecution with the candidates, NoSuchModel.
 */
export async function executionName(
  installation: Installation,
  word: string,
  model?: string,
): Promise<string> {
  if (model !== undefined) return executionOfModel(installation, word, model);
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

async function executionOfModel(installation: Installation, word: string, model: string): Promise<string> {
  if (word !== "latest") {
    const name = await executionName(installation, word);
    const its = modelAskedFor((await installation.describe(name)).input);
    if (its === model) return name;
    throw new UsageError(`${name} is an execution of the registered model ${its}, not of ${model}.`);
  }
  const [latest] = await installation.list(1, {
    began: ({ input }) => modelAskedFor(input) === model,
  });
  if (latest) return latest.name;
  await requireModel(installation, model);
  throw new InstallationError("ExecutionDoesNotExist", `There are no executions of ${model} any more.`);
}
