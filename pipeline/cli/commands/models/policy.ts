import { readFile } from "node:fs/promises";
import { defaultModel, ofModel, optionOf, placeOf } from "../../../../schemas/models/registered-models.ts";
import type { Policy } from "../../../../schemas/types.ts";
import { parseStrictly } from "../../../../tasks/formats/strict-json.ts";
import { counted } from "../../../../tasks/report/format.ts";
import { type Command, UsageError } from "../../command.ts";
import { explained } from "../../importing.ts";
import { openInstallation } from "../../installation.ts";
import { printJson, printText } from "../../output/output.ts";
import { table, wrap } from "../../output/tables.ts";
import { askedModel, modelOption, requireKnown, requireModel } from "../../registered-model.ts";

export const policySet: Command = {
  name: "policy set",
  summary: "say what applications are to do with a text, by the labels that the model finds",
  details: `The file is checked against the labels of the model in use. Readers and pbp serve take it up within seconds; no model
is trained or promoted. An example: {"schemaVersion": "1.0", "labels": {"threat": {"action": "block", "threshold": 0.2},
"insult": {"action": "flag"}}, "otherwise": "allow"}`,
  arguments: [{ name: "file", help: "the policy, a JSON file" }],
  options: modelOption(`whose policy it is (default ${defaultModel})`),
  examples: ["policy set policy.json --model toxicity"],
  async run({ arguments: [file = ""], options }) {
    const model = askedModel(options);
    const policy = await jsonIn(file);
    const installation = await openInstallation(options);
    await requireModel(installation, model);
    const set = await installation.setPolicy({ ...(model !== undefined && { model }), policy });
    if (options.json !== undefined) printJson(set);
    else printText(shown(set.policy, set.withoutRule));
    return 0;
  },
};

export const policyShow: Command = {
  name: "policy show",
  summary: "print the policy by label, and which labels no rule names",
  arguments: [],
  options: modelOption(`whose policy is wanted (default ${defaultModel})`),
  examples: ["policy show --model toxicity", "policy show --model toxicity --json"],
  async run({ options }) {
    const model = askedModel(options) ?? defaultModel;
    const installation = await openInstallation(options);
    const { models, policy: found } = await installation.history(model);
    requireKnown(model, models);
    if (options.json !== undefined) printJson({ model, ...found });
    else {
      if (found.problem !== null)
        printText(
          wrap(
            `models/${placeOf(model)}policy.json: ${found.problem} Set one that fits: pbp policy set FILE${optionOf(model)}${installation.options}`,
          ),
        );
      if (found.policy) printText(shown(found.policy, found.withoutRule));
      else if (found.problem === null)
        printText(
          `There is no policy${ofModel(model)}: answers say nothing of what to do. See pbp policy set --help.`,
        );
    }
    return found.problem === null ? 0 : 1;
  },
};

async function jsonIn(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch(explained(file));
  const shown = "docs/policy.md shows what a policy looks like.";
  let value: unknown;
  try {
    value = parseStrictly(text);
  } catch (error) {
    throw new UsageError(`${file} ${(error as Error).message}. ${shown}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`${file} is not one JSON object. ${shown}`);
}

function shown({ labels, otherwise }: Policy, withoutRule: readonly string[]): string {
  const rows = Object.entries(labels).map(([label, { action, threshold }]) => [
    label,
    action,
    threshold === undefined ? "where the model says it" : `from ${threshold}`,
  ]);
  const rest =
    withoutRule.length > 0
      ? `, as for ${counted(withoutRule.length, ["label", "labels"])} that no rule names`
      : "";
  return [
    ...(rows.length > 0 ? [table([{ head: "Label" }, { head: "Action" }, { head: "Applies" }], rows)] : []),
    `Where no rule applies: ${otherwise}${rest}.`,
  ].join("\n\n");
}
