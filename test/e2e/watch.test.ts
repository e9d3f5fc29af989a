// pbp watch from a file in a folder to the end of an execution: store, event, rule, function, StartExecution.
import { once } from "node:events";
import { copyFileSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Summary } from "../../pipeline/cli/summary.ts";
import { startPbp } from "../cli/helpers.ts";
import { openWorkplace, processesIn, type Workplace } from "./helpers.ts";

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
  const drop = (name: string) => {
    copyFileSync(workplace.base, join(incoming, `.${name}`));
    renameSync(join(incoming, `.${name}`), join(incoming, name));
  };
  drop("early.json");
  const child = startPbp(["watch", "--home", home, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const summaries: Summary[] = [];
  try {
    for await (const line of createInterface({ input: child.stdout! })) {
      summaries.push(JSON.parse(line) as Summary);
      if (summaries.length === 1) drop("late.json");
      if (summaries.length === 2) drop("early.json");
      if (summaries.length === 3) child.kill("SIGINT");
    }
  } finally {
    child.kill();
  }
  expect(await exit).toEqual([0, null]);
  // The default asks for 1,000 annotated texts, so each ends before any job.
  for (const summary of summaries)
    expect(summary).toMatchObject({ status: "FAILED", error: { name: "InsufficientSamples" } });
  const names = summaries.map(({ execution }) => execution);
  expect(names.map((name) => name.replace(/-[0-9a-f]{16}$/, ""))).toEqual(["early", "late", "early"]);
  expect(new Set(names).size).toBe(3);
  expect(readdirSync(incoming).filter((name) => !name.startsWith("."))).toEqual([]);
  expect(processesIn(home)).toEqual([]);
});
