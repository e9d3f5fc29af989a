// pbp watch from a file in a folder to the end of an execution: store, event, rule, function, StartExecution.
import { once } from "node:events";
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeExecution } from "../../pipeline/local/engine/describe.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import type { Summary } from "../../pipeline/results/summary.ts";
import { outcomeOf, startPbp } from "../cli/helpers.ts";
import { openWorkplace, type Workplace, withoutProcesses } from "./helpers.ts";

const patience = 300_000;
let workplace: Workplace;
beforeAll(() => {
  workplace = openWorkplace();
});
afterAll(() => workplace.clean());

test("every export that appears is an execution, the same file again is another", {
  timeout: patience,
}, async () => {
  const home = join(workplace.folder, "home");
  const incoming = join(home, "incoming");
  mkdirSync(incoming, { recursive: true });
  const drop = (name: string, model = ".") => {
    mkdirSync(join(incoming, model), { recursive: true });
    copyFileSync(workplace.base, join(incoming, `.${name}`));
    renameSync(join(incoming, `.${name}`), join(incoming, model, name));
  };
  drop("Early.Json");
  writeFileSync(join(incoming, "Export.csv"), "a,b");
  const child = startPbp(["watch", "--home", home, "--json", "--min-samples", "900", "--reason", "weekly"]);
  let stderr = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exit = once(child, "exit");
  const summaries: Summary[] = [];
  try {
    for await (const line of createInterface({ input: child.stdout! })) {
      summaries.push(JSON.parse(line) as Summary);
      if (summaries.length === 1) {
        // Another one is refused before it has said that it watches.
        const { stderr } = await outcomeOf(startPbp(["watch", "--home", home]));
        expect(stderr).toMatch(
          /^WatchRunning: .* is being watched by process \d+\. .*end that process first\.$/m,
        );
        drop("late.json", "specialty");
      }
      if (summaries.length === 2) drop("early.json");
      if (summaries.length === 3) child.kill("SIGINT");
    }
  } finally {
    child.kill();
  }
  expect(await exit).toEqual([0, null]);
  // More annotated texts are asked for than there are, so each ends before any job.
  for (const { status, error, execution } of summaries) {
    expect({ status, name: error?.name }).toEqual({ status: "FAILED", name: "InsufficientSamples" });
    expect(error?.message).toContain("900");
    expect(describeExecution(homeAt(home), execution).input).toMatchObject({
      minSamples: 900,
      reason: "weekly",
    });
  }
  // A folder names the registered model.
  expect(summaries.map(({ settings }) => settings?.model)).toEqual(["keyphrases", "specialty", "keyphrases"]);
  const names = summaries.map(({ execution }) => execution);
  expect(names.map((name) => name.replace(/-[0-9a-f]{16}$/, ""))).toEqual(["early", "late", "early"]);
  expect(new Set(names).size).toBe(3);
  expect(readdirSync(incoming).filter((name) => !name.startsWith("."))).toEqual(["Export.csv", "specialty"]);
  expect(stderr.match(/Left .*/g)).toEqual([
    expect.stringMatching(/^Left Export\.csv: An export's name ends in/),
  ]);
  await withoutProcesses(home);
});

test("a watch whose folder vanishes ends with a sentence", { timeout: 60_000 }, async () => {
  const home = join(workplace.folder, "home");
  const child = startPbp(["watch", "--home", home]);
  const outcome = outcomeOf(child);
  for await (const line of createInterface({ input: child.stderr! }))
    if (line.startsWith("Left")) rmSync(join(home, "incoming"), { recursive: true });
  const { code, stderr } = await outcome;
  expect(code).toBe(1);
  expect(stderr).toMatch(/WatchFailed: the watch cannot continue: ENOENT at .*incoming/);
  expect(stderr).not.toContain("    at ");
});
