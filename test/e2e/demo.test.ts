import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { classExport } from "../../samples/classes/sample.ts";
import { classSamples } from "../../samples/classes/samples.ts";
import { lastLine, type Outcome, outcomeOf, pbp, startPbp } from "../cli/helpers.ts";
import { writeTinyModel } from "./tiny-model.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-demo-"));
const home = join(folder, "home");
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  // In the place of minilm, so that the transformer takes seconds.
  const tiny = join(folder, "tiny");
  writeTinyModel(
    tiny,
    Object.entries(classSamples).flatMap(([name, sample]) => [...classExport(name, sample)]),
  );
  expect((await pbp("base-model", "add", "minilm", tiny, "--home", home)).code).toBe(0);
}, 120_000);

describe.each([
  ["sentiment", "majority"],
  ["toxicity", "mostFrequent"],
])("pbp demo %s", (name, baseline) => {
  let run: Outcome;
  beforeAll(async () => {
    run = await pbp("demo", name, "--home", home, "--json");
  }, 300_000);

  test("trains one model of each algorithm, and puts the best into use under its own name", async () => {
    expect(run.code, run.stderr).toBe(0);
    const summary = lastLine(run.stdout);
    expect(summary).toMatchObject({ status: "SUCCEEDED", verdict: "promote", settings: { model: name } });
    expect(summary).toHaveProperty(`metrics.baselines.${baseline}.accuracy`);
    const { stdout } = await pbp("history", "--model", name, "--home", home, "--json");
    expect(lastLine(stdout)).toMatchObject({ generations: [{ generation: 1 }] });
  });

  test("says what it made, and what to type next", async () => {
    const validate = /pbp (validate \S+\.json\.gz .*)/.exec(run.stderr)![1]!;
    const valid = await pbp(...validate.split(" "));
    expect(valid.code, valid.stdout).toBe(0);
    const show = /pbp (show \S+ --home \S+)/.exec(run.stderr)![1]!;
    const shown = await pbp(...show.split(" "));
    expect(shown.stdout).toContain("Verdict: promote");
    expect(shown.stdout).toMatch(/^· Train 0 .*\n· Train 1 .*\n· Train 2 /m);
    // A path is never broken.
    for (const line of shown.stdout.split("\n").filter((said) => !said.includes(home)))
      expect(line.length, line).toBeLessThanOrEqual(80);
  });
});

test("a learning curve of classes needs no name, since nothing of it is promoted", async () => {
  const exported = join(home, "toxicity.json.gz");
  const curve = ["--shares", "0.5,1", "--algorithms", "linear", "--min-samples", "100"];
  const { code, stdout, stderr } = await pbp("train-curve", exported, ...curve, "--home", home, "--json");
  expect(code, stderr).toBe(0);
  expect(lastLine(stdout)).toMatchObject({ status: "SUCCEEDED", curves: [{ points: [{}, {}] }] });
  const errors = await pbp("errors", "latest", "--home", home);
  expect(errors).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/not judged\. .*: pbp show \S+ --home /),
  });
}, 120_000);

test("pbp predict says where it was stopped, and goes on from there", async () => {
  const [notes, out] = [join(folder, "notes.csv"), join(folder, "answers.jsonl")];
  writeFileSync(
    notes,
    `text\n${Array.from({ length: 20_000 }, (_, at) => `You are number ${at}\n`).join("")}`,
  );
  const line = ["predict", notes, "--model", "toxicity", "--out", out, "--home", home];
  const begun = startPbp(line);
  const ended = outcomeOf(begun);
  await vi.waitUntil(
    () => statSync(join(`${out}.part`, "answers.jsonl"), { throwIfNoEntry: false })?.size,
    60_000,
  );
  begun.kill("SIGINT");
  const stopped = await ended;
  expect(stopped.stderr).toContain(`kept in ${out}.part/: the same command goes on from there.`);
  expect([stopped.code, existsSync(out)]).toEqual([130, false]);
  expect(await pbp(...line)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("20,000 notes answered"),
  });
}, 180_000);

test.each([
  [["demo"], "needs <sample>: routing, sentiment, specialty or toxicity"],
  [["demo", "sentimnet"], "Did you mean pbp demo sentiment?"],
  [["demo", "toString"], "pbp demo takes routing, sentiment, specialty or toxicity."],
  [["demo", "routing", "--cloud"], "runs on this machine, without --cloud"],
])("pbp %j is refused before anything is written", async (args, message) => {
  const { code, stderr } = await pbp(...args);
  expect(stderr).toContain(message);
  expect(code).toBe(1);
});
