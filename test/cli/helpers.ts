import { type ChildProcess, fork, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Line } from "./in-turn.ts";

export const script = fileURLToPath(new URL("../../pipeline/cli/pbp.ts", import.meta.url));

export type Outcome = { code: number | null; stdout: string; stderr: string };

/** Starts pbp as a process of its own, on this Node. */
export function startPbp(args: readonly string[], options: SpawnOptions = {}) {
  const { NODE_COMPILE_CACHE } = process.env;
  return spawn(process.execPath, [script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
    env: { NODE_COMPILE_CACHE, ...(options.env ?? process.env) },
  });
}

/** Runs pbp to its end. */
export function pbp(...args: string[]): Promise<Outcome> {
  return outcomeOf(startPbp(args));
}

/**
 * A process that runs command lines one after the other as pbp would, for those that are refused before they begin
 * anything: starting pbp for each takes longer than what they do. It cannot answer one that ends its process.
 */
export function pbpInTurn() {
  const child = fork(fileURLToPath(new URL("./in-turn.ts", import.meta.url)), { execArgv: [] });
  const exit = once(child, "exit");
  return {
    async run(args: readonly string[], cwd = process.cwd()): Promise<Outcome> {
      child.send({ args, cwd } satisfies Line);
      const [outcome] = await Promise.race([
        once(child, "message"),
        exit.then(([code]) => {
          throw new Error(`pbp ended its process with ${code} at: pbp ${args.join(" ")}`);
        }),
      ]);
      return outcome as Outcome;
    },
    end: () => child.kill(),
  };
}

/** What a pbp that was started says and how it ends. */
export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const outcome: Outcome = { code: null, stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    outcome.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    outcome.stderr += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      outcome.code = code;
      resolve();
    });
  });
  return outcome;
}

/** The JSON object on the last line of stdout. */
export function lastLine(stdout: string): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;
}
