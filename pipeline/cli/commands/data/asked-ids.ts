// The notes that somebody asks for by their ids: those of a review list, say.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { parseObject } from "../../../../tasks/formats/parse-object.ts";
import { UsageError } from "../../command.ts";
import { explained } from "../../importing.ts";

/**
 * The different ids in a file, or in stdin for `-`: an id a line, or a JSON object a line that has one under `id`, as
 * the service's review list has. Throws {@link UsageError}.
 */
export async function idsIn(file: string, most: number): Promise<ReadonlySet<string>> {
  const isStdin = file === "-";
  const content = await (isStdin ? text(process.stdin) : readFile(file, "utf8").catch(explained(file)));
  const ids = new Set<string>();
  for (const [index, raw] of content.split("\n").entries()) {
    const line = raw.trim();
    if (line === "") continue;
    const id = line.startsWith("{") ? parseObject(line)?.id : line;
    if (typeof id !== "string")
      throw new UsageError(
        `--ids takes an id a line, or JSON objects with "id"; line ${index + 1}${isStdin ? "" : ` of ${file}`} is neither.`,
      );
    ids.add(id);
  }
  if (ids.size === 0) throw new UsageError("--ids: there is no id. Nothing was on the list.");
  if (ids.size > most)
    throw new UsageError(`--ids takes at most ${most} different ids; these are ${ids.size}.`);
  return ids;
}
