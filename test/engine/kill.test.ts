import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { describeExecution, readHistory } from "../../pipeline/local/engine/describe.ts";
import { resumeExecution } from "../../pipeline/local/engine/executions.ts";
import type { Home } from "../../pipeline/local/machine/home.ts";
import { SLOW_MACHINE_MS, temporaryHome } from "./journal.ts";

const child = join(import.meta.dirname, "kill-child.ts");

function engine(home: Home, verb: "start" | "resume"): ChildProcess & { says: Promise<string> } {
  const started = spawn(process.execPath, [child, home.root, verb], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void started.kill("SIGKILL"));
  const says = once(started.stdout, "data").then(([data]) => String(data).trim());
  return Object.assign(started, { says });
}

async function kill(started: ChildProcess): Promise<void> {
  started.kill("SIGKILL");
  await once(started, "exit");
}

it(
  "survives kill -9: the lock is free, the finished state stays finished",
  async () => {
    const home = temporaryHome();
    const first = engine(home, "start");
    expect(await first.says).toBe("in task");
    expect(describeExecution(home, "run")).toMatchObject({ status: "RUNNING", isOwned: true });
    const options = { home, name: "run" };
    await expect(resumeExecution({ ...options, tasks: {} })).rejects.toMatchObject({
      name: "ExecutionRunning",
    });

    await kill(first);
    expect(describeExecution(home, "run")).toMatchObject({ status: "RUNNING", isOwned: false });
    const ran: string[] = [];
    const tasks = {
      "arn:aws:states:::lambda:invoke": async (_args: unknown, { stateName }: { stateName: string }) => {
        ran.push(stateName);
        return "resumed";
      },
    };
    const ended = await resumeExecution({ ...options, tasks });
    expect(ended).toMatchObject({ status: "SUCCEEDED", redriveCount: 1, output: ["quick", "resumed"] });
    expect(ran).toEqual(["Slow"]);
    expect(readHistory(home, "run").filter(({ type }) => type === "ExecutionRedriven")).toHaveLength(1);
  },
  SLOW_MACHINE_MS,
);

it(
  "has one owner, however many processes take over at once",
  async () => {
    const home = temporaryHome();
    const first = engine(home, "start");
    await first.says;
    await kill(first);
    const heirs = Array.from({ length: 6 }, () => engine(home, "resume"));
    const answers = await Promise.all(heirs.map(({ says }) => says));
    expect(answers.sort()).toEqual(["in task", ...Array(5).fill("refused ExecutionRunning")]);
  },
  SLOW_MACHINE_MS,
);
