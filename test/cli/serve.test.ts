// pbp serve starts the real service. What it answers: test/containers/serve.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { outcomeOf, pbp, startPbp } from "./helpers.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-serve-"));
const models = join(folder, "models");
mkdirSync(models);
afterAll(() => rmSync(folder, { recursive: true }));

test("it listens on loopback alone, waits for a first promotion, and ends when it is told to", {
  timeout: 120_000,
}, async () => {
  const service = startPbp(["serve", "--models", models, "--port", "0", "--workers", "1"]);
  const ended = outcomeOf(service);
  onTestFinished(() => void service.kill("SIGKILL"));
  const port = await new Promise<number>((resolve) => {
    createInterface(service.stdout!).on("line", (line) => {
      const said = JSON.parse(line) as { event: string; port: number };
      if (said.event === "listening") resolve(said.port);
    });
  });
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  expect((await ask("/healthz")).status).toBe(200);
  expect((await ask("/readyz")).status).toBe(503);
  expect(await (await ask("/v1/models")).json()).toEqual({ models: [] });
  // Nobody reads its log any more, as behind `| head`.
  service.stdout!.destroy();
  expect((await ask("/healthz")).status).toBe(200);
  service.kill("SIGTERM");
  expect((await ended).code).toBe(0);
});

test("it ends with npx, which passes no signal on, and with pbp when that is killed", {
  timeout: 120_000,
}, async () => {
  const line = ["serve", "--models", models, "--port", "0", "--workers", "1"];
  for (const [service, signal] of [
    [spawn("npx", ["pbp", ...line], { stdio: ["ignore", "pipe", "ignore"] }), "SIGTERM"],
    [startPbp(line), "SIGKILL"],
  ] as const) {
    onTestFinished(() => void service.kill("SIGKILL"));
    // Of all of its processes: the pipe is closed when the last one has ended.
    const ended = once(service, "close");
    for await (const said of createInterface(service.stdout!))
      if (said.includes('"listening"')) service.kill(signal);
    await ended;
  }
});

test("a file of notes whose answers are there already is refused in a sentence, however large it is", async () => {
  const home = join(folder, "home");
  mkdirSync(join(home, "store"), { recursive: true });
  const [notes, out] = [join(folder, "notes.csv"), join(folder, "answers.jsonl")];
  writeFileSync(notes, `text\n${`${"fever ".repeat(100)}\n`.repeat(2000)}`);
  writeFileSync(out, "");
  const { code, stderr } = await pbp("predict", notes, "--out", out, "--home", home);
  expect(stderr.trimEnd().split("\n").at(-1)).toBe(
    `pbp: ${out} is there already. Remove it, or name another one with --out.`,
  );
  expect(stderr).not.toContain("EPIPE");
  expect(code).toBe(1);
});

test.each([
  [["--models", join(folder, "none")], "--models takes a folder; there is none at"],
  [["--models", models, "--home", folder], "--models and --home name two places; give one."],
  [["--models", models, "--model", "Specialty"], "--model takes names, separated by commas;"],
  [["--models", models, "--model", "nope"], "There is no registered model nope. Known are: keyphrases."],
  [["--models", models, "--port", "80000"], "--port takes a whole number from 0 to 65535."],
  [["--models", models, "--workers", "0"], "--workers takes a whole number from 1 to 256."],
  [["--cloud"], "pbp serve runs on this machine: leave --cloud out."],
  [["--home", join(folder, "none")], "There is no home at"],
])("%j is refused", async (line, said) => {
  const { code, stderr } = await pbp("serve", ...line);
  expect(stderr).toContain(said);
  expect(code).toBe(1);
});
