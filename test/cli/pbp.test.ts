import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { lastLine, pbp, pbpInTurn } from "./helpers.ts";

const sample = fileURLToPath(new URL("../../samples/exports/sample-export.json.gz", import.meta.url));
let folder = "";
let home = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pbp-cli-"));
  home = join(folder, "home");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("what is wrong is said before anything starts", () => {
  const inTurn = pbpInTurn();
  afterAll(inTurn.end);

  test.each([
    ["rnu", "There is no command"],
    ["run --home HOME", "needs <export>"],
    ["run EXPORT --home HOME --epoch 3", "Did you mean --epochs?"],
    ["run EXPORT --home HOME --epochs 0", "pbp: --epochs takes a whole number from 1 to 100."],
    ["run EXPORT --home HOME --epochs -1", "pbp: --epochs takes a whole number from 1 to 100."],
    ["run EXPORT --home HOME --epochs 2.5", "pbp: --epochs takes a whole number from 1 to 100."],
    ['run EXPORT --home HOME --epochs "3"', "pbp: --epochs takes a whole number from 1 to 100."],
    ["run EXPORT --home HOME --epochs 1e9", "pbp: --epochs takes a whole number from 1 to 100."],
    ["run EXPORT --home HOME --epochs one", "pbp: --epochs takes a whole number from 1 to 100."],
    ["run EXPORT --home HOME --learning-rate 0", "pbp: --learning-rate takes a number above 0 to 0.01."],
    ["rerun x --home HOME --identified-text maybe", "NoHome: There is no home at"],
    ["run EXPORT --home HOME --identified-text maybe", "pbp: --identified-text takes forbid or report."],
    ["run EXPORT --home HOME --base-model A_B", "pbp: --base-model takes a name of at most 63 lower-case"],
    ["run absent.json --home HOME", "InvalidInput: Cannot read the export absent.json: does not exist."],
    ["rollback --home HOME", "needs --reason TEXT"],
    ["rollback --home HOME --reason x --to 0", "--to takes the number of a generation"],
    ["traffic set --home HOME --weight 10 --reason x", "--generation takes the number of a generation"],
    ["traffic set --home HOME --generation 1 --weight 0 --reason x", "To end it: pbp traffic stop"],
    ["traffic set --home HOME --generation 1 --weight 0.001 --reason x", "--weight takes a percentage"],
    ["traffic set --home HOME --generation 1 --weight 10", "needs --reason TEXT"],
    ["serve --home HOME --review-below 2", "--review-below takes a number above 0"],
    ["serve --home HOME --capture-text", "--capture-text goes with --capture"],
    ["serve --models HOME --capture", "With --models there is no home"],
    ["traffic stop --home HOME", "needs --reason TEXT"],
    ["runs --home HOME --limit many", "--limit takes a whole number"],
    ["runs --home HOME --limit 0x10", "--limit takes a whole number from 1."],
    ["promote some-execution --home HOME --reason x", "To overrule the gate, add --force"],
    ["promote some-execution --home HOME --force", "needs --reason TEXT"],
    ["runs --home HOME --stack Mine", "--stack goes with --cloud"],
    ["runs --home HOME --cloud", "--home is of this machine"],
    ["watch --cloud", "In AWS nobody has to watch"],
    ["prune --cloud", "In AWS, the bucket's lifecycle rules"],
    ["prune --home HOME --keep some", "--keep takes a whole number"],
    ["prune --home HOME", "There is no home at"],
  ])("pbp %s", async (line, message) => {
    const args = line.split(" ").map((word) => word.replace("HOME", home).replace("EXPORT", sample));
    const { code, stdout, stderr } = await inTurn.run(args);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(existsSync(home)).toBe(false);
  });
});

describe("what comes from users and files reaches the terminal as text", () => {
  const hostile = "\u001b[2Kall good\u202e\n\u0007";

  test.each([
    ["an unknown option", ["runs", `--${hostile}`]],
    ["the name of a file", ["run", hostile]],
    ["the name of an execution", ["show", hostile]],
    ["the name of a base model", ["base-model", "add", hostile, hostile]],
  ])("%s", async (_, args) => {
    mkdirSync(join(home, "store"), { recursive: true });
    const { code, stdout, stderr } = await pbp(...args, "--home", home);
    expect(code).toBe(1);
    expect(stdout + stderr).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_Control}/u);
    for (const line of stderr.split("\n")) expect(line).not.toMatch(/^all good/);
  });
});

test("--json ends with one object on the last line, also when nothing was started", async () => {
  const { code, stdout } = await pbp("run", sample, "--home", home, "--epochs", "0", "--json");
  expect(code).toBe(1);
  expect(lastLine(stdout)).toEqual({
    execution: null,
    status: null,
    trials: null,
    verdict: null,
    reasons: [],
    metrics: null,
    drift: null,
    evaluation: null,
    analysis: null,
    settings: null,
    reason: "",
    embeddings: null,
    report: null,
    generation: null,
    approval: null,
    forced: null,
    bundle: null,
    curves: [],
    findings: [],
    warnings: [],
    seconds: {},
    progress: [],
    publication: null,
    registration: null,
    jobs: [],
    cost: null,
    fileSystem: null,
    helps: null,
    error: { name: "UsageError", message: "--epochs takes a whole number from 1 to 100." },
  });
});

describe("an empty home", () => {
  beforeEach(() => mkdirSync(join(home, "store"), { recursive: true }));

  test.each([
    ["runs", "No executions yet."],
    ["history", "No model has been promoted yet."],
    ["base-model list", "None yet."],
  ])("pbp %s says so", async (line, message) => {
    const { code, stdout } = await pbp(...line.split(" "), "--home", home);
    expect(stdout).toContain(message);
    expect(code).toBe(0);
  });

  test.each(["show", "resume", "rerun"])("pbp %s names the execution that is not there", async (command) => {
    const { code, stderr } = await pbp(command, "absent", "--home", home);
    // Nothing announces it as an execution before.
    expect(stderr).toMatch(/^ExecutionDoesNotExist: /);
    expect(code).toBe(1);
  });

  test("what is to be typed names the home", async () => {
    const spaced = join(home, "it's mine");
    mkdirSync(join(spaced, "store"), { recursive: true });
    for (const [named, typed] of [
      [home, home],
      [spaced, `'${join(home, "it'\\''s mine")}'`],
    ] as const)
      expect((await pbp("show", "latest", "--home", named)).stderr).toContain(
        `pbp run <export> --home ${typed}\n`,
      );
  });

  test("pbp rollback has nothing to roll back to", async () => {
    const { code, stderr } = await pbp("rollback", "--reason", "x", "--home", home);
    expect(stderr).toContain("InvalidInput: No model has been promoted yet");
    expect(code).toBe(1);
  });

  test("pbp promote names the execution that was not judged", async () => {
    const { code, stderr } = await pbp("promote", "absent", "--force", "--reason", "x", "--home", home);
    expect(stderr).toContain("InvalidInput: runs/absent/verdict.json is missing");
    expect(code).toBe(1);
  });

  test("pbp base-model add refuses what is no model folder", async () => {
    const { code, stderr } = await pbp("base-model", "add", "mine", folder, "--home", home);
    expect(stderr).toContain("InvalidInput: ");
    expect(code).toBe(1);
  });
});

describe("an export", () => {
  test("pbp profile tells what an export is like, and pbp compare how two differ", async () => {
    const told = await pbp("profile", sample);
    expect(told.code).toBe(0);
    expect(told.stdout).toMatch(/Label +Keyphrases +Documents +Share +Training +Test\n.+\nproblem /);
    expect(told.stdout).toMatch(/Facet specialty +Documents +Share +CI +Largest DPL\n/);
    expect(told.stdout).toMatch(/\n\nCI, class imbalance: [\s\S]*\. DPL, /);
    for (const line of told.stdout.split("\n")) expect([...line].length, line).toBeLessThanOrEqual(80);
    const json = await pbp("profile", sample, "--json");
    expect(lastLine(json.stdout)).toMatchObject({ kind: "keyphrases", records: 1600 });

    const { records, ...header } = JSON.parse(gunzipSync(readFileSync(sample)).toString());
    const urology = join(folder, "urology.json");
    const some = records.filter(({ specialty }: { specialty: string }) => specialty === "Urology");
    writeFileSync(urology, JSON.stringify({ ...header, exportId: "urology", records: some }));
    const compared = await pbp("compare", urology, sample);
    expect(compared.code).toBe(0);
    expect(compared.stdout).toMatch(/^urology \(139 records\) against sample-1-1600 \(1,600 records\):\n/);
    expect(compared.stdout).toMatch(/\nFacet specialty +0\.\d{3} +\d\.\d{3} +0\.\d{3} +0\.\d{3} +drifted\n/);
    expect(compared.stdout).toContain("PSI: population stability index.");
    expect(compared.stdout).toContain("Facet specialty, Urology: 100.0 % of documents in the first");
    const same = await pbp("compare", sample, sample, "--json");
    const { findings } = lastLine(same.stdout) as { findings: { exceeds: boolean }[] };
    expect(findings.map(({ exceeds }) => exceeds)).toEqual([false, false, false, false, false]);
    expect(existsSync(home)).toBe(false);
  });
});

describe("pbp validate", () => {
  test("finds the sample good, and writes nothing", async () => {
    const { code, stdout } = await pbp("validate", sample, "--json", "--home", home);
    expect(code).toBe(0);
    const result = lastLine(stdout);
    expect(result).toMatchObject({
      valid: true,
      problems: [],
      rejects: [],
      report: { records: 1600, rejected: 0 },
    });
    expect(existsSync(home)).toBe(false);
  });

  test("says that a run of classes needs a name for its model, unless it is given one", async () => {
    const [file, named] = [join(folder, "mails.json"), join(folder, "named.json")];
    const header = { schemaVersion: "1.1", kind: "single-label", exportId: "x", source: "test" };
    const records = [{ recordId: "m-1", text: "Where is my bill?", classes: ["Refunds"] }];
    const exported = { ...header, exportedAt: "2026-11-20T12:00:00Z", labels: ["Refunds"], records };
    writeFileSync(file, JSON.stringify(exported));
    writeFileSync(named, JSON.stringify({ model: "routing" }));
    const { stdout } = await pbp("validate", file, "--metric", "macroF1");
    expect(stdout).toMatch(
      /\n\nA run needs a name for its model, --model NAME: keyphrases, the default, is of\nkind keyphrases\.\n$/,
    );
    expect((await pbp("validate", file, "--metric", "macroF1", "--input", named)).stdout).not.toContain(
      "--model",
    );
    expect((await pbp("validate", sample)).stdout).not.toContain("--model");
  });

  test("shows a person what would fail, and none of the text", async () => {
    const file = join(folder, "bad.json");
    const header = {
      schemaVersion: "1.0",
      exportId: "x",
      exportedAt: "2026-11-20T12:00:00Z",
      source: "test",
    };
    const keyphrases = [{ start: 0, end: 99, label: "problem" }];
    const records = [{ recordId: "r-1", text: "canary-text", keyphrases }];
    writeFileSync(file, JSON.stringify({ ...header, offsetUnit: "utf16", labels: ["problem"], records }));
    const { code, stdout, stderr } = await pbp("validate", file);
    expect(code).toBe(1);
    expect(stdout).toContain("/records/0/keyphrases/0/end");
    expect(stdout).toContain("InvalidExport: ");
    expect(stdout + stderr).not.toContain("canary");
  });
});
