import { defaultModel } from "../../../../schemas/models/registered-models.ts";
import type { Command } from "../../command.ts";
import { openInstallation } from "../../installation.ts";
import { printJson, printText } from "../../output/output.ts";
import { publishedLines } from "../../output/published.ts";
import { askedModel, modelOption, requireModel } from "../../registered-model.ts";

export const publish: Command = {
  name: "publish",
  summary: "let the endpoint in AWS take up the model in use, once more",
  details: `Every promotion does this by itself. It is for an endpoint that could not take the model up, that was deleted, or that
has other settings since. The Model Registry, where it is used, is told of the model once more, too. On one machine, pbp
serve follows the model in use by itself.`,
  arguments: [],
  options: modelOption(`to publish (default ${defaultModel})`),
  examples: ["publish --cloud", "publish --model specialty --cloud"],
  async run({ options }) {
    const model = askedModel(options);
    const installation = await openInstallation(options);
    await requireModel(installation, model);
    const published = await installation.publish(model);
    const { publication, registration } = published;
    if (options.json !== undefined) printJson(published);
    else printText(publishedLines(published).join("\n") || publication.message);
    return publication.status === "failed" || registration.status === "failed" ? 1 : 0;
  },
};
