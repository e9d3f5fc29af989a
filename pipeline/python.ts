import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { InstallationError } from "./installation.ts";

const environment = fileURLToPath(new URL("../.venv/", import.meta.url));

/** Which GPU is whose, and where its libraries lie, is the machine's matter, as a container's runtime decides it too. */
const hardwareVariables = ["CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH"];

/**
 * What every Python of ours is told of the machine, and nothing else: no PYTHONPATH, no PYTHONHOME, no credentials.
 * Not OMP_NUM_THREADS either: the jobs set their threads themselves, from the cores that they may use (taskset, cgroup).
 */
export function pythonEnvironment(): Record<string, string> {
  const given = hardwareVariables.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(given), PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8" };
}

/** The Python of .venv, which has the jobs' packages. */
export const python = join(environment, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");

/** A process of this Python, once it runs. Throws NoPython before the clone is set up. */
export async function started<T extends ChildProcess>(child: T): Promise<T> {
  try {
    await once(child, "spawn");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new InstallationError("NoPython", `There is no Python at ${python}. Run npm run setup first.`);
  }
  return child;
}

const root = fileURLToPath(new URL("../", import.meta.url));

/** The same, for the programs of the service. */
export const serviceEnvironment = () => ({
  ...pythonEnvironment(),
  PYTHONPATH: ["containers", "reader/python"].map((part) => join(root, part)).join(delimiter),
  PYTHONUNBUFFERED: "1",
});
