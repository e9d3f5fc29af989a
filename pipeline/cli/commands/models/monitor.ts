import { defaultModel } from "../../../../schemas/models/registered-models.ts";
import { readMonitor } from "../../../monitor/read.ts";
import { type Command, UsageError, wholeNumber } from "../../command.ts";
import { openInstallation } from "../../installation.ts";
import { monitorText } from "../../output/monitor.ts";
import { printJson, printText } from "../../output/output.ts";
import { askedModel, modelOption, requireModel } from "../../registered-model.ts";

const hoursDefault = 24;
const hoursMost = 24 * 366;

export const monitor: Command = {
  name: "monitor",
  summary: "tell what was answered lately, whether it drifted, and how right it was",
  details: `By generation and arm: answers, confidence, lengths and labels by the hour, against the export that the model was
trained on; with feedback, accuracy with its interval, and the arm against the champion. It decides nothing.`,
  arguments: [],
  options: {
    hours: { value: "N", help: `how far to look back (default ${hoursDefault})` },
    served: { value: "DIR", help: "folder that the service counts into (default: of the home)" },
    ...modelOption(`that is looked at (default ${defaultModel})`),
  },
  examples: ["monitor", "monitor --model routing --hours 168", "monitor --served /mnt/served --cloud --json"],
  async run({ options }) {
    const model = askedModel(options) ?? defaultModel;
    const hours = wholeNumber(options, "hours", { to: hoursMost, usual: hoursDefault });
    const installation = await openInstallation(options);
    const served = options.served ?? installation.served;
    if (served === null)
      throw new UsageError(
        "What a service in AWS has counted lies where its PBP_SERVED leads: --served DIR names that folder.",
      );
    await requireModel(installation, model);
    const found = await readMonitor(installation, { served, model, hours });
    if (options.json !== undefined) printJson(found);
    else printText(monitorText(found));
    return 0;
  },
};
