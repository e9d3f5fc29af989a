import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { inject } from "vitest";

/**
 * A folder that several test files read and none changes, made by the first one that asks; the others wait for it.
 *
 * @param make Fills the folder, which it makes.
 */
export async function shared(name: string, make: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = join(inject("shared"), name);
  const failed = `${folder}.failed`;
  try {
    mkdirSync(`${folder}.begun`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    while (!existsSync(folder)) {
      if (existsSync(failed)) throw new Error(`Another test file could not make ${name}, and says why.`);
      await setTimeout(50);
    }
    return folder;
  }
  try {
    await make(`${folder}.part`);
    renameSync(`${folder}.part`, folder);
  } catch (error) {
    writeFileSync(failed, "");
    throw error;
  }
  return folder;
}
