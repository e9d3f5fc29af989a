import { statfs } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import { bad, type Check, ok, unknown } from "../../check.ts";
import type { Home } from "../machine/home.ts";
import { nearestFolder } from "./home.ts";

// Measured with the sample export and minilm, whose weights have 87 MB, on Linux without a GPU: the home grew by 450 MB
// at its largest (converted model, job folders, checkpoints, archive, bundle), and the two jobs that run side by side
// held 2.3 GB.
const runDiskBytes = 600e6;
const runMemoryBytes = 3e9;

export async function examineDisk(home: Home): Promise<Check> {
  const name = "Disk";
  const place = await nearestFolder(home.root);
  if (place === null)
    return unknown(name, "There is no folder to look at.", "Name another place: --home DIR.");
  const { bavail, bsize } = await statfs(place);
  const free = `${gigabytes(bavail * bsize)} free; a run of the default model takes about ${gigabytes(runDiskBytes)}`;
  if (bavail * bsize >= runDiskBytes) return ok(name, `${free}, one of BERT-base five times as much.`);
  return bad(name, `${free}.`, "Free some, or take a home on another disk: --home DIR.");
}

/** What is left, in a container too: the limit of its control group counts, not the machine's memory. */
export function examineMemory(
  total = Math.min(process.constrainedMemory() || totalmem(), totalmem()),
  available = Math.min(process.availableMemory(), total) || freemem(),
): Check {
  const found = `${gigabytes(available)} of ${gigabytes(total)} available; a run of the default model takes about ${gigabytes(runMemoryBytes)}.`;
  if (available >= runMemoryBytes) return ok("Memory", found);
  return unknown("Memory", found, "End other programs: a job that finds none is killed (exit code 137).");
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
