// Nobody reads any more: pipes that are closed, devices that are full, terminals that are gone.
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { python } from "../../pipeline/python.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { lastLine, type Outcome, outcomeOf, pbp, startPbp } from "./helpers.ts";

const script = fileURLToPath(new URL("../../pipeline/cli/pbp.ts", import.meta.url));
const sample = fileURLToPath(new URL("../../samples/exports/sample-export.json.gz", import.meta.url));
let home = "";
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "pbp-terminal-"));
  // What pbp runs knows a home by.
  mkdirSync(join(home, "store"));
});
afterAll(() => rmSync(home, { recursive: true }));

/** Runs a command in a terminal: Python's pty is one wherever Python runs. */
const terminal = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/** Runs a line of shell in which `pbp` is ours; a pipeline's exit code is pbp's. */
function shell(line: string): Promise<Outcome> {
  const command = `pbp() { "${process.execPath}" "${script}" "$@" --home "${home}"; }; set -o pipefail; ${line}`;
  return new Promise((resolve) => {
    execFile("bash", ["-c", command], (error, stdout, stderr) =>
      resolve({ code: (error?.code as number | undefined) ?? 0, stdout, stderr }),
    );
  });
}

test.each([
  // A result that is lost is an error, said where it can be said.
  ["pbp --help >/dev/full", 1, "pbp: the output cannot be written (ENOSPC).\n"],
  ["pbp runs --json >/dev/full", 1, "pbp: the output cannot be written (ENOSPC).\n"],
  ["pbp runs >/dev/full 2>&1", 1, ""],
  ["pbp runs 2>/dev/full", 0, ""],
  ["pbp runs 2>&-", 0, ""],
  ["pbp runs >&-", 0, ""],
  ["pbp runs <&-", 0, ""],
  ["pbp --help | head -1", 0, ""],
  // What failed keeps its own exit code.
  ["pbp show absent 2>/dev/full", 1, ""],
  ["pbp show absent 2>&1 | true", 1, ""],
])("%s", async (line, code, stderr) => {
  expect(await shell(line)).toMatchObject({ code, stderr });
});

describe("in a terminal of 80 columns", () => {
  const inTerminal = async (...args: string[]) => {
    return new Promise<Outcome>((resolve) => {
      execFile(
        python,
        ["-c", terminal, process.execPath, script, ...args, "--home", home],
        (error, stdout, stderr) =>
          resolve({ code: (error?.code as number | undefined) ?? 0, stdout, stderr }),
      ).stdin!.end();
    });
  };

  test("a sentence ends its lines between words", async () => {
    const { code, stdout } = await inTerminal("policy", "show");
    expect({ code, lines: stdout.trimEnd().split("\r\n") }).toEqual({
      code: 0,
      lines: ["There is no policy: answers say nothing of what to do. See pbp policy set", "--help."],
    });
  });

  test("files of text are shown, the model card too, and of an empty one its emptiness", async () => {
    const store = await openFileStore(join(home, "store"), "pbp-local");
    await store.write("runs/a/model-card.md", "# Model card\n");
    await store.write("runs/a/dataset/rejects.jsonl", "");
    await store.write("runs/a/model.tar.gz", "packed");
    expect((await inTerminal("get", "runs/a/model-card.md")).stdout).toContain("\n# Model card\r\n");
    expect((await inTerminal("get", "runs/a/dataset/rejects.jsonl")).stdout).toMatch(/jsonl is empty\.\r\n$/);
    expect(await inTerminal("get", "runs/a/model.tar.gz")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("is not text for a terminal"),
    });
  });
});

test("Ctrl-C in a terminal is answered once with how to go on", async () => {
  // The log of its first function is a pipe: the run waits there until somebody opens it to read.
  const waiting = join(home, "waiting");
  const log = join(waiting, "logs", "validate-input.log");
  mkdirSync(join(waiting, "logs"), { recursive: true });
  execFileSync("mkfifo", [log]);
  const line = ["run", sample, "--base-model", "absent", "--home", waiting];
  const child = spawn(python, ["-c", terminal, process.execPath, script, ...line]);
  const outcome = outcomeOf(child);
  await said(child, "Execution ");
  child.stdin.end("\x03");
  await said(child, "Stopping: jobs save what they can.");
  // Without waiting for a writer: pressed early, the key may have ended the run before that function.
  const reader = openSync(log, constants.O_RDONLY | constants.O_NONBLOCK);
  const { stdout } = await outcome;
  closeSync(reader);
  expect(stdout).not.toMatch(/^Stopped\. /m);
  expect(stdout.match(/^ {2}pbp re/gm)).toHaveLength(1);
});

/** Resolves once a process has said these words. */
function said({ stdout }: ChildProcess, words: string): Promise<void> {
  let text = "";
  return new Promise((resolve) => {
    stdout!.on("data", (more: string) => {
      text += more;
      if (text.includes(words)) resolve();
    });
  });
}

test("the console ends by the Ctrl-C that it names, however soon that comes", async () => {
  const console = startPbp(["console", "--port", "0", "--home", home]);
  const outcome = outcomeOf(console);
  console.stdout!.on("data", (text: string) => text.includes("Ctrl-C ends it.") && console.kill("SIGINT"));
  expect(await outcome).toMatchObject({ code: 0, stderr: "Ending the console …\n" });
});

describe("an execution goes on to its end", () => {
  // Without the base model ValidateInput fails: an execution as short as one can be.
  const args = () => ["run", sample, "--base-model", "absent", "--home", home];
  const newest = async () => {
    const { stdout } = await pbp("runs", "--json", "--home", home);
    return (lastLine(stdout).executions as { status: string; error: string }[])[0];
  };
  const ended = { status: "FAILED", error: "InvalidInput" };

  test("when stdout and stderr are closed", async () => {
    const { code } = await shell(`pbp ${args().slice(0, 4).join(" ")} 2>&1 | head -1`);
    expect(code).toBe(2);
    expect(await newest()).toMatchObject(ended);
  });

  test("when the terminal is closed", async () => {
    const child = startPbp(args());
    const outcome = outcomeOf(child);
    await once(child.stderr!, "data");
    child.kill("SIGHUP");
    expect(await outcome).toMatchObject({ code: 2 });
    expect(await newest()).toMatchObject(ended);
  });
});
