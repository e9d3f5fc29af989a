import { defaultModel } from "../../../../schemas/models/registered-models.ts";
import { f1Head } from "../../../../schemas/tables/kinds.ts";
import type { Generation } from "../../../../tasks/models/history.ts";
import { hasMacroScores, withScores } from "../../../results/generations.ts";
import type { Command } from "../../command.ts";
import { openInstallation } from "../../installation.ts";
import { printJson, printText } from "../../output/output.ts";
import { moment, score, table } from "../../output/tables.ts";
import { askedModel, modelOption, requireKnown } from "../../registered-model.ts";

export const history: Command = {
  name: "history",
  summary: "list the generations: which model was in use when, and why",
  arguments: [],
  options: modelOption(`whose generations are wanted (default ${defaultModel})`),
  examples: ["history", "history --model specialty", "history --json"],
  async run({ options }) {
    const model = askedModel(options) ?? defaultModel;
    const installation = await openInstallation(options);
    const { models, traffic, ...found } = await installation.history(model);
    requireKnown(model, models);
    const generations = withScores(found.generations);
    if (options.json !== undefined) {
      printJson({ model, generations, models, traffic });
      return 0;
    }
    const others = models.filter((name) => name !== model);
    const alsoRegistered = `Also registered: ${others.join(", ")}. See pbp history --model NAME${installation.options}`;
    if (generations.length === 0) {
      printText("No model has been promoted yet.");
      // The default one may have none while others do.
      if (others.length > 0) printText(alsoRegistered);
      return 0;
    }
    if (model !== defaultModel) printText(`Generations of ${model}:`);
    const hasMacro = hasMacroScores(generations);
    const rows = generations.map((entry) => [
      `${entry.inUse && entry === generations[0] ? "→ " : "  "}${entry.generation}`,
      entry.action,
      entry.version,
      // With another column, there is room for the day alone.
      moment(entry.at).slice(0, hasMacro ? 10 : 16),
      score(entry.scores?.accuracy),
      score(entry.scores?.f1),
      ...(hasMacro ? [score(entry.scores?.macroF1)] : []),
      reasonOf(entry),
    ]);
    printText(
      table(
        [
          { head: "Gen.", numeric: true },
          { head: "Action" },
          { head: "Version" },
          { head: "At (UTC)" },
          { head: "Accuracy", numeric: true },
          { head: f1Head(hasMacro), numeric: true },
          ...(hasMacro ? [{ head: "Macro F1", numeric: true }] : []),
        ],
        rows,
      ),
    );
    if (others.length > 0) printText(alsoRegistered);
    return 0;
  },
};

/** `by whom: why`, below the row. */
function reasonOf(entry: Generation): string {
  const { action, actor, approvedBy, execution, reason, overruled, kept } = entry;
  // Whoever overruled the gate, not the run whose model it is.
  const by = approvedBy ? `approved by ${approvedBy}` : `by ${(action === "promote" && execution) || actor}`;
  // A model that the gate would have promoted may be forced too: a newer export's had come into use.
  const rules = overruled?.rules.join(", ");
  const parts = [
    reason ? `${by}: ${reason}` : by,
    rules && `(overruled: ${overruled?.verdict} by ${rules})`,
    !kept && "(bundle removed)",
  ];
  return parts.filter(Boolean).join(" ");
}
