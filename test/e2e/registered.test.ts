// Two registered models in one home, through the command line: what is said of one is not said of the other.
import { readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Summary } from "../../pipeline/results/summary.ts";
import { lastLine, pbp } from "../cli/helpers.ts";
import { openWorkplace, settings, succeeded, type Workplace, withoutProcesses } from "./helpers.ts";

// A run is three Python processes: seconds on an idle machine, minutes on a busy one.
const patience = 600_000;

let workplace: Workplace;
let home = "";
beforeAll(async () => {
  workplace = openWorkplace();
  home = await workplace.makeHome("home");
}, patience);
afterAll(() => workplace.clean());

const inHome = (...line: string[]) => pbp(...line, "--home", home);
const run = (...options: string[]) => inHome("run", workplace.base, ...settings, ...options, "--json");
const summaryOf = (stdout: string) => lastLine(stdout) as unknown as Summary;

test("a first run under a name registers it and leaves the default model alone", {
  timeout: patience,
}, async () => {
  const { stdout, stderr } = succeeded(await run("--model", "specialty"));
  expect(stderr).toContain("specialty is a new registered model: there is no champion to beat.");
  const summary = summaryOf(stdout);
  expect(summary).toMatchObject({ status: "SUCCEEDED", verdict: "promote", generation: 1 });
  expect(summary.settings).toMatchObject({ model: "specialty", changed: expect.arrayContaining(["model"]) });
  const models = join(home, "efs/models");
  expect(readdirSync(models)).toEqual(["registered"]);
  expect(summary.bundle).toBe(realpathSync(join(models, "registered/specialty/current")));
  const notices = readFileSync(join(home, "topics/notices.jsonl"), "utf8");
  expect(notices).toContain("Promoted: generation 1 of specialty");
  expect(notices).toContain("Registered model: specialty");
});

test("runs, history, show and get tell the model, and which names there are", async () => {
  expect(succeeded(await inHome("history")).stdout).toBe(
    `No model has been promoted yet.\nAlso registered: specialty. See pbp history --model NAME --home ${home}\n`,
  );
  expect(succeeded(await inHome("history", "--model", "specialty")).stdout).toMatch(
    /^Generations of specialty:\n(.*\n){2}.*→ 1 +promote/,
  );
  expect(lastLine((await inHome("history", "--model", "specialty", "--json")).stdout)).toMatchObject({
    model: "specialty",
    models: ["keyphrases", "specialty"],
    generations: [{ generation: 1, model: "specialty", inUse: true }],
  });
  const listed = succeeded(await inHome("runs")).stdout;
  expect(listed).toMatch(/^Execution +Model /);
  expect(listed).toContain("in use: generation 1 of specialty");
  expect(succeeded(await inHome("show", "latest")).stdout).toMatch(/^Model +specialty\*$/m);
  const verdict = succeeded(await inHome("get", "verdict.json", "--model", "specialty")).stdout;
  expect(JSON.parse(verdict)).toMatchObject({ verdict: "promote" });
});

test.each([
  ["history"],
  ["runs"],
  ["prune", "--dry-run"],
  ["get", "verdict.json"],
  ["rollback", "--reason", "e2e"],
  ["promote", "latest", "--force", "--reason", "e2e"],
])("pbp %s refuses a name that no model has, and names those that there are", async (...command) => {
  const { code, stderr } = await inHome(...command, "--model", "specialyt");
  expect(code).toBe(1);
  expect(stderr).toContain("NoSuchModel: There is no registered model specialyt.");
  expect(stderr).toContain("Known are: keyphrases, specialty.");
  expect(stderr).toContain("Did you mean --model specialty?");
});

test.each([
  ["..", "history"],
  ["Specialty", "runs"],
  ["registered", "prune"],
  ["a/b", "run", "export.json"],
  ["a".repeat(41), "rollback", "--reason", "e2e"],
  ["", "get", "verdict.json"],
])("--model %s is refused by pbp %s", async (model, ...line) => {
  const { code, stderr } = await inHome(...line, "--model", model);
  expect(code).toBe(1);
  expect(stderr).toContain("--model takes a name of at most 40 lower-case letters, digits and hyphens");
});

test("an export of another kind than the champion's is refused by name before any job", {
  timeout: patience,
}, async () => {
  const jobs = readdirSync(join(home, "jobs"));
  const { code, stdout } = await inHome(
    "run",
    classExport(),
    "--base-model",
    "tiny",
    "--model",
    "specialty",
    "--json",
  );
  expect(code).toBe(2);
  const refused = summaryOf(stdout);
  expect(refused).toMatchObject({
    status: "FAILED",
    error: {
      name: "KindMismatch",
      message: expect.stringMatching(
        /of kind single-label, but the model in use as specialty is of kind keyphrases/,
      ),
    },
    helps: "other-model",
    jobs: [],
  });
  expect(Object.keys(refused.seconds)).toEqual(["ValidateInput", "PreprocessHost", "Preprocess"]);
  expect(readdirSync(join(home, "jobs"))).toEqual(jobs);
  const shown = succeeded(await inHome("show", refused.execution)).stdout;
  expect(shown).toContain("docs/runbook.md explains it under KindMismatch.");
  // A command that can be typed as it is.
  expect(shown).toContain(`pbp rerun ${refused.execution} --model classes`);
  await withoutProcesses(home);
});

/** Enough records of two classes for Preprocess to be content. */
function classExport(): string {
  const file = join(workplace.folder, "classes.json");
  const records = Array.from({ length: 1200 }, (_, index) => ({
    recordId: `c-${index}`,
    text: `Note ${index}: ${index % 2 ? "stent placed" : "stone passed"}.`,
    classes: [index % 2 ? "cardiology" : "urology"],
  }));
  const header = {
    schemaVersion: "1.1",
    kind: "single-label",
    exportId: "classes",
    exportedAt: "2026-11-20T12:00:00Z",
    source: "a test",
    labels: ["cardiology", "urology"],
  };
  writeFileSync(file, JSON.stringify({ ...header, records }));
  return file;
}
