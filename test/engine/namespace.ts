import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Starts a program as process 1 of a PID namespace of its own, as in a container: it sees none of our processes, and
 * dies with `unshare`. By root, or in a user namespace where the system lets everybody make one.
 */
export function inNamespace(command: string, args: string[], options: SpawnOptions = {}): ChildProcess {
  return spawn("unshare", [...unshareOptions(), command, ...args], options);
}

const namespace = ["--pid", "--fork", "--kill-child", "--mount-proc"];

function unshareOptions(): string[] {
  const found = [namespace, ["--user", "--map-root-user", ...namespace]].find(
    (options) => spawnSync("unshare", [...options, "true"]).status === 0,
  );
  // No skipping: what these tests hold would otherwise be held nowhere, and nobody would know.
  if (!found)
    throw new Error("No PID namespace can be made here. Run these tests as root, or allow user namespaces.");
  return found;
}

/** The pid outside of the process that `unshare` started. */
export function innerPid({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
}
