import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ListedExecution } from "../../pipeline/installation.ts";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { describeExecution } from "../../pipeline/local/engine/describe.ts";
import { resumeExecution, startExecution } from "../../pipeline/local/engine/executions.ts";
import { latestExecutions, namesFrom } from "../../pipeline/local/engine/list.ts";
import { TaskError, type TaskRunners } from "../../pipeline/local/engine/task-runner.ts";
import { executionFiles, type Home } from "../../pipeline/local/machine/home.ts";
import { fakeClock } from "./fake-clock.ts";
import { crashedAfter, journalBytes, lineEnds, temporaryHome } from "./journal.ts";

const LAMBDA = "arn:aws:states:::lambda:invoke";
const branch = (name: string): Json => ({ StartAt: name, States: { [name]: { Type: "Pass", End: true } } });
const definition: Json = {
  QueryLanguage: "JSONata",
  StartAt: "First",
  States: {
    First: { Type: "Task", Resource: LAMBDA, Arguments: "{% $states.input %}", Next: "Both" },
    Both: { Type: "Parallel", Branches: [branch("One"), branch("Other")], Next: "Which" },
    Which: { Type: "Choice", Choices: [{ Condition: "{% 1 = 2 %}", Next: "First" }], Default: "Second" },
    Second: {
      Type: "Task",
      Resource: LAMBDA,
      Arguments: "{% $states.context.Execution.Input %}",
      Next: "Done",
    },
    Done: { Type: "Succeed" },
  },
};

/** Runs it: `fails` says of the call of a task, by its number, whether it fails. */
async function run(
  home: Home,
  name: string,
  start: number,
  input: Json = {},
  fails = (_call: number) => false,
) {
  let calls = 0;
  const tasks: TaskRunners = {
    [LAMBDA]: async (args) => {
      if (fails(++calls)) throw new TaskError("TrainingFailed", "no");
      return args;
    },
  };
  const engine = { home, name, tasks, clock: fakeClock(start) };
  await startExecution({ ...engine, definition, input });
  return { resume: () => resumeExecution(engine) };
}

/** What the whole journal says. */
function described(home: Home, name: string): ListedExecution {
  const { status, isOwned, states, progress, startDate, stopDate, error, input } = describeExecution(
    home,
    name,
  );
  const lastState = states.findLast(({ type }) => type !== "Choice" && type !== "Pass")?.name ?? "";
  return {
    ...{ name, status: status === "RUNNING" && !isOwned ? "INTERRUPTED" : status, lastState },
    ...{ progress, startDate, stopDate, error, input },
  };
}

const names = async (home: Home, ...rest: [number, Parameters<typeof latestExecutions>[2]?]) =>
  (await latestExecutions(home, ...rest)).map(({ name }) => name);

test("the ends of a journal say what the whole of it says, wherever a crash cut it off", async () => {
  const home = temporaryHome();
  // Fails, is resumed, fails, is resumed and succeeds: with texts of more than the block that is read first.
  const { resume } = await run(
    home,
    "run",
    1e12,
    { text: "x".repeat(9000) },
    (call) => call === 1 || call === 3,
  );
  await resume();
  await resume();
  const bytes = journalBytes(home, "run");
  expect(bytes.length).toBeGreaterThan(100_000);
  const ends = lineEnds(bytes);
  expect(ends.length).toBeGreaterThan(30);
  const statuses = new Set<string>();
  for (const [index, end] of ends.entries()) {
    // Between two lines, and within the next one.
    for (const cut of [end, end + 40]) {
      const crashed = crashedAfter(home, "run", bytes.subarray(0, cut), `cut-${index}-${cut}`);
      const [listed] = await latestExecutions(crashed, 1);
      expect(listed, `after line ${index + 1}`).toEqual(described(crashed, "run"));
      statuses.add(listed!.status);
    }
  }
  expect([...statuses].sort()).toEqual(["FAILED", "INTERRUPTED", "SUCCEEDED"]);
});

test("what lies between the ends is not read", async () => {
  const home = temporaryHome();
  await run(home, "run", 1e12, { text: "x".repeat(9000) });
  const bytes = journalBytes(home, "run");
  bytes.fill(0, lineEnds(bytes)[2]! + 10, lineEnds(bytes)[3]! - 10);
  const torn = crashedAfter(home, "run", bytes, "torn");
  expect(() => describeExecution(torn, "run")).toThrow("not the journal's event 4");
  expect(await latestExecutions(torn, 1)).toMatchObject([{ status: "SUCCEEDED", lastState: "Done" }]);
});

test("an execution that cannot be read hides no other, nor does what is none", async () => {
  const home = temporaryHome();
  await run(home, "run", 1e12);
  const bytes = journalBytes(home, "run");
  for (const [name, content] of [
    ["empty", ""],
    ["other", "{}\n"],
    ["damaged", `${bytes.subarray(0, lineEnds(bytes)[0])}nonsense\n{"id":3}\n`],
  ] as const) {
    mkdirSync(executionFiles(home, name).folder);
    writeFileSync(executionFiles(home, name).history, content);
  }
  mkdirSync(executionFiles(home, "folder-without-journal").folder);
  writeFileSync(executionFiles(home, "file").folder, "");
  expect(await names(home, 10)).toEqual(["run"]);
  expect(await latestExecutions(temporaryHome(), 10)).toEqual([]);
});

test("a list is asked for by page, by what the executions began with, by their status and by anything else", async () => {
  const home = temporaryHome();
  for (const [index, name] of ["a", "b", "c", "d", "e"].entries())
    await run(home, name, 1e12 + index * 1e9, { even: index % 2 === 0 }, () => name === "c");
  expect(await names(home, 10)).toEqual(["e", "d", "c", "b", "a"]);
  expect(await names(home, 2)).toEqual(["e", "d"]);
  expect(await names(home, 2, { before: "d" })).toEqual(["c", "b"]);
  expect(await names(home, 2, { before: "a" })).toEqual([]);
  await expect(latestExecutions(home, 2, { before: "gone" })).rejects.toMatchObject({
    name: "ExecutionDoesNotExist",
  });
  const began = ({ input }: Pick<ListedExecution, "input">) => (input as { even: boolean }).even;
  expect(await names(home, 2, { began })).toEqual(["e", "c"]);
  expect(await names(home, 9, { began, status: "SUCCEEDED" })).toEqual(["e", "a"]);
  expect(await names(home, 9, { status: "FAILED" })).toEqual(["c"]);
  expect(await names(home, 1, { is: async ({ lastState }) => lastState === "First" })).toEqual(["c"]);
  // Nobody is asked of what is not wanted for a cheaper reason.
  const asked: string[] = [];
  const is = ({ name }: ListedExecution) => asked.push(name) > 0;
  expect(await names(home, 1, { began, is })).toEqual(["e"]);
  expect(asked).toEqual(["e"]);
});

test("names are found by their beginning, the latest first", async () => {
  const home = temporaryHome();
  for (const [index, name] of ["run", "run-1", "run-2", "other"].entries())
    await run(home, name, 1e12 + index * 1e9);
  expect(namesFrom(home, "", 1)).toEqual(["other"]);
  expect(namesFrom(home, "run-", 9)).toEqual(["run-2", "run-1"]);
  expect(namesFrom(home, "run", 9)).toEqual(["run"]);
  expect(namesFrom(home, "ru", 2)).toEqual(["run-2", "run-1"]);
  expect(namesFrom(home, "absent", 2)).toEqual([]);
});
