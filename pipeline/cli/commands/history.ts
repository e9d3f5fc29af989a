import type { Generation } from "../../../tasks/models/history.ts";
import type { Command } from "../command.ts";
import { openInstallation } from "../installation.ts";
import { printJson, printText } from "../output.ts";
import { moment, score, table } from "../tables.ts";

export const history: Command = {
  name: "history",
  summary: "list the generations: which model was in use when, and why",
  arguments: [],
  options: {},
  examples: ["history", "history --json"],
  async run({ options }) {
    const installation = await openInstallation(options);
    const generations = await installation.history();
    if (options.json !== undefined) {
      printJson({ generations });
      return 0;
    }
    if (generations.length === 0) {
      printText("No model was promoted yet.");
      return 0;
    }
    const rows = generations.map((entry) => [
      `${entry.inUse && entry === generations[0] ? "→ " : "  "}${entry.generation}`,
      entry.action,
      entry.version,
      moment(entry.at),
      score(entry.verdict?.accuracy),
      score(entry.verdict?.f1),
      // Whoever overruled the gate, not the run whose model it is.
      (entry.action === "promote" && entry.execution) || entry.actor,
      reasonOf(entry),
    ]);
    printText(
      table(
        [
          { head: "Generation", numeric: true },
          { head: "Action" },
          { head: "Version" },
          { head: "At (UTC)" },
          { head: "Accuracy", numeric: true },
          { head: "F1", numeric: true },
          { head: "By" },
          { head: "Reason" },
        ],
        rows,
      ),
    );
    return 0;
  },
};

function reasonOf({ reason, overruled, kept }: Generation): string {
  // A model that the gate would have promoted may be forced too: a newer export's had come into use.
  const rules = overruled?.rules.join(", ");
  const parts = [
    reason,
    rules && `(overruled: ${overruled?.verdict} by ${rules})`,
    !kept && "(bundle removed)",
  ];
  return parts.filter(Boolean).join(" ");
}
