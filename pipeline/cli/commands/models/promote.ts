import { modelOf, ofModel } from "../../../../schemas/models/registered-models.ts";
import { type Command, UsageError } from "../../command.ts";
import { executionArgument, executionName } from "../../execution-name.ts";
import { openInstallation } from "../../installation.ts";
import { printJson, printText } from "../../output/output.ts";
import { inUseText } from "../../output/published.ts";
import { askedModel, modelOption } from "../../registered-model.ts";
import { reasonOf } from "./rollback.ts";

export const promote: Command = {
  name: "promote",
  summary: "put an execution's model in use although the gate did not promote it",
  details: `For what the gate cannot know, such as labels that were renamed on purpose. Everything but the verdict still holds:
the model must have been evaluated, every file is verified, and the history says who overruled which verdict, and why.`,
  arguments: [executionArgument],
  options: {
    force: { help: "required: this overrules the gate" },
    reason: { value: "TEXT", help: "why, for the history (required; no patient data)" },
    ...modelOption("that the execution must be of; with latest: its latest one"),
  },
  examples: ['promote sample-export-5f0c6d3a9b21 --force --reason "labels renamed"'],
  async run({ arguments: [word = ""], options }) {
    if (options.force === undefined)
      throw new UsageError(
        "A model that the gate promotes comes into use by itself. To overrule the gate, add --force.",
      );
    const reason = reasonOf(options, "A forced promotion");
    const installation = await openInstallation(options);
    const execution = await executionName(installation, word, askedModel(options));
    const record = await installation.forcePromotion({ execution, reason });
    const { version, from, action } = record;
    const generation = `Generation ${record.generation}${ofModel(modelOf(record))}`;
    if (options.json !== undefined) printJson(record);
    // Asked for again, it answers with the entry that is there.
    else if (action !== "forced")
      printText(`${generation}: ${version} is in use already. Nothing was changed.`);
    else printText(inUseText(`${generation}: ${version} is in use (before: ${from ?? "nothing"}).`, record));
    return 0;
  },
};
