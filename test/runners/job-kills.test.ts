import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FileStore } from "../../tasks/store/fs.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { contextOf, processGone, until } from "./helpers.ts";
import { failed, jobWorld, processingRequest } from "./job-world.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-kills-"));
const world = jobWorld(folder);
let store: FileStore;

type Pids = { leader: number; worker: number; supervisor: number };

beforeAll(async () => {
  store = await openFileStore(world.home.store, "pbp-local");
  await store.write("data/train.jsonl", "row\n");
  // A job with a worker process; both say who they are and then wait for ever.
  const waiting = (onTerm: string) => `
signal.signal(signal.SIGTERM, ${onTerm})
worker = subprocess.Popen([sys.executable, "-c", "import time\\nwhile True: time.sleep(0.05)"])
pathlib.Path(os.environ["PIDS"] + ".new").write_text(json.dumps({"leader": os.getpid(), "worker": worker.pid, "supervisor": os.getppid()}))
os.rename(os.environ["PIDS"] + ".new", os.environ["PIDS"])
while True: time.sleep(0.02)
`;
  world.container("waiting", waiting("signal.SIG_DFL"));
  world.container("stubborn", waiting("signal.SIG_IGN"));
  world.container("quick", "");
});
afterAll(() => {
  // Nothing is left to end unless a test has failed.
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".pids")))
    for (const pid of Object.values(JSON.parse(readFileSync(join(folder, file), "utf8")) as Pids))
      if (!processGone(pid)) process.kill(pid, "SIGKILL");
  rmSync(folder, { recursive: true });
});

const pidsFile = (name: string) => join(folder, `${name}.pids`);

function request(name: string, image: string) {
  return processingRequest(name, image, { Environment: { PIDS: pidsFile(name) } });
}

async function pidsOf(name: string): Promise<Pids> {
  await until(() => existsSync(pidsFile(name)));
  return JSON.parse(readFileSync(pidsFile(name), "utf8")) as Pids;
}

const allGone = (pids: Pids) => Object.values(pids).every(processGone);
/** The supervisor stays for the engine's next job. */
const jobGone = ({ leader, worker }: Pids) => processGone(leader) && processGone(worker);

/** An engine in a process of its own that runs one job. */
function engine(name: string, image: string): ChildProcess {
  const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = join(folder, `${name}.ts`);
  writeFileSync(
    script,
    `import { openFileStore } from ${module("../../tasks/store/fs.ts")};
     import { contextOf } from ${module("./helpers.ts")};
     import { jobRunners } from ${module("../../pipeline/local/jobs/job-runner.ts")};
     import { homeAt } from ${module("../../pipeline/local/machine/home.ts")};
     const home = homeAt(${JSON.stringify(world.home.root)});
     const store = await openFileStore(home.store, "pbp-local");
     const options = { home, store, bucket: "pbp-local", python: ${JSON.stringify(world.python)}, containers: ${JSON.stringify(world.containers)}, graceSeconds: 2 };
     await jobRunners(options).processing(${JSON.stringify(request(name, image))}, contextOf());`,
  );
  return spawn(process.execPath, [script], { stdio: "ignore" });
}

const recordOf = (name: string) =>
  JSON.parse(readFileSync(join(world.home.jobs, name, "job.json"), "utf8")) as {
    isOpen: boolean;
    job: Record<string, unknown>;
  };

test("an abort ends the job and its workers before the runner settles", async () => {
  const abort = new AbortController();
  const running = world
    .runners(store)
    .processing(request("abort", "waiting"), contextOf({ signal: abort.signal }));
  const pids = await pidsOf("abort");
  abort.abort(new Error("stopped"));
  await expect(running).rejects.toThrow("stopped");
  await until(() => jobGone(pids));
  expect(recordOf("abort")).toMatchObject({ isOpen: false, job: { ProcessingJobStatus: "Stopped" } });
  expect(existsSync(join(world.home.jobs, "abort", "ml"))).toBe(false);
});

test("a job that ignores SIGTERM is killed after the grace", async () => {
  const abort = new AbortController();
  const { processing } = world.runners(store, { graceSeconds: 0.2 });
  const running = processing(request("stubborn", "stubborn"), contextOf({ signal: abort.signal }));
  const pids = await pidsOf("stubborn");
  abort.abort(new Error("stopped"));
  await expect(running).rejects.toThrow("stopped");
  await until(() => jobGone(pids));
});

test("kill -9 of the job's process fails the job and ends its workers", async () => {
  const running = failed(world.runners(store).processing(request("leader", "waiting"), contextOf()));
  const pids = await pidsOf("leader");
  process.kill(pids.leader, "SIGKILL");
  expect(await running).toMatchObject({
    FailureReason: "AlgorithmError: See job logs for more information, exit code: 137",
  });
  await until(() => jobGone(pids));
});

test("kill -9 of the supervisor fails the job and leaves no orphan", async () => {
  const running = failed(world.runners(store).processing(request("supervisor", "waiting"), contextOf()));
  const pids = await pidsOf("supervisor");
  process.kill(pids.supervisor, "SIGKILL");
  expect((await running).FailureReason).toMatch(/^InternalServerError: .* supervisor was killed/);
  await until(() => allGone(pids));
});

test.each(["waiting", "stubborn"])("kill -9 of the engine leaves no orphan (%s job)", async (image) => {
  const name = `engine-${image}`;
  const child = engine(name, image);
  const pids = await pidsOf(name);
  child.kill("SIGKILL");
  await until(() => allGone(pids));
});

test("kill -9 of engine and supervisor: the next engine ends the job before it starts one", async () => {
  const child = engine("both", "stubborn");
  const pids = await pidsOf("both");
  process.kill(pids.supervisor, "SIGSTOP"); // so that it cannot act on the engine's end
  child.kill("SIGKILL");
  process.kill(pids.supervisor, "SIGKILL");
  await until(() => processGone(child.pid!) && processGone(pids.supervisor));
  expect(processGone(pids.leader)).toBe(false);
  const { processing } = world.runners(store, { graceSeconds: 0.2 });
  await processing(processingRequest("next", "quick"), contextOf());
  expect(allGone(pids)).toBe(true);
  expect(recordOf("both")).toMatchObject({ isOpen: false, job: { ProcessingJobStatus: "Failed" } });
  expect(existsSync(join(world.home.jobs, "both", "ml"))).toBe(false);
});

test("the job of a living engine is left alone", async () => {
  const child = engine("alive", "waiting");
  const pids = await pidsOf("alive");
  await world.runners(store).processing(processingRequest("beside", "quick"), contextOf());
  expect(processGone(pids.leader)).toBe(false);
  child.kill("SIGKILL");
  await until(() => allGone(pids));
});
