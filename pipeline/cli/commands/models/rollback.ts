import { defaultModel, modelOf, ofModel } from "../../../../schemas/models/registered-models.ts";
import { isReason, reasonExpectation } from "../../../reason.ts";
import { type Call, type Command, generationIn, UsageError } from "../../command.ts";
import { openInstallation } from "../../installation.ts";
import { printJson, printText } from "../../output/output.ts";
import { inUseText } from "../../output/published.ts";
import { askedModel, modelOption, requireModel } from "../../registered-model.ts";

export const rollback: Command = {
  name: "rollback",
  summary: "put an earlier model in use again, as a new generation",
  details:
    "The old bundle is verified first; nothing is copied. Without --to: the model before the one in use.",
  arguments: [],
  options: {
    to: { value: "N", help: "generation whose model is wanted, see pbp history" },
    reason: { value: "TEXT", help: "why, for the history (required; no patient data)" },
    ...modelOption(`to roll back (default ${defaultModel})`),
  },
  examples: [
    'rollback --reason "misses medications since Tuesday"',
    'rollback --to 3 --reason "last one before the relabelling"',
    'rollback --model specialty --reason "sends cardiology to surgery"',
  ],
  async run({ options }) {
    const to = options.to === undefined ? undefined : generationIn(options.to, "--to");
    const model = askedModel(options);
    const reason = reasonOf(options, "A rollback");
    const installation = await openInstallation(options);
    await requireModel(installation, model);
    const record = await installation.rollback({
      reason,
      ...(model !== undefined && { model }),
      ...(to !== undefined && { to }),
    });
    if (options.json !== undefined) printJson(record);
    else
      printText(
        inUseText(
          `Generation ${record.generation}${ofModel(modelOf(record))}: ${record.version} is in use again, in place of ${record.from}.`,
          record,
        ),
      );
    return 0;
  },
};

/** The reason that the history keeps. */
export function reasonOf({ reason }: Call["options"], what: string): string {
  if (!reason) throw new UsageError(`${what} needs --reason TEXT: the history tells it later.`);
  if (!isReason(reason)) throw new UsageError(`--reason takes ${reasonExpectation}.`);
  return reason;
}
