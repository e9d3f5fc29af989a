import { join } from "node:path";
import { fileURLToPath } from "node:url";

const environment = fileURLToPath(new URL("../.venv/", import.meta.url));

/** The Python of .venv, which has the jobs' packages. */
export const python = join(environment, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
