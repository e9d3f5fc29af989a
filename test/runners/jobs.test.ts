import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { list } from "tar";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FileStore } from "../../tasks/store/fs.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { contextOf, type Told } from "./helpers.ts";
import { failed, jobWorld, processingRequest, trainingRequest } from "./job-world.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-jobs-"));
const world = jobWorld(folder);
let store: FileStore;

beforeAll(async () => {
  store = await openFileStore(world.home.store, "pbp-local");
  await store.write("data/train.jsonl", "row\n");
  await store.write("data/labels.json", "[]");
  await store.write("data/model/config.json", "{}");
  await store.write("data/model/deep/weights.bin", "weights");
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = async (key: string) => buffer(await store.read(key));

test("a training job finds SageMaker's files, and its model is uploaded", async () => {
  world.container(
    "trainer",
    `
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
seen = {str(p.relative_to(base)): p.read_text() for p in sorted(base.glob("input/**/*")) if p.is_file()}
(base / "model/seen.json").write_text(json.dumps(seen))
(base / "model/sub").mkdir()
(base / "model/sub/environment.json").write_text(json.dumps(dict(os.environ)))
(base / "output/data/notes.txt").write_text("notes")
(base / "checkpoints/last").write_text("1")
(base / "checkpoints/training.jsonl").write_text("a line\\n")
`,
  );
  const told: Told = { submitted: [], progress: [] };
  process.env.PBP_TEST_SECRET = "secret";
  const job = await world
    .runners(store)
    .training(
      trainingRequest("train-1", "trainer", { HyperParameters: { epochs: "3" } }),
      contextOf({ told }),
    )
    .finally(() => delete process.env.PBP_TEST_SECRET);
  expect(job).toMatchObject({
    TrainingJobName: "train-1",
    TrainingJobStatus: "Completed",
    ModelArtifacts: { S3ModelArtifacts: "s3://pbp-local/runs/r/model/train-1/output/model.tar.gz" },
    BillableTimeInSeconds: expect.any(Number),
  });
  expect(told.submitted).toEqual([{ TrainingJobArn: expect.stringMatching(/:training-job\/train-1$/) }]);

  const files = await unpack(await read("runs/r/model/train-1/output/model.tar.gz"));
  expect([...files.keys()]).toEqual(["seen.json", "sub/environment.json"]);
  const seen = JSON.parse(files.get("seen.json")!);
  expect(Object.keys(seen)).toEqual([
    "input/config/hyperparameters.json",
    "input/config/inputdataconfig.json",
    "input/config/resourceconfig.json",
    "input/data/model/config.json",
    "input/data/model/deep/weights.bin",
    "input/data/train/train.jsonl",
  ]);
  expect(JSON.parse(seen["input/config/hyperparameters.json"])).toEqual({ epochs: "3" });
  expect(seen["input/data/train/train.jsonl"]).toBe("row\n");
  const environment = JSON.parse(files.get("sub/environment.json")!);
  expect(environment.TRAINING_JOB_NAME).toBe("train-1");
  expect(environment).not.toHaveProperty("PBP_TEST_SECRET");
  expect(environment).not.toHaveProperty("OMP_NUM_THREADS");
  expect([...(await unpack(await read("runs/r/model/train-1/output/output.tar.gz"))).keys()]).toEqual([
    "notes.txt",
  ]);
  // Inputs hold patients' texts: of a finished job only the record and the log stay.
  expect(readdirSync(join(world.home.jobs, "train-1")).sort()).toEqual(["job.json", "log", "process.json"]);
  expect(readdirSync(world.home.checkpoints)).toEqual([]);
  // As SageMaker copies what lies beside the checkpoints; the checkpoints themselves are not copied here.
  expect((await read("checkpoints/trainer/training.jsonl")).toString()).toBe("a line\n");
  expect(await store.head("checkpoints/trainer/last")).toBeNull();
});

test("the same model gives the same archive, byte for byte", async () => {
  world.container(
    "same",
    `
for name in ["b", "a"]:
    (base / "model" / name).write_text(name)
    os.utime(base / "model" / name, (0, 1000 * int(os.environ["TRAINING_JOB_NAME"][-1])))
`,
  );
  const archives = [];
  for (const name of ["same-1", "same-2"]) {
    await world.runners(store).training(trainingRequest(name, "same"), contextOf());
    archives.push(await read(`runs/r/model/${name}/output/model.tar.gz`));
  }
  expect(archives[0]!.equals(archives[1]!)).toBe(true);
});

test("a processing job's outputs are uploaded, its message is the ExitMessage, its progress is told", async () => {
  world.container(
    "processor",
    `
(base / "processing/output/result/deep").mkdir()
(base / "processing/output/result/deep/one.json").write_text((base / "processing/input/train/train.jsonl").read_text())
(base / "output/message").write_text("two documents")
(base / "output/progress.json").write_text(json.dumps({"step": "score", "done": 1, "total": 2, "loss": 0.5}))
print(json.loads((base / "config/processingjobconfig.json").read_text())["ProcessingJobName"])
`,
  );
  const told: Told = { submitted: [], progress: [] };
  const job = await world
    .runners(store)
    .processing(processingRequest("process-1", "processor"), contextOf({ told }));
  expect(job).toMatchObject({ ProcessingJobStatus: "Completed", ExitMessage: "two documents" });
  expect((await read("runs/r/result/deep/one.json")).toString()).toBe("row\n");
  expect(told.progress).toEqual([
    { step: "copying its inputs" },
    { step: "starting" },
    { step: "score", done: 1, total: 2, loss: 0.5 },
    { step: "storing its outputs" },
  ]);
  expect(readFileSync(join(world.home.jobs, "process-1", "log"), "utf8")).toContain("process-1");
});

test("a job begins with what was loaded for all of them, and with nothing else of others", async () => {
  const runners = world.runners(store);
  mkdirSync(join(world.containers, "pbp_jobs"), { recursive: true });
  writeFileSync(join(world.containers, "pbp_jobs/__init__.py"), "SETTING = 1\n");
  world.container(
    "loaded",
    `
seen = {name: name in sys.modules for name in ["torch", "pbp_jobs", "importlib", "shared"]}
sys.modules["shared"] = sys
import pbp_jobs
print(json.dumps([seen, sys.argv, sys.stdin.read(), os.getpgid(0) == os.getpid(), sorted(os.listdir("/proc/self/fd"))]))
print("out"); print("err", file=sys.stderr); print("no end", end="")
`,
  );
  runners.warmUp();
  for (const name of ["loaded-1", "loaded-2"]) {
    await runners.processing(processingRequest(name, "loaded"), contextOf());
    const lines = readFileSync(join(world.home.jobs, name, "log"), "utf8").split("\n");
    const script = join(world.containers, "loaded/loaded.py");
    expect(JSON.parse(lines[0]!)).toEqual([
      { torch: true, pbp_jobs: false, importlib: true, shared: false },
      [script],
      "",
      true,
      // The last one is the listing's own.
      ["0", "1", "2", "3"],
    ]);
    expect(lines.slice(1).sort()).toEqual(["", "err", "no end", "out"]);
  }
});

test("however many homes have had jobs, nothing more waits for the end of the process", async () => {
  const before = process.listenerCount("exit");
  for (const name of ["one", "two"]) {
    const other = jobWorld(join(folder, name));
    other.container("brief", "");
    await other.runners(store).processing(processingRequest(`brief-${name}`, "brief"), contextOf());
  }
  expect(process.listenerCount("exit")).toBe(before);
});

test("an exception ends a job with its own frames in the log, an exit status with itself", async () => {
  world.container("raises", '\ndef inner(): raise ValueError("broken")\ninner()\n');
  world.container("exits", "\nsys.exit(7)\n");
  const { processing } = world.runners(store);
  expect(
    (await failed(processing(processingRequest("raises-1", "raises"), contextOf()))).FailureReason,
  ).toMatch(/exit code: 1$/);
  const log = readFileSync(join(world.home.jobs, "raises-1", "log"), "utf8");
  expect(log).toMatch(/^Traceback .*\n {2}File ".*raises\.py", line 5, in <module>\n/);
  expect(log).not.toMatch(/supervisor|runpy/);
  expect(
    (await failed(processing(processingRequest("exits-1", "exits"), contextOf()))).FailureReason,
  ).toMatch(/exit code: 7$/);
});

test("a job ends when its threads have, and with what it has left to do and to say", async () => {
  world.container(
    "leaves",
    `
import atexit, sys, threading
atexit.register(print, "at the end")
threading.Thread(target=lambda: (threading.main_thread().join(), print("of a thread"))).start()
sys.exit("what went wrong")
`,
  );
  const { processing } = world.runners(store);
  const job = await failed(processing(processingRequest("leaves-1", "leaves"), contextOf()));
  expect(job.FailureReason).toMatch(/exit code: 1$/);
  const log = readFileSync(join(world.home.jobs, "leaves-1", "log"), "utf8");
  expect(log.trimEnd().split("\n").sort()).toEqual(["at the end", "of a thread", "what went wrong"]);
});

test("a job cannot change the store through its inputs", async () => {
  world.container(
    "vandal",
    `
path = base / "processing/input/train/train.jsonl"
path.chmod(0o666)
path.write_text("changed")
`,
  );
  await world.runners(store).processing(processingRequest("vandal-1", "vandal"), contextOf());
  expect((await read("data/train.jsonl")).toString()).toBe("row\n");
});

test("a store without files of its own is read as a stream", async () => {
  world.container(
    "reader",
    `(base / "model/row").write_text((base / "input/data/train/train.jsonl").read_text())`,
  );
  const { localPath: _, ...remote } = store;
  await world.runners(remote).training(trainingRequest("reader", "reader"), contextOf());
  const files = await unpack(await read("runs/r/model/reader/output/model.tar.gz"));
  expect(files.get("row")).toBe("row\n");
});

test("a failure file becomes the FailureReason; no model is uploaded; checkpoints stay for the next attempt", async () => {
  world.container(
    "failing",
    `
checkpoint = base / "checkpoints/last"
if checkpoint.exists():
    (base / "model/found").write_text(checkpoint.read_text())
    sys.exit(0)
checkpoint.write_text("42")
(base / "model/half").write_text("half")
(base / "output/failure").write_text("TrainingFailed: " + "é" * 600)
sys.exit(1)
`,
  );
  const job = await failed(
    world.runners(store).training(trainingRequest("failing-1", "failing"), contextOf()),
  );
  expect(job.TrainingJobStatus).toBe("Failed");
  expect(job.FailureReason).toMatch(/^AlgorithmError: TrainingFailed: é+, exit code: 1$/);
  expect(Buffer.byteLength(String(job.FailureReason))).toBeLessThanOrEqual(1024);
  expect(await store.head("runs/r/model/failing-1/output/model.tar.gz")).toBeNull();
  await world.runners(store).training(trainingRequest("failing-2", "failing"), contextOf());
  const files = await unpack(await read("runs/r/model/failing-2/output/model.tar.gz"));
  expect(files.get("found")).toBe("42");
});

test("a job that a signal ended reports 128 and the signal, as a container does", async () => {
  world.container("crashing", "os.kill(os.getpid(), 11)");
  const job = await failed(
    world.runners(store).processing(processingRequest("crash", "crashing"), contextOf()),
  );
  expect(job).toMatchObject({
    ProcessingJobStatus: "Failed",
    FailureReason: "AlgorithmError: See job logs for more information, exit code: 139",
  });
});

test("a Python that is not there is a failure of ours", async () => {
  world.container("any", "");
  const { processing } = world.runners(store, { python: join(folder, "absent") });
  const job = await failed(processing(processingRequest("no-python", "any"), contextOf()));
  expect(job.FailureReason).toMatch(/^InternalServerError: .*ENOENT/);
});

test("a name is used once, whatever became of its job", async () => {
  world.container("once", "sys.exit(1)");
  const { processing } = world.runners(store);
  await failed(processing(processingRequest("once", "once"), contextOf()));
  await expect(processing(processingRequest("once", "once"), contextOf())).rejects.toMatchObject({
    error: "SageMaker.ResourceInUseException",
  });
});

test("a long run is stopped by SIGTERM; what it saved is uploaded; Stopped is a failure", async () => {
  world.container(
    "patient",
    `
def stop(*_):
    (base / "model/partial").write_text("saved")
    sys.exit(143)
signal.signal(signal.SIGTERM, stop)
print("ready", file=sys.stderr)
while True: time.sleep(0.02)
`,
  );
  const job = await failed(
    world
      .runners(store)
      .training(
        trainingRequest("patient", "patient", { StoppingCondition: { MaxRuntimeInSeconds: 1 } }),
        contextOf(),
      ),
  );
  expect(job).toMatchObject({ TrainingJobStatus: "Stopped", FailureReason: "MaxRuntimeExceeded" });
  const files = await unpack(await read("runs/r/model/patient/output/model.tar.gz"));
  expect(files.get("partial")).toBe("saved");
});

/** File contents of a tar.gz by path, in the archive's order. */
async function unpack(archive: Buffer): Promise<Map<string, string>> {
  mkdirSync(join(folder, "archives"), { recursive: true });
  const file = join(folder, "archives", "one.tar.gz");
  writeFileSync(file, archive);
  expect(statSync(file).size).toBeGreaterThan(0);
  const files = new Map<string, string>();
  const reads: Promise<void>[] = [];
  list({
    file,
    sync: true,
    onReadEntry: (entry) => {
      files.set(entry.path, "");
      reads.push(entry.concat().then((bytes) => void files.set(entry.path, bytes.toString())));
    },
  });
  await Promise.all(reads);
  return files;
}
