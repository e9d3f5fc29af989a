import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { link, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InstallationError } from "../../installation.ts";
import { ensureFolder } from "../machine/durable.ts";
import type { Home } from "../machine/home.ts";

/**
 * Puts an export into the incoming folder as a person should who copies one: under a hidden name until it is whole.
 *
 * Throws ExportWaiting when one of that name lies there already.
 */
export async function dropExport(home: Home, name: string, body: Readable): Promise<void> {
  const file = join(home.incoming, name);
  const draft = join(dirname(file), `.${randomUUID()}.part`);
  await ensureFolder(dirname(file));
  try {
    await pipeline(body, createWriteStream(draft, { flags: "wx", mode: 0o600, flush: true }));
    // Unlike a rename it replaces nothing.
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
      throw new InstallationError(
        "ExportWaiting",
        `An export of that name waits in ${home.incoming} already. Give this one another name, or wait until that one is taken.`,
      );
    });
  } finally {
    await unlink(draft).catch(() => {});
  }
}
