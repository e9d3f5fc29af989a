/**
 * JSON.parse, but a key that stands twice in an object is refused: of two values, every reader would pick the one that
 * its parser happens to prefer. (NaN and Infinity are not JSON; 1e400 becomes Infinity, which every schema refuses.)
 *
 * @param text Its length must be bounded by the caller.
 * Throws SyntaxError without any of the content.
 */
export function parseStrictly(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyntaxError("is not JSON");
  }
  refuseDuplicateKeys(text);
  return value;
}

// Runs on valid JSON only, so strings and braces are all that needs telling apart.
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/g;

function refuseDuplicateKeys(text: string): void {
  const open: Set<string>[] = [];
  for (const token of text.matchAll(tokens)) {
    const [found, colon] = token;
    if (found === "{") open.push(new Set());
    else if (found === "}") open.pop();
    else if (colon !== undefined) {
      const key: string = JSON.parse(found.slice(0, found.length - colon.length));
      const keys = open.at(-1)!;
      if (keys.has(key)) throw new SyntaxError("has a key twice in one object");
      keys.add(key);
    }
  }
}
