// Containers that share a home's volume: engines whose processes cannot be looked up by their pids. The hosts' name and
// the pid, 1, are the same in all of them.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, test } from "vitest";
import { describeExecution } from "../../pipeline/local/engine/describe.ts";
import { resumeExecution } from "../../pipeline/local/engine/executions.ts";
import { openEventBus } from "../../pipeline/local/events/event-bus.ts";
import { closeLeftoverJobs } from "../../pipeline/local/jobs/job-folder.ts";
import { endLeftover } from "../../pipeline/local/jobs/job-process.ts";
import { executionFiles, type Home } from "../../pipeline/local/machine/home.ts";
import { type Owner, ownerIn, stateOf } from "../../pipeline/local/machine/owner.ts";
import { executionFailed } from "../../pipeline/rules.ts";
import { pbp, script as pbpScript } from "../cli/helpers.ts";
import { until } from "../runners/helpers.ts";
import { SLOW_MACHINE_MS, temporaryHome } from "./journal.ts";
import { inNamespace, innerPid } from "./namespace.ts";

const child = join(import.meta.dirname, "kill-child.ts");
const options = { timeout: SLOW_MACHINE_MS };

function contained(home: Home, verb: "start" | "resume"): ChildProcess & { says: Promise<string> } {
  const started = inNamespace(process.execPath, [child, home.root, verb], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void started.kill("SIGKILL"));
  const says = once(started.stdout!, "data").then(([data]) => String(data).trim());
  return Object.assign(started, { says });
}

async function kill(started: ChildProcess): Promise<void> {
  started.kill("SIGKILL");
  await once(started, "close");
}

/** The lock's entry as it would be if its owner were what `changes` say. */
function changeOwner(home: Home, changes: Partial<Owner>): void {
  const file = join(executionFiles(home, "run").folder, "lock.1");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...changes }));
}

// Only Linux has PID namespaces.
describe.runIf(process.platform === "linux")("an engine in another PID namespace", () => {
  it(
    "keeps its execution while it lives, stopped or not, and loses it with its container",
    options,
    async () => {
      const home = temporaryHome();
      mkdirSync(home.store, { recursive: true });
      const engine = contained(home, "start");
      expect(await engine.says).toBe("in task");
      const statusOf = async () => {
        const { stdout } = await pbp("runs", "--json", "--home", home.root);
        return JSON.parse(stdout).executions[0].status as string;
      };
      expect(await statusOf()).toBe("RUNNING");
      // From outside and from a third namespace.
      for (const more of [[], ["--take-over"]]) {
        const refused = await pbp("resume", "run", ...more, "--home", home.root);
        expect(refused.code).toBe(1);
        expect(refused.stderr).toMatch(
          /ExecutionRunning: run is being run by process 1 of another container of this machine, \S+\. To see how far it is: pbp show run --home \S+$/m,
        );
      }
      expect(await contained(home, "resume").says).toBe("refused ExecutionRunning");

      process.kill(innerPid(engine), "SIGSTOP");
      expect(await statusOf()).toBe("RUNNING");
      expect(await contained(home, "resume").says).toBe("refused ExecutionRunning");

      await kill(engine);
      expect(await statusOf()).toBe("INTERRUPTED");
      const heir = contained(home, "resume");
      expect(await heir.says).toBe("in task");
      expect(readdirSync(home.processes)).toHaveLength(1);
      expect(describeExecution(home, "run")).toMatchObject({ isOwned: true });
      heir.stdin!.end();
      expect(String(await once(heir.stdout!, "data"))).toMatch("ended SUCCEEDED");
    },
  );

  it("is the only one to watch the incoming folder", options, async () => {
    const home = temporaryHome();
    const args = ["watch", "--base-model", "absent", "--home", home.root];
    const watcher = inNamespace(process.execPath, [pbpScript, ...args], { stdio: "ignore" });
    onTestFinished(() => void watcher.kill("SIGKILL"));
    await until(() => existsSync(join(home.incoming, ".lock", "lock.1")));
    const second = await pbp(...args);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      /WatchRunning: \S+ is being watched by process 1 of another container of this machine, \S+\. What is put there is taken; to watch it from here, end that process first\.$/m,
    );
  });

  it("keeps its deliveries and its jobs", options, async () => {
    const home = temporaryHome();
    const engine = contained(home, "start");
    await engine.says;
    const owner: Owner = JSON.parse(readFileSync(join(executionFiles(home, "run").folder, "lock.1"), "utf8"));
    const pending = join(home.events, "pending");
    const job = join(home.jobs, "train-run");
    for (const folder of [pending, job]) mkdirSync(folder, { recursive: true });
    const event = { id: "1", source: "aws.states", "detail-type": "x", detail: {} };
    writeFileSync(join(pending, "notice.1.json"), JSON.stringify({ owner, target: "notice", event }));
    writeFileSync(
      join(job, "job.json"),
      JSON.stringify({ engine: owner, isOpen: true, job: { TrainingJobName: "train-run" } }),
    );
    const delivered: string[] = [];
    const deliver = async () => {
      const target = {
        rule: executionFailed("arn"),
        name: "notice",
        deliver: async ({ id }: { id: string }) => delivered.push(id),
      };
      const bus = await openEventBus(home, [target]);
      await bus.idle();
      await bus.close();
    };
    await deliver();
    expect(delivered).toEqual([]);
    expect(await closeLeftoverJobs(home, 0)).toEqual([]);
    await kill(engine);
    await deliver();
    expect(delivered).toEqual(["1"]);
    expect(await closeLeftoverJobs(home, 0)).toEqual(["train-run"]);
  });
});

describe("an engine that cannot be asked", () => {
  // A file system that several machines mount, and a kernel that is not ours.
  const elsewhere = { boot: "another kernel", host: "node-7", oneKernel: false };

  it(
    "counts as alive until a person says that it is gone; waking up, it writes nothing",
    options,
    async () => {
      const home = temporaryHome();
      mkdirSync(home.store, { recursive: true });
      const first = spawn(process.execPath, [child, home.root, "start"], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      onTestFinished(() => void first.kill("SIGKILL"));
      await once(first.stdout, "data");
      changeOwner(home, elsewhere);
      expect(describeExecution(home, "run")).toMatchObject({ status: "RUNNING", isOwned: true });
      const refused = await pbp("resume", "run", "--home", home.root);
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.stderr).toMatch(
        /process \d+ on another machine, node-7, as far .* gone for good: pbp resume run --home .* --take-over/,
      );

      const tasks = { "arn:aws:states:::lambda:invoke": async () => "resumed" };
      const ended = await resumeExecution({ home, name: "run", tasks, takeOver: true });
      expect(ended).toMatchObject({ status: "SUCCEEDED", output: ["quick", "resumed"] });
      first.stdin.end();
      expect(String(await once(first.stdout, "data"))).toBe("refused ExecutionTakenOver\n");
      expect(describeExecution(home, "run")).toEqual(ended);
    },
  );

  test("what a single kernel mounts is free after the machine was started again", () => {
    const { processes } = temporaryHome();
    const owner = ownerIn(processes);
    expect(stateOf(owner, processes)).toBe("running");
    expect(stateOf({ ...owner, ...elsewhere }, processes)).toBe("unknown");
    expect(stateOf({ ...owner, ...elsewhere, oneKernel: true }, processes)).toBe("gone");
    expect(stateOf({ ...owner, namespace: "pid:[1]", listens: false }, processes)).toBe("unknown");
  });

  it("has no process group here that could be ended in its place", async () => {
    const home = temporaryHome();
    mkdirSync(home.root, { recursive: true });
    const bystander = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    onTestFinished(() => void bystander.kill("SIGKILL"));
    const note = join(home.root, "process.json");
    for (const place of [{ boot: "another kernel" }, { namespace: "pid:[1]" }]) {
      writeFileSync(note, JSON.stringify({ ...ownerIn(home.processes), pid: bystander.pid, ...place }));
      await endLeftover(note, 0);
    }
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    expect(bystander.kill(0)).toBe(true);
  });
});

it("leaves nothing of a process that has ended", options, async () => {
  const home = temporaryHome();
  const engine = spawn(process.execPath, [child, home.root, "start"], { stdio: ["pipe", "pipe", "inherit"] });
  await once(engine.stdout, "data");
  expect(readdirSync(home.processes)).toHaveLength(process.platform === "linux" ? 1 : 0);
  engine.stdin.end();
  await once(engine, "close");
  expect(readdirSync(home.processes)).toEqual([]);
});
