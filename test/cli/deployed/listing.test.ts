// A page of executions by the same questions on either engine.

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SFNClient } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test } from "vitest";
import { list } from "../../../pipeline/deployed/executions.ts";
import type { Stack } from "../../../pipeline/deployed/stack.ts";
import type { ListedExecution, Wanted } from "../../../pipeline/installation.ts";
import type { Json } from "../../../pipeline/local/engine/definition.ts";
import { startExecution } from "../../../pipeline/local/engine/executions.ts";
import { latestExecutions } from "../../../pipeline/local/engine/list.ts";
import { TaskError, type TaskRunners } from "../../../pipeline/local/engine/task-runner.ts";
import { type Home, homeAt } from "../../../pipeline/local/machine/home.ts";
import { MACHINE_ARN } from "../../../pipeline/local/machine/identity.ts";
import { fakeClock } from "../../engine/fake-clock.ts";
import { FASTEST_FOLDER } from "../../engine/journal.ts";
import { serveEngine } from "./engine-endpoint.ts";

const LAMBDA = "arn:aws:states:::lambda:invoke";
const definition: Json = {
  QueryLanguage: "JSONata",
  StartAt: "Train",
  States: {
    Train: { Type: "Task", Resource: LAMBDA, Arguments: "{% $states.input %}", Next: "Promoted" },
    Promoted: { Type: "Succeed" },
  },
};
const tasks: TaskRunners = {
  [LAMBDA]: async (args) => {
    if ((args as { fails: boolean }).fails) throw new TaskError("TrainingFailed", "no");
    return args as Json;
  },
};

let home: Home;
let steps: SFNClient;
let close: () => Promise<void>;
beforeAll(async () => {
  home = homeAt(mkdtempSync(join(FASTEST_FOLDER, "pbp-listing-")));
  // More than the endpoint's page, some of which fail, for two models.
  for (let number = 0; number < 17; number++) {
    const input = { fails: number % 4 === 0, model: number % 3 === 0 ? "routing" : "keyphrases" };
    await startExecution({
      home,
      name: `run-${number}`,
      definition,
      input,
      tasks,
      clock: fakeClock(1e12 + number * 1e6),
    });
  }
  const served = await serveEngine({ home, tasks }, definition);
  close = served.close;
  const credentials = { accessKeyId: "none", secretAccessKey: "none" };
  steps = new SFNClient({ endpoint: served.endpoint, region: "us-east-1", credentials });
});
afterAll(async () => {
  steps?.destroy();
  await close?.();
  rmSync(home.root, { recursive: true, force: true });
});

const stack = { StateMachineArn: MACHINE_ARN } as Stack;
const isForRouting = ({ input }: Pick<ListedExecution, "input">) =>
  (input as { model: string }).model === "routing";
const failed = { status: "FAILED" } as const;

test.each<[string, number, Wanted, string[]]>([
  ["the latest", 3, {}, ["run-16", "run-15", "run-14"]],
  ["more than a page", 99, {}, Array.from({ length: 17 }, (_, number) => `run-${16 - number}`)],
  ["what comes behind one of the first page", 2, { before: "run-15" }, ["run-14", "run-13"]],
  ["what comes behind one of a later page", 2, { before: "run-3" }, ["run-2", "run-1"]],
  ["what comes behind the first of all", 2, { before: "run-0" }, []],
  ["those that failed", 2, failed, ["run-16", "run-12"]],
  ["those that failed before one that did not", 9, { ...failed, before: "run-6" }, ["run-4", "run-0"]],
  ["those of a model", 3, { began: isForRouting }, ["run-15", "run-12", "run-9"]],
  ["those of a model that failed", 9, { ...failed, began: isForRouting }, ["run-12", "run-0"]],
  [
    "those of which something else is true",
    2,
    { is: async ({ error }) => error === "TrainingFailed" },
    ["run-16", "run-12"],
  ],
  ["those that were cut short", 9, { status: "INTERRUPTED" }, []],
])("%s", async (_, limit, wanted, names) => {
  const here = await latestExecutions(home, limit, wanted);
  expect(here.map(({ name }) => name)).toEqual(names);
  expect(await list(steps, stack, limit, wanted)).toEqual(here);
});

test("an execution that is gone is the beginning of no page", async () => {
  const wanted = { before: "gone" };
  await expect(latestExecutions(home, 2, wanted)).rejects.toMatchObject({ name: "ExecutionDoesNotExist" });
  await expect(list(steps, stack, 2, wanted)).rejects.toMatchObject({ name: "ExecutionDoesNotExist" });
});
