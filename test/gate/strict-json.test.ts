import fc from "fast-check";
import { expect, test } from "vitest";
import { parseStrictly } from "../../tasks/formats/strict-json.ts";

test("reads what JSON.parse reads, where no key stands twice", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(parseStrictly(text)).toEqual(JSON.parse(text));
    }),
    { seed: 42 },
  );
});

test.each([
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":2}',
  '{"b":[{"x":{},"y":1,"x":2}]}',
  '{"a" : 1, "b": {"a": 2}, "a"\n: 3}',
  '{"__proto__":1,"__proto__":2}',
  '{"":1,"":2}',
  '{"\\"":1,"\\"":2}',
])("refuses the key that stands twice in %s", (text) => {
  expect(() => parseStrictly(text)).toThrow(new SyntaxError("has a key twice in one object"));
});

test.each([
  '{"a":{"a":1},"b":{"a":1}}',
  '[{"a":1},{"a":1}]',
  '{"a":"a","b":"a"}',
  '{"a":"{\\"b\\":1,\\"b\\":2}"}',
  '["a","a",{"a":["a","a"]}]',
])("takes %s, where it does not", (text) => {
  expect(parseStrictly(text)).toEqual(JSON.parse(text));
});

test.each(["", "NaN", '{"a":Infinity}', '{"a":1,}', "{'a':1}", '{"a":1', "\ufeff{}"])(
  "refuses %j, which is no JSON",
  (text) => {
    expect(() => parseStrictly(text)).toThrow(new SyntaxError("is not JSON"));
  },
);

test("refuses long and deep text in linear time, without running out of stack", () => {
  expect(() => parseStrictly(`{"a":"${'\\"'.repeat(1_000_000)}","a":1}`)).toThrow("has a key twice");
  expect(parseStrictly(`[${"{},".repeat(200_000)}{}]`)).toHaveLength(200_001);
});
