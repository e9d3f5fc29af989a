// One process that is pbp for one command line after the other: node in-turn.ts, with an IPC channel. Loading what a
// command needs takes most of a short command's time.
import type { Outcome } from "./helpers.ts";

export type Line = { args: readonly string[]; cwd: string };

const program = new URL("../../pipeline/cli/pbp.ts", import.meta.url).href;
const { stdout, stderr } = process;
// Each turn listens to them as a process of its own would.
for (const emitter of [process, stdout, stderr]) emitter.setMaxListeners(0);
const said = { stdout: "", stderr: "" };
const hear = (name: keyof typeof said) => (text: string | Uint8Array, done?: unknown) => {
  said[name] += String(text);
  if (typeof done === "function") done();
  return true;
};
stdout.write = hear("stdout") as typeof stdout.write;
stderr.write = hear("stderr") as typeof stderr.write;

let turn = 0;
process.on("message", async ({ args, cwd }: Line) => {
  Object.assign(said, { stdout: "", stderr: "" });
  process.chdir(cwd);
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args);
  process.exitCode = undefined;
  try {
    // Another module at every turn, which imports what is loaded already.
    await import(`${program}?turn=${turn++}`);
  } catch (error) {
    said.stderr += String(error instanceof Error ? error.stack : error);
    process.exitCode = 70;
  }
  process.send!({ code: Number(process.exitCode ?? 0), ...said } satisfies Outcome);
});
