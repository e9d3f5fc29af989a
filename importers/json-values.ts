import type { SourceFile } from "./files.ts";
import { refusal } from "./refusal.ts";
import { linesOf, textOf } from "./text.ts";

export type JsonValue = { value: unknown; place: string };

/**
 * The JSON values of a file one after the other, whatever they are laid out as: one a line, spread over several lines, or
 * the elements of one array. Holds one value at a time. Throws InvalidExport, by line.
 */
export async function* jsonValuesOf(file: SourceFile): AsyncGenerator<JsonValue> {
  yield* (await isOneALine(file)) ? valuesOfLines(file) : valuesBetweenBrackets(file);
}

/** As the first line says: a whole value. `["text", …]` is one too, but `[{` begins an array of all. */
async function isOneALine(file: SourceFile): Promise<boolean> {
  for await (const piece of textOf(file)) {
    const head = piece.trimStart();
    if (head === "") continue;
    if (/^\[\s*([[{\]]|$)/.test(head)) return false;
    break;
  }
  for await (const { text } of linesOf(file)) if (text.trim() !== "") return parsed(text) !== undefined;
  return true;
}

async function* valuesOfLines(file: SourceFile): AsyncGenerator<JsonValue> {
  for await (const { text, number } of linesOf(file)) {
    if (text.trim() === "") continue;
    const place = `${file.name}, line ${number}`;
    const value = parsed(text);
    if (value === undefined)
      throw refusal(
        place,
        "expected one JSON value on each line, found a broken one. Correct it, or export again.",
      );
    yield { value, place };
  }
}

/** undefined: not JSON. The parser's own message would quote the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function* valuesBetweenBrackets(file: SourceFile): AsyncGenerator<JsonValue> {
  // Whatever is not one of these says nothing of where a value ends.
  const telling = /["\\[\]{}\n]/g;
  let buffer = "";
  let scanned = 0;
  let depth = 0;
  let base: 0 | 1 | undefined; // the depth at which values begin: 1 in an array of all
  let begin = -1;
  let [line, beganAt] = [1, 1];
  let onLine = 0;
  let inString = false;
  for await (const piece of textOf(file)) {
    buffer += piece;
    for (;;) {
      telling.lastIndex = scanned;
      const match = telling.exec(buffer);
      const at = match?.index ?? buffer.length;
      const character = match?.[0];
      // Between values there are commas, and nothing that a reader would pass over.
      if (begin < 0 && (/[^\s,]/.test(buffer.slice(scanned, at)) || /["\\]/.test(character ?? "")))
        throw refusal(
          `${file.name}, line ${line}`,
          "expected objects alone, found something between them. Export again.",
        );
      scanned = at;
      // What a backslash escapes may come with the next piece.
      if (character === undefined || (character === "\\" && at + 1 === buffer.length)) break;
      scanned = at + (character === "\\" ? 2 : 1);
      if (character === "\n") line++;
      else if (character === '"') inString = !inString;
      else if (inString || character === "\\") continue;
      else if (character === "{" || character === "[") {
        base ??= character === "[" ? 1 : 0;
        if (depth < base && character === "{")
          throw refusal(
            `${file.name}, line ${line}`,
            "expected one list of objects, found an object behind it. Export again.",
          );
        if (depth === base) {
          onLine = beganAt === line ? onLine + 1 : 1;
          [begin, beganAt] = [at, line];
        }
        depth++;
      } else {
        depth--;
        if (depth < 0)
          throw refusal(`${file.name}, line ${line}`, "expected valid JSON. Correct it, or export again.");
        if (depth !== base || begin < 0) continue;
        // All records may stand on one line.
        const place = `${file.name}, line ${beganAt}${onLine > 1 ? `, record ${onLine}` : ""}`;
        const value = parsed(buffer.slice(begin, scanned));
        if (value === undefined) throw refusal(place, "expected valid JSON. Correct it, or export again.");
        buffer = buffer.slice(scanned);
        scanned = 0;
        begin = -1;
        yield { value, place };
      }
    }
    const kept = begin < 0 ? scanned : begin;
    buffer = buffer.slice(kept);
    scanned -= kept;
    if (begin > 0) begin = 0;
  }
  if (depth !== 0 || inString)
    throw refusal(`${file.name}, line ${line}`, "expected more: the JSON ends in the middle.");
}
