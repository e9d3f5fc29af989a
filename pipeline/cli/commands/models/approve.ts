import { modelOf, ofModel } from "../../../../schemas/models/registered-models.ts";
import type { Command } from "../../command.ts";
import { executionArgument, executionName } from "../../execution-name.ts";
import { openInstallation } from "../../installation.ts";
import { printJson, printText } from "../../output/output.ts";
import { inUseText } from "../../output/published.ts";
import { askedModel, modelOption } from "../../registered-model.ts";
import { reasonOf } from "./rollback.ts";

const options = {
  reason: { value: "TEXT", help: "why, for the history (required; no patient data)" },
  ...modelOption("that the execution must be of; with latest: its latest one"),
};

export const approve: Command = {
  name: "approve",
  summary: "put a model in use that waits for approval",
  details: `Where the home or the deployment asks for approval, a run whose model the gate would promote ends as AwaitingApproval.
This promotes that very model. It is refused if another model came into use since, and with approval: four-eyes to whoever
started the run.`,
  arguments: [executionArgument],
  options,
  examples: ['approve sample-export-5f0c6d3a9b21 --reason "read 50 notes, none odd"'],
  async run({ arguments: [word = ""], options }) {
    const reason = reasonOf(options, "An approval");
    const installation = await openInstallation(options);
    const execution = await executionName(installation, word, askedModel(options));
    const record = await installation.approve({ execution, reason });
    const { generation, version, from } = record;
    if (options.json !== undefined) printJson(record);
    else
      printText(
        inUseText(
          `Generation ${generation}${ofModel(modelOf(record))}: ${version} is in use (before: ${from ?? "nothing"}). Approved by ${record.approvedBy}.`,
          record,
        ),
      );
    return 0;
  },
};

export const decline: Command = {
  name: "decline",
  summary: "close a run that waits for approval; the model in use stays",
  details: "A declined model never comes into use. To try again: pbp rerun.",
  arguments: [executionArgument],
  options,
  examples: ['decline sample-export-5f0c6d3a9b21 --reason "misses medications"'],
  async run({ arguments: [word = ""], options }) {
    const reason = reasonOf(options, "A refusal");
    const installation = await openInstallation(options);
    const execution = await executionName(installation, word, askedModel(options));
    await installation.decline({ execution, reason });
    if (options.json !== undefined) printJson({ execution, decision: "declined", reason });
    else printText(`${execution} is declined. The model in use, if any, stays.`);
    return 0;
  },
};
