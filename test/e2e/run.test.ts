// Whole runs of the command line on a small export and a tiny model: the real definition, bundles and container scripts.
import { createHash } from "node:crypto";
import { existsSync, globSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Summary } from "../../pipeline/results/summary.ts";
import runReceiptSchema from "../../schemas/execution/run-receipt.schema.json" with { type: "json" };
import type { LabelledRow, ModelError, TrainingExport } from "../../schemas/types.ts";
import { door } from "../../tasks/lambda/door.ts";
import { lastLine, outcomeOf, pbp, startPbp } from "../cli/helpers.ts";
import {
  openWorkplace,
  readBundle,
  settings,
  succeeded,
  type Workplace,
  withoutProcesses,
  writeBadExport,
} from "./helpers.ts";

// A run is three Python processes: seconds on an idle machine, minutes on a busy one.
const patience = 600_000;

let workplace: Workplace;
let home = "";
let first: Summary;
beforeAll(async () => {
  workplace = openWorkplace();
  home = await workplace.makeHome("home");
}, patience);
afterAll(() => workplace.clean());

const summaryOf = (stdout: string) => lastLine(stdout) as unknown as Summary;
const sha256 = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
const history = async () =>
  lastLine((await pbp("history", "--json", "--home", home)).stdout).generations as { generation: number }[];

test("a first model is promoted as one bundle, and everything about it is told", {
  timeout: patience,
}, async () => {
  const { stdout, stderr } = succeeded(
    await pbp("run", workplace.base, ...settings, "--reason", "first model", "--home", home, "--json"),
  );
  first = summaryOf(stdout);
  expect(first).toMatchObject({ status: "SUCCEEDED", verdict: "promote", generation: 1, error: null });
  expect(first.metrics?.champion).toBeNull();
  expect(first.metrics!.challenger.accuracy).toBeGreaterThan(first.metrics!.baselines.nothing.accuracy);
  expect(first.report).toMatchObject({ records: 200, rejected: 0, tokens: { goldLost: 0 } });
  expect(first.embeddings).toEqual({ texts: first.report!.texts, embedded: first.report!.texts, reused: 0 });
  const states = [
    "ValidateInput",
    "Preprocess",
    "Embed",
    "Train",
    "Evaluate",
    "QualityGate",
    "Promote",
    "Publish",
    "Register",
    "Notify",
  ];
  for (const state of states) {
    expect(first.seconds[state], state).toBeGreaterThan(0);
    expect(stderr).toContain(`  ${state}`);
  }
  expect(Object.keys(first).sort()).toEqual(
    "analysis approval bundle cost curves drift embeddings error evaluation execution fileSystem findings forced generation helps jobs metrics progress publication reason reasons registration report seconds settings status trials verdict warnings".split(
      " ",
    ),
  );

  const { files } = readBundle(first.bundle!);
  for (const [name, { sha256: digest }] of Object.entries(files))
    expect(sha256(join(first.bundle!, name)), name).toBe(digest);
  const models = join(home, "efs", "models");
  expect(join(models, readlinkSync(join(models, "current")))).toBe(first.bundle);
  expect(sha256(join(models, "embeddings.sav"))).toBe(files["embeddings.sav"]?.sha256);
  expect(existsSync(join(models, "ner", "config.json"))).toBe(true);
  expect(readFileSync(join(home, "topics", "notices.jsonl"), "utf8")).toContain(first.execution);
  await withoutProcesses(home);
  expect(readdirSync(join(home, "checkpoints"))).toEqual([]);
});

test("show, runs and history tell the same", async () => {
  const shown = summaryOf(succeeded(await pbp("show", first.execution, "--json", "--home", home)).stdout);
  expect(shown).toEqual(first);
  const page = succeeded(await pbp("show", first.execution, "--home", home)).stdout;
  // A row of a table with a cell too many.
  expect(page).not.toMatch(/^ +-$/m);
  expect(page).toContain("Verdict: promote");
  expect(page).toContain("finds nothing (all O)");
  expect(page).toContain(first.bundle);
  expect(page).toContain("epochs 3, learning rate 0.01*, batch size 32");
  expect(first.settings).toMatchObject({
    baseModel: "tiny",
    changed: ["minSamples", "baseModel", "learningRate"],
  });
  expect(first.settings?.export.sha256).toBe(sha256(workplace.base));
  // A path and a command are not broken, however long the home's name is.
  for (const line of page.split("\n"))
    if (!line.includes(first.bundle!) && !line.startsWith("  pbp "))
      expect([...line].length, line).toBeLessThanOrEqual(80);
  // A first model has no champion to compare with, and its table no remark about one.
  expect(page).not.toMatch(/^ +-$/m);
  expect(succeeded(await pbp("runs", "--home", home)).stdout).toMatch(/base-[0-9a-f]{12} +Promoted +[01]\./);
  expect(succeeded(await pbp("history", "--home", home)).stdout).toMatch(/→ 1 +promote/);
});

test("notes are suggested to annotators, and what they answer comes back into the export", async () => {
  const all = JSON.parse(readFileSync(workplace.base, "utf8")) as TrainingExport;
  // Half of them are not annotated.
  const records = all.records!.map(({ keyphrases, ...record }, index) =>
    index % 2 === 0 ? record : { ...record, keyphrases: keyphrases ?? [] },
  );
  const half = join(workplace.folder, "half.json");
  writeFileSync(half, JSON.stringify({ ...all, records }));
  const at = (name: string) => join(workplace.folder, name);
  const suggest = async (...options: string[]) => {
    const { stdout } = await pbp("suggest", half, "--home", home, "--json", ...options).then(succeeded);
    return lastLine(stdout);
  };
  const made = await suggest("--to", "label-studio", "--count", "12", "--out", at("to-label"));
  expect(made).toMatchObject({ suggested: 12, looked: 100, withoutVector: 0 });
  const tasks = JSON.parse(readFileSync(at(join("to-label", "tasks.json")), "utf8")) as {
    data: { recordId: string; text: string };
    predictions: { result: object[] }[];
  }[];
  const open = new Map(
    records.filter((one) => !("keyphrases" in one)).map((one) => [one.recordId, one.text]),
  );
  for (const { data } of tasks) expect(open.get(data.recordId)).toBe(data.text);
  expect(new Set(tasks.map(({ data }) => data.text)).size).toBe(12);
  // The model says something, and the person agrees with it.
  expect(tasks.flatMap(({ predictions }) => predictions[0]!.result).length).toBeGreaterThan(12);
  // A review list of pbp serve, and ids that somebody wrote down: annotated or not, in the order of the export.
  const [listed, other] = [records[41]!.recordId, records[6]!.recordId];
  writeFileSync(at("list"), `{"id":"${listed}","confidence":0.4}\n{"id":"${listed}"}\n${other}\n\nunknown\n`);
  expect(await suggest("--ids", at("list"), "--to", "prodigy", "--out", at("listed"))).toMatchObject({
    ...{ suggested: 2, unknown: 1, looked: 2 },
  });
  const ofList = readFileSync(at("listed/tasks.jsonl"), "utf8").trimEnd().split("\n");
  expect(ofList.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { recordId: other, text: records[6]!.text, spans: expect.any(Array) },
    { recordId: listed },
  ]);
  writeFileSync(at("list"), '{"confidence":0.4}\n');
  const refused = await pbp("suggest", half, "--home", home, "--to", "prodigy", "--ids", at("list"));
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`line 1 of ${at("list")} is neither`),
  });
  const answers = tasks.map((task, id) => ({
    id,
    ...task,
    annotations: [{ id, completed_by: 1, was_cancelled: false, result: task.predictions[0]!.result }],
  }));
  writeFileSync(at("answers.json"), JSON.stringify(answers));
  const merged = await pbp(
    ...["import", "label-studio", at("answers.json"), "--into", half, "--out", at("merged.jsonl"), "--json"],
  );
  expect(lastLine(succeeded(merged).stdout)).toMatchObject({ answers: 12, taken: 12 });
  const [header, ...written] = readFileSync(at("merged.jsonl"), "utf8").trimEnd().split("\n");
  expect(JSON.parse(header!)).toMatchObject({ labels: all.labels, offsetUnit: all.offsetUnit });
  const annotated = written.map((line) => JSON.parse(line)).filter(({ keyphrases }) => keyphrases);
  expect(annotated).toHaveLength(112);
  expect(annotated.map(({ recordId }) => recordId)).toEqual(
    expect.arrayContaining(tasks.map(({ data }) => data.recordId)),
  );
  expect((await pbp("validate", at("merged.jsonl"), "--min-samples", "50")).code).toBe(0);
  // Where the annotation is the model's own answer but for one note, that one is to be looked at again.
  const asked = new Set(tasks.map(({ data }) => data.recordId));
  const own = annotated.filter(({ recordId }) => asked.has(recordId)) as {
    recordId: string;
    keyphrases: object[];
  }[];
  const wrong = own.find(({ keyphrases }) => keyphrases.length > 1)!;
  wrong.keyphrases = [];
  writeFileSync(half, JSON.stringify({ ...all, records: own }));
  const suspects = ["--to", "prodigy", "--of", "suspects", "--out", at("suspects")];
  expect(await suggest(...suspects)).toMatchObject({ suggested: 1, looked: 12 });
  expect(JSON.parse(readFileSync(at("suspects/tasks.jsonl"), "utf8"))).toMatchObject({
    recordId: wrong.recordId,
  });
  // Where no note is left without an annotation, there is no folder.
  const none = await suggest("--to", "prodigy", "--out", at("none"));
  expect(none).toMatchObject({ folder: null, suggested: 0, looked: 0 });
}, 120_000);

test("errors are told by digest and place, and with the text of notes only when it is asked for", async () => {
  const of = async (...options: string[]) =>
    succeeded(await pbp("errors", "latest", ...options, "--home", home));
  const rows = succeeded(await pbp("get", "test.jsonl", "--home", home))
    .stdout.trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as LabelledRow);
  const told = lastLine((await of("--suspects", "--json")).stdout) as { errors: ModelError[] };
  expect(told.errors.length).toBeGreaterThan(0);
  expect(told).not.toHaveProperty("errors.0.rows");
  const { document, gold, start = 0 } = told.errors.find((error) => error.gold !== null)!;
  const tags = rows.filter((row) => row.document === document).flatMap((row) => row.tags);
  expect(tags[start]).toBe(`B-${gold}`);

  const without = [
    await of(),
    await of("--suspects"),
    await of("--label", gold!, "--json"),
    await of("--json"),
  ];
  expect(without[0]!.stdout).toMatch(/^too long +\d/m);
  for (const line of without[0]!.stdout.split("\n")) expect([...line].length, line).toBeLessThanOrEqual(80);
  const withText = await of("--suspects", "--show-notes");
  expect(withText.stderr).toContain("text of patients' notes");
  const cut = await of("--label", gold!, "--limit", "1");
  expect(cut.stdout.trimEnd().split("\n")).toHaveLength(3);
  expect(cut.stderr).toBe("There are more: --limit N lists more than 1.\n");

  // Five tokens in a row, as the terminal and as the lists would hold them.
  const grams = rows
    .filter(({ tokens }) => tokens.length >= 5)
    .map(({ tokens }) => tokens.slice(0, 5))
    .flatMap((five) => [five.join(" "), JSON.stringify(five).slice(1, -1)]);
  const hasText = (text: string) => grams.some((gram) => text.includes(gram));
  expect(hasText(withText.stdout)).toBe(true);
  expect(hasText((await of("--show-notes", "--json")).stdout)).toBe(true);
  expect(without.map(({ stdout, stderr }) => hasText(stdout + stderr))).toEqual([false, false, false, false]);
  const data = new Set([sha256(workplace.base)]);
  for (const name of ["train", "test", "notes", "missing"]) {
    const { stdout } = succeeded(await pbp("get", `${name}.jsonl`, "--home", home));
    data.add(createHash("sha256").update(stdout).digest("hex"));
  }
  const leaks = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => hasText(readFileSync(file, "utf8")) && !data.has(sha256(file)));
  expect(leaks).toEqual([]);
});

test("its files and logs are had by their short names", async () => {
  const named = ["--execution", first.execution.slice(0, 8), "--home", home];
  const report = succeeded(await pbp("get", "report.json", ...named)).stdout;
  expect(JSON.parse(report)).toEqual(first.report);
  const out = join(workplace.folder, "got.tar.gz");
  succeeded(await pbp("get", "model.tar.gz", "--out", out, ...named));
  const archive = first.jobs.find(({ state }) => state === "Train")!.job;
  expect((await pbp("get", `runs/${first.execution}/trials/0/model/`, "--home", home)).stdout).toContain(
    archive,
  );
  expect(readFileSync(out).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  expect((await pbp("get", "model.tar.gz", "--out", out, ...named)).stderr).toContain("is there already");
  const log = succeeded(await pbp("logs", "latest", "--job", "train", "--home", home)).stdout;
  expect(log).toContain("trained");
  const folder = join(workplace.folder, "got-model");
  succeeded(await pbp("base-model", "get", "tiny", "--out", folder, "--home", home));
  expect(readdirSync(folder)).toContain("manifest.json");
});

test("the same again embeds nothing, meets its equal and is rejected", { timeout: patience }, async () => {
  const { stdout } = succeeded(await pbp("run", workplace.base, ...settings, "--home", home, "--json"));
  const second = summaryOf(stdout);
  expect(second).toMatchObject({ status: "SUCCEEDED", verdict: "reject", generation: null, bundle: null });
  expect(second.embeddings).toEqual({ texts: first.report!.texts, embedded: 0, reused: first.report!.texts });
  // The champion is the first run's model on the same rows; the same seed gives the same model again.
  expect(second.metrics?.champion).toEqual(first.metrics?.challenger);
  expect(second.metrics?.challenger).toEqual(first.metrics?.challenger);
  const failedRules = second.reasons.filter(({ passed }) => !passed).map(({ rule }) => rule);
  expect(failedRules).toContain("above-champion");
  expect(second.metrics).toMatchObject({ championGeneration: 1, perLabel: expect.anything() });
  expect(await history()).toHaveLength(1);
});

test("rerun trains with other epochs on the same export", { timeout: patience }, async () => {
  const { stdout } = succeeded(
    await pbp("rerun", first.execution, "--epochs", "1", "--home", home, "--json"),
  );
  const third = summaryOf(stdout);
  expect(third.embeddings?.embedded).toBe(0);
  expect(third.report).toEqual(first.report);
  expect(third.verdict).toBe("reject");
  const input = (name: string) => {
    const journal = readFileSync(join(home, "executions", name, "history.jsonl"), "utf8").split("\n")[0]!;
    return JSON.parse(JSON.parse(journal).executionStartedEventDetails.input);
  };
  // Its own reason, or none: "first model" would be said of the wrong one.
  const { reason, ...others } = input(first.execution);
  expect(reason).toBe("first model");
  expect(input(third.execution)).toEqual({ ...others, epochs: 1 });
});

test("a model that the gate rejected is promoted by hand, with a reason", async () => {
  const [{ execution }] = lastLine((await pbp("runs", "--json", "--home", home)).stdout).executions as [
    { execution: string },
  ];
  const { stdout } = succeeded(
    await pbp("promote", execution, "--force", "--reason", "e2e", "--home", home, "--json"),
  );
  expect(lastLine(stdout)).toMatchObject({ generation: 2, action: "forced", reason: "e2e" });
  const again = await pbp("promote", execution, "--force", "--reason", "e2e", "--home", home);
  expect(succeeded(again).stdout).toContain("Generation 2:");
  expect(await history()).toHaveLength(2);
  const overruled = summaryOf((await pbp("show", "latest", "--json", "--home", home)).stdout);
  expect(overruled).toMatchObject({
    generation: 2,
    forced: { reason: "e2e", overruled: { verdict: "reject" } },
  });
  const listed = succeeded(await pbp("runs", "--home", home)).stdout;
  expect(listed).toMatch(/Rejected +0\.\d{4} .*\n {4}in use: generation 2, promoted by hand\n/);
  const page = succeeded(await pbp("history", "--home", home)).stdout;
  expect(page).toMatch(/ 2 {2}forced .*\n {4}by \S+@\S+: e2e\s+\(overruled:\s+reject\s+by\s+[a-z, -]+/);
});

test("new records are the only ones embedded", { timeout: patience }, async () => {
  const { stdout } = succeeded(await pbp("run", workplace.more, ...settings, "--home", home, "--json"));
  const more = summaryOf(stdout);
  expect(more.embeddings).toEqual({
    texts: first.report!.texts + 20,
    embedded: 20,
    reused: first.report!.texts,
  });
  expect(more.report?.records).toBe(220);
});

test("a rollback is a new generation", async () => {
  const generations = (await history()).length;
  const { code, stdout, stderr } = await pbp(
    "rollback",
    "--to",
    "1",
    "--reason",
    "e2e",
    "--home",
    home,
    "--json",
  );
  if (generations === 1) {
    expect(code).toBe(1);
    expect(stderr).toContain("InvalidInput: Generation 1 is");
  } else {
    expect(lastLine(stdout)).toMatchObject({
      generation: generations + 1,
      action: "rollback",
      reason: "e2e",
    });
    expect(await history()).toHaveLength(generations + 1);
  }
});

test("a bad export fails by name, promotes nothing and tells nothing of its text", {
  timeout: patience,
}, async () => {
  const before = await history();
  const bad = writeBadExport(workplace);
  const { code, stdout, stderr } = await pbp("run", bad, ...settings, "--home", home, "--json");
  expect(code).toBe(2);
  const failed = summaryOf(stdout);
  expect(failed).toMatchObject({
    status: "FAILED",
    verdict: null,
    metrics: null,
    error: { name: "InvalidExport" },
    helps: "correct-export",
  });
  const shown = await pbp("show", failed.execution, "--home", home);
  const rejects = succeeded(await pbp("get", "rejects.jsonl", "--home", home)).stdout;
  expect(JSON.parse(rejects.split("\n")[0]!)).toMatchObject({ rule: "span-text" });
  expect(rejects).not.toMatch(/canary/i);
  expect(shown.stdout).toContain("pbp validate <export>");
  expect(shown.stdout).not.toContain("pbp resume");
  expect(failed.report?.rejected).toBeGreaterThan(100);
  expect(await history()).toEqual(before);

  const receipt = await readObject(`runs/${failed.execution}/receipt.json`);
  const check = door(runReceiptSchema, { what: "The receipt", name: "TaskFailed" });
  expect(check(receipt)).toMatchObject({ status: "FAILED", error: { name: "InvalidExport" } });
  const notices = readFileSync(join(home, "topics", "notices.jsonl"), "utf8");
  expect(notices).toContain(failed.execution);
  // Whoever reads it elsewhere types what it says.
  expect(notices).toContain(`then: pbp run <export> --home ${home}\\n`);

  expect(stdout + stderr).not.toMatch(/canary/i);
  const exported = join(home, "store", "pbp-local", "blobs");
  const leaks = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    // The export itself is in the store, under a name that no text is part of.
    .filter((file) => !(file.startsWith(exported) && sha256(file) === sha256(bad)))
    .filter((file) => /canary/i.test(readFileSync(file, "latin1")) || /canary/i.test(file));
  expect(leaks).toEqual([]);
});

test("a base model that is added again keeps its learning rate, or says what changes", async () => {
  const add = async (...options: string[]) =>
    succeeded(
      await pbp(
        "base-model",
        "add",
        "again",
        join(workplace.folder, "tiny-model"),
        "--home",
        home,
        ...options,
      ),
    ).stdout;
  expect(await add("--learning-rate", "0.001")).toContain("Its learning rate is 0.001.");
  expect(await add()).toContain("It keeps its learning rate, 0.001; --learning-rate changes it.");
  expect(await add("--learning-rate", "0.002")).toContain("is 0.002 now (before: 0.001).");
  expect((await pbp("base-model", "list", "--home", home)).stdout).toMatch(/^again .* 0\.002 /m);
});

test("another process stops a run: its jobs end with it, and are told", { timeout: patience }, async () => {
  const trainings = () => globSync(join(home, "jobs", "*-train-*", "ml", "input")).length;
  const options = settings.with(settings.indexOf("--epochs") + 1, "100");
  const run = outcomeOf(startPbp(["run", workplace.base, ...options, "--home", home, "--json"]));
  await vi.waitFor(() => expect(trainings()).toBe(1), { timeout: patience, interval: 100 });
  const stopped = lastLine(succeeded(await pbp("stop", "latest", "--home", home, "--json")).stdout);
  expect(stopped.status).toBe("ABORTED");
  const { code, stdout } = await run;
  expect(code).toBe(2);
  const told = summaryOf(stdout);
  expect(told).toMatchObject({ execution: stopped.execution, status: "ABORTED", helps: "resume" });
  expect(told.jobs.find(({ state }) => state === "Train")).toMatchObject({
    status: "Stopped",
    exitCode: null,
  });
  await withoutProcesses(home);
  const again = await pbp("stop", "latest", "--home", home);
  expect(again.stderr).toContain("is not running: it is ABORTED");
});

async function readObject(key: string): Promise<unknown> {
  const { openPipeline } = await import("../../pipeline/local/pipeline.ts");
  const { readJson } = await import("../../tasks/store/store.ts");
  return readJson((await openPipeline(home)).store, key);
}
