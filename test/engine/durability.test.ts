import { expect, it, vi } from "vitest";
import { describeExecution } from "../../pipeline/local/engine/describe.ts";
import { resumeExecution, startExecution } from "../../pipeline/local/engine/executions.ts";
import { fakeClock } from "./fake-clock.ts";
import { journalBytes, lineEnds, temporaryHome } from "./journal.ts";

const disk = vi.hoisted(() => ({ happened: [] as string[], isFull: false }));

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return {
    ...fs,
    fdatasyncSync(descriptor: number) {
      fs.fdatasyncSync(descriptor);
      disk.happened.push("synced");
    },
    writeSync(descriptor: number, bytes: Buffer, offset: number) {
      // A disk that fills up takes a part of the write first.
      if (disk.isFull) {
        fs.writeSync(descriptor, bytes, 0, 10);
        throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      }
      disk.happened.push("written");
      return fs.writeSync(descriptor, bytes, offset);
    },
  };
});

const LAMBDA = "arn:aws:states:::lambda:invoke";
const definition = {
  QueryLanguage: "JSONata",
  StartAt: "A",
  States: { A: { Type: "Task", Resource: LAMBDA, End: true } },
};

it("has each event on the disk before it takes effect", async () => {
  disk.happened.length = 0;
  const tasks = { [LAMBDA]: async () => void disk.happened.push("task") };
  const onEvent = ({ type }: { type: string }) => void disk.happened.push(type);
  await startExecution({
    home: temporaryHome(),
    definition,
    name: "run",
    input: {},
    tasks,
    clock: fakeClock(),
    onEvent,
  });
  expect(disk.happened).toEqual([
    ...["written", "synced", "TaskStateEntered"],
    ...["written", "synced", "TaskScheduled", "TaskStarted", "task"],
    ...["written", "synced", "TaskSucceeded"],
    ...["written", "synced", "TaskStateExited"],
    ...["written", "synced", "ExecutionSucceeded"],
  ]);
});

it("stops when the disk is full, and leaves an execution that can be resumed", async () => {
  const home = temporaryHome();
  const tasks = {
    [LAMBDA]: async () => {
      disk.isFull = true;
    },
  };
  const ended = startExecution({ home, definition, name: "run", input: {}, tasks, clock: fakeClock() });
  await expect(ended).rejects.toMatchObject({ code: "ENOSPC" });
  disk.isFull = false;
  const bytes = journalBytes(home, "run");
  expect(bytes.length - lineEnds(bytes).at(-1)!).toBe(10);
  expect(describeExecution(home, "run")).toMatchObject({ status: "RUNNING", isOwned: false });
  const quick = { [LAMBDA]: async () => "done" };
  expect(await resumeExecution({ home, name: "run", tasks: quick, clock: fakeClock() })).toMatchObject({
    status: "SUCCEEDED",
    output: "done",
  });
});
