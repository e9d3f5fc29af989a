// Where this process runs, as Linux tells it below /proc. Elsewhere the answers are empty.
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** The text of a file below /proc; empty where there is none. */
export function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return "";
  }
}

/** What a link below /proc leads to; empty where there is none. */
export function linkInProc(path: string): string {
  try {
    return readlinkSync(`/proc/${path}`);
  } catch {
    return "";
  }
}

/** This start of the kernel, which all containers of a machine share. */
export const bootId = readProc("sys/kernel/random/boot_id").trim();

/** In which a process id means one process. */
export const pidNamespace = linkInProc("self/ns/pid");

/** Where a process id means the same process: two containers count theirs apart, and so do two machines, even of one name. */
export const processPlace = createHash("sha256")
  .update(`${hostname()} ${bootId} ${pidNamespace}`)
  .digest("hex")
  .slice(0, 8);
