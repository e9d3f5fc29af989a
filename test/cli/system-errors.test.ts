// What the operating system may refuse, at the doors that people use: one line that helps, exit 1, never a stack.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { everyCommand } from "../../pipeline/cli/commands.ts";
import { sentenceOf, systemErrorOfPython } from "../../pipeline/system-error.ts";
import { lastLine, type Outcome, outcomeOf, pbpInTurn, startPbp } from "./helpers.ts";

const commands = await everyCommand();

const sample = fileURLToPath(new URL("../../samples/exports/sample-export.json.gz", import.meta.url));
const refuser = new URL("./refuse-calls.ts", import.meta.url).href;
let folder = "";
let home = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pbp-refused-"));
  home = join(folder, "home");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A command line with something for each argument. */
const lines = commands
  .filter(({ name }) => !["validate", "import", "profile"].includes(name)) // which need no home
  .filter(({ name }) => name !== "policy set") // which reads its file first
  .map((command) => {
    const given = { export: sample, folder, generation: "1" };
    const reason = ["--reason", "x"];
    const needed = {
      rollback: reason,
      approve: reason,
      decline: reason,
      promote: ["--force", ...reason],
      suggest: ["--to", "doccano"],
      "traffic set": ["--generation", "1", "--weight", "10", ...reason],
      "traffic stop": reason,
      track: ["--to", "http://127.0.0.1:9"],
      "base-model get": ["--out", "some-folder"],
    };
    return [
      command.name,
      [
        ...command.name.split(" "),
        ...command.arguments.map(({ name }) => given[name as keyof typeof given] ?? "some-name"),
        ...(needed[command.name as keyof typeof needed] ?? []),
      ],
    ] as const;
  });

const inTurn = pbpInTurn();
afterAll(inTurn.end);

const refused = (args: readonly string[]) => inTurn.run(args, folder).then(asRefused);

function asRefused(outcome: Outcome): Outcome {
  expect(outcome.stderr).not.toMatch(/^\s+at /m);
  expect(outcome.code, outcome.stderr).toBe(1);
  return outcome;
}

const makers = ["run", "train-curve", "watch", "receive", "base-model add"];
const both = lines.filter(([name]) => makers.includes(name) || name === "runs");
test.each(both)("pbp %s: a home that is a file", async (_, args) => {
  writeFileSync(join(folder, "file"), "");
  const { stderr } = await refused([...args, "--home", "file"]);
  expect(stderr).toMatch(/^NoHome: .*file is a file; a home is a folder\. .*--home DIR/m);
});

test("a home below a file", async () => {
  writeFileSync(join(folder, "file"), "");
  const { stdout, stderr } = await refused(["runs", "--home", "file/below", "--json"]);
  expect(stderr).toMatch(/^pbp: .*file\/below: a part of this name is a file/m);
  expect(lastLine(stdout)).toMatchObject({ error: { name: "ENOTDIR" } });
});

const lookers = lines.filter(([name]) => ![...makers, "doctor", "demo"].includes(name));
test.each(lookers)("pbp %s makes no home of a mistyped name", async (_, args) => {
  const { stderr } = await refused([...args, "--home", "tpyo"]);
  expect(stderr).toMatch(/^NoHome: There is no home at .*tpyo\. Name another with --home DIR/);
  expect(readdirSync(folder)).toEqual([]);
});

test.each(["predict", "suggest", "serve"])("pbp %s in a clone that is not set up", async (name) => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const clone = join(folder, "clone");
  mkdirSync(clone);
  for (const entry of readdirSync(root).filter((entry) => entry !== ".venv"))
    symlinkSync(join(root, entry), join(clone, entry));
  mkdirSync(join(home, "store/pbp-local"), { recursive: true });
  const rest = { predict: [sample], suggest: [sample, "--to", "doccano"], serve: ["--port", "0"] };
  const child = spawn(process.execPath, [
    ...["--preserve-symlinks", "--preserve-symlinks-main", join(clone, "pipeline/cli/pbp.ts"), name],
    ...[...rest[name as keyof typeof rest], "--home", home],
  ]);
  const { stderr } = await outcomeOf(child).then(asRefused);
  expect(stderr).toContain(
    `NoPython: There is no Python at ${join(clone, ".venv/bin/python")}. Run npm run setup`,
  );
});

test("nor of a folder of another kind", async () => {
  const { stderr } = await refused(["runs", "--home", "."]);
  expect(stderr).toMatch(/^NoHome: .* is not a home of pbp/);
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ["the folder itself", "", "is a folder. Name the file in it."],
  ["a dangling link", "dangling", "is a link to what does not exist."],
  ["links in a circle", "circle", "its links lead in a circle."],
  ["a name that is too long", "x".repeat(300), "the name is too long."],
])("an export that is %s", async (_, name, problem) => {
  symlinkSync("nowhere", join(folder, "dangling"));
  symlinkSync("circle", join(folder, "circle"));
  const { stderr } = await refused([name ? "run" : "validate", join(folder, name), "--home", home]);
  expect(stderr).toContain(`InvalidInput: Cannot read the export ${join(folder, name)}: ${problem}`);
  expect(readdirSync(folder)).not.toContain("home");
});

// What a test cannot make of a real disk without being root: the calls are real, their refusals are put in between.
test.each([
  ["link", "EPERM", "the file system makes no hard links here"],
  ["link", "EXDEV", "it spans two file systems"],
  ["mkdir", "EACCES", "permission denied. ls -ld shows who may"],
  ["mkdir", "EROFS", "the file system is read-only"],
  ["write", "ENOSPC", "no space is left. Free some"],
  ["fsync", "EIO", "the disk or the network drive fails"],
  ["open", "EMFILE", "too many files are open. Raise the limit"],
])("%s is refused with %s below the home", async (call, code, problem) => {
  const refusing = {
    NODE_OPTIONS: `--import=${refuser}`,
    REFUSED: JSON.stringify({ root: home, call, code }),
  };
  const child = startPbp(["run", sample, "--home", home, "--json"], { env: { ...process.env, ...refusing } });
  const { stdout, stderr } = asRefused(await outcomeOf(child));
  expect(stderr).toMatch(/^pbp: .*: /m);
  expect(stderr).toContain(problem);
  expect(lastLine(stdout)).toMatchObject({ error: { name: code } });
});

test("a Python script that finds the disk full says so in the same words", () => {
  const refused = systemErrorOfPython("OSError: [Errno 28] No space left on device: '/a' -> '/b'", "/home");
  expect(refused && sentenceOf(refused)).toMatch(/^\/home: no space is left\. Free some/);
  expect(systemErrorOfPython("ValueError: x", "/home")).toBeNull();
});
