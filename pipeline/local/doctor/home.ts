import { randomUUID } from "node:crypto";
import { link, mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { bad, type Check, ok, unknown } from "../../check.ts";
import { refusalOfSystem, systemErrorIn } from "../../system-error.ts";
import type { Home } from "../machine/home.ts";

// What the group and others may: read, write, enter.
const ofOthers = 0o077;

/** The home, or the folder in which a run would make it: that it can be written to, and that link(2) and rename(2) work. */
export async function examineHome(home: Home): Promise<Check[]> {
  const place = await nearestFolder(home.root);
  if (place === null) {
    const refused = systemErrorIn(await stat(home.root).catch((error: unknown) => error));
    const what = refused ? `${home.root}: ${refusalOfSystem(refused).what}.` : `${home.root} is a file.`;
    return [bad("Home", what, "Name another place: --home DIR.")];
  }
  const where = place === home.root ? place : `none yet; a run makes it at ${home.root}`;
  return [...(await examinePermissions(home, place, where)), await examineCommits(place)];
}

async function examinePermissions(home: Home, place: string, where: string): Promise<Check[]> {
  if (place !== home.root) return [ok("Home", `${where}.`)];
  const { mode } = await stat(place);
  if ((mode & ofOthers) === 0) return [ok("Home", `${where}, for its owner only.`)];
  return [
    unknown(
      "Home",
      `${where}: others on this machine may enter it, and notes of patients lie in it.`,
      `Keep it for its owner: chmod 700 ${JSON.stringify(place)}`,
    ),
  ];
}

/** A commit as the store and the journal make it, in its own folder that is taken away again. */
async function examineCommits(place: string): Promise<Check> {
  const trial = join(place, `.pbp-doctor-${randomUUID()}`);
  const name = "File system";
  try {
    await mkdir(trial);
    const [draft, linked, renamed] = ["draft", "linked", "renamed"].map((file) => join(trial, file));
    await writeFile(draft!, "trial", { flush: true });
    await link(draft!, linked!);
    const twice = await link(draft!, linked!).then(
      () => true,
      () => false,
    );
    await rename(draft!, renamed!);
    if (twice)
      return bad(name, `${place}: a name can be made twice.`, "Use a home on ext4, xfs, btrfs or APFS.");
    return ok(name, `${place}: files can be written, linked and renamed.`);
  } catch (error) {
    const refused = systemErrorIn(error);
    if (!refused) throw error;
    const { what, remedy } = refusalOfSystem(refused);
    return bad(name, `${place} (${refused.syscall}): ${what}.`, remedy);
  } finally {
    await rm(trial, { recursive: true, force: true }).catch(() => {});
  }
}

/** The folder itself, or the nearest one above that is there; null where a file is in the way. */
export async function nearestFolder(path: string): Promise<string | null> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (!(found instanceof Error)) return found.isDirectory() ? path : null;
  return found.code === "ENOENT" && dirname(path) !== path ? nearestFolder(dirname(path)) : null;
}
