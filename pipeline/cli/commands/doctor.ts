import type { Check } from "../../check.ts";
import { type Call, type Command, UsageError } from "../command.ts";
import { printJson, printText } from "../output/output.ts";
import { hanging } from "../output/tables.ts";

const signs: Record<Check["state"], string> = { ok: "✓", bad: "✗", unknown: "?" };

export const doctor: Command = {
  name: "doctor",
  summary: "check what a run needs, and say what to do about what is missing",
  details: `On this machine: Python and its packages, GPU, memory, the home with its disk and base model, executions that
were cut short. With --cloud: quotas, zones, images, base model, subscriptions, functions, file system, key.
✓ is fine; ✗ would stop a run, and the exit code is 1; ? could not be found out, or is worth a look.`,
  arguments: [],
  options: {},
  examples: ["doctor", "doctor --cloud --json"],
  nothing: { ready: null, checks: [] },
  async run({ options }) {
    const checks = await look(options);
    const ready = checks.every(({ state }) => state !== "bad");
    if (options.json !== undefined) printJson({ ready, checks });
    else printText(reportOf(checks));
    return ready ? 0 : 1;
  },
};

async function look({ home, cloud, stack }: Call["options"]): Promise<Check[]> {
  if (cloud === undefined) {
    if (stack !== undefined) throw new UsageError("--stack goes with --cloud.");
    return (await import("../../local/doctor.ts")).examineMachine(home);
  }
  if (home !== undefined) throw new UsageError("--home is of this machine; it does not go with --cloud.");
  return (await import("../../deployed/doctor.ts")).examineStack(stack);
}

/** A line for each check; under what is not fine, what to do. */
export function reportOf(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const under = " ".repeat(width + 4);
  const lines = checks.flatMap(({ name, state, found, remedy }) => [
    hanging(`${signs[state]} ${name.padEnd(width)}  `, found),
    // A remedy that ends with a command stays whole, to be copied.
    ...(remedy === null
      ? []
      : [/: (aws|npm|pbp|rm) /.test(remedy) ? `${under}→ ${remedy}` : hanging(`${under}→ `, remedy)]),
  ]);
  const bad = checks.filter(({ state }) => state === "bad").length;
  const end = bad === 0 ? "Nothing here would stop a run." : `${bad} of ${checks.length} would stop a run.`;
  return `${lines.join("\n")}\n\n${end}`;
}
