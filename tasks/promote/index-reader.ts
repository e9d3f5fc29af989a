// Reads embeddings.index.json text by text: the index of ten million texts is a gigabyte, and V8 has no string of that size.
import { createReadStream } from "node:fs";
import { parseStrictly } from "../formats/strict-json.ts";
import { ValueScanner } from "../preprocess/read/value-scanner.ts";

// Of one value, as a text: a text that stands in each of five million records. Well below the longest string of V8.
const maxValueBytes = 500e6;
const space = new Set([...Buffer.from(" \t\r\n")]);
const [QUOTE, COMMA, COLON, OPENS, CLOSES, BEGINS, ENDS] = [...Buffer.from('",:[]{}')] as [
  ...[number, number, number, number, number, number, number],
];

/** What may stand next: a value, or one of these bytes. */
type Phase = "begin" | "key" | "colon" | "value" | "element" | "after element" | "after value" | "end";

/**
 * Hands on each element of the list `texts` of a JSON object in a file, in their order, and returns the object's other
 * properties. Holds one value at a time.
 *
 * Throws SyntaxError, without any of the content, for what is not such an object, or has a key twice.
 */
export async function readIndex(
  path: string,
  onText: (entry: unknown) => void,
): Promise<Record<string, unknown>> {
  const properties: Record<string, unknown> = {};
  const scanner = new ValueScanner();
  let phase = "begin" as Phase;
  let key = "";
  let isFirst = true;
  // What of a value has been read.
  let parts: Buffer[] | null = null;
  let bytes = 0;

  function valued(text: string): void {
    const value = parseStrictly(text);
    if (phase === "key") {
      key = value as string;
      require(!Object.hasOwn(properties, key));
      properties[key] = null;
      phase = "colon";
    } else if (phase === "element") {
      onText(value);
      phase = "after element";
    } else {
      properties[key] = value;
      phase = "after value";
    }
  }

  /** A byte outside a value; whether it begins one, and is still to be read. */
  function isBegun(byte: number): boolean {
    switch (phase) {
      case "begin":
        require(byte === BEGINS);
        phase = "key";
        return false;
      case "key":
        if (byte === ENDS && isFirst) phase = "end";
        else require(byte === QUOTE);
        isFirst = false;
        return phase === "key";
      case "colon":
        require(byte === COLON);
        phase = "value";
        return false;
      case "value":
        if (key !== "texts" || byte !== OPENS) return true;
        phase = "element";
        isFirst = true;
        return false;
      case "element":
        if (byte === CLOSES && isFirst) phase = "after value";
        isFirst = false;
        return phase === "element";
      case "after element":
        require(byte === COMMA || byte === CLOSES);
        phase = byte === COMMA ? "element" : "after value";
        return false;
      case "after value":
        require(byte === COMMA || byte === ENDS);
        phase = byte === COMMA ? "key" : "end";
        return false;
      default:
        return require(false);
    }
  }

  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let at = 0;
    while (at < chunk.length) {
      if (parts === null) {
        if (space.has(chunk[at]!) || !isBegun(chunk[at]!)) {
          at++;
          continue;
        }
        scanner.begin();
        parts = [];
        bytes = 0;
      }
      const end = scanner.scan(chunk, at, chunk.length);
      const part = chunk.subarray(at, end === -1 ? chunk.length : end);
      // A value of no bytes would be read for ever.
      require(end === -1 || bytes + part.length > 0);
      bytes += part.length;
      require(bytes <= maxValueBytes);
      parts.push(part);
      at += part.length;
      if (end === -1) break;
      valued(Buffer.concat(parts).toString("utf8"));
      parts = null;
    }
  }
  require(phase === "end" && parts === null);
  return properties;
}

function require(holds: boolean): never | true {
  if (!holds) throw new SyntaxError("is not such an object");
  return true;
}
