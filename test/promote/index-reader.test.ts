import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseStrictly } from "../../tasks/formats/strict-json.ts";
import { readIndex } from "../../tasks/promote/index-reader.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-index-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "embeddings.index.json");

async function read(text: string) {
  writeFileSync(file, text);
  const texts: unknown[] = [];
  return { properties: await readIndex(file, (entry) => texts.push(entry)), texts };
}

const entry = (n: number) => ({ text: n.toString(16).padStart(32, "0"), recordIds: [`r"\\ü${n}`, "]},"] });

test.each([
  ["without texts", { embeddingKey: "a", dimension: 3, texts: [] }],
  ["of one", { embeddingKey: "a", dimension: 3, texts: [entry(1)] }],
  ["whose texts come first", { texts: [entry(1), null, 7, "x", [], {}], dimension: 3 }],
  ["with more besides", { a: { texts: [1] }, b: [[]], c: -1.5e3, d: true, texts: [entry(2)], e: null }],
  ["empty", {}],
  // Over several pieces of the file, so that values are cut anywhere.
  ["of three megabytes", { dimension: 3, texts: Array.from({ length: 40_000 }, (_, n) => entry(n)) }],
])("an index %s is read as JSON.parse reads it", async (_, index) => {
  const { texts, ...properties } = index as { texts?: unknown[] };
  for (const text of [JSON.stringify(index), `\n${JSON.stringify(index, null, 1)}\r\n`]) {
    const found = await read(text);
    expect(found.texts).toEqual(texts ?? []);
    expect({ ...found.properties, texts: undefined }).toEqual({ ...properties, texts: undefined });
  }
});

// A random cut or a changed byte: what JSON refuses is refused here, and what it takes is read alike.
test("what is no JSON, or has a key twice, is refused without a word of it", async () => {
  const whole = JSON.stringify({ embeddingKey: "a", dimension: 3, texts: [entry(1), entry(2)] });
  const seed = Number(process.env.SEED ?? Date.now() % 1e9);
  let state = seed;
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const damaged = [
    ...["", "[]", "1", '"x"', "null", "{", "{}}", "{} {}", '{"a":1,}', '{"texts":[1,]}', '{"texts":[,1]}'],
    ...['{"a":1 "b":2}', '{"a"}', '{"a":1,"a":2}', '{"texts":[],"texts":[]}', '{"texts":[{"a":1,"a":2}]}'],
    ...Array.from({ length: whole.length }, (_, end) => whole.slice(0, end)),
    ...Array.from({ length: 300 }, () => {
      const at = random(whole.length);
      return whole.slice(0, at) + '{}[],:"\\a1 '[random(11)] + whole.slice(at + random(2));
    }),
  ];
  for (const text of damaged) {
    let expected: unknown;
    try {
      expected = parseStrictly(text);
    } catch {
      expected = null;
    }
    const isObject = typeof expected === "object" && expected !== null && !Array.isArray(expected);
    const found = await read(text).catch((error: Error) => error);
    if (isObject)
      expect((found as { texts: unknown }).texts, `seed ${seed}: ${text}`).toEqual(
        Array.isArray((expected as { texts?: unknown }).texts) ? (expected as { texts: unknown }).texts : [],
      );
    else expect(found, `seed ${seed}: ${text}`).toEqual(new SyntaxError((found as Error).message));
  }
});
