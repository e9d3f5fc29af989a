import fc from "fast-check";
import { expect, test } from "vitest";
import { oneLine, printable } from "../../schemas/printable.ts";

test.each([
  ["an escape sequence", "a\u001b[31mb", "a\\u001b[31mb"],
  ["a C1 control sequence", "\u009b2J", "\\u009b2J"],
  ["a carriage return", "good\rbad", "good\\u000dbad"],
  ["a backspace and a bell", "a\b\u0007", "a\\u0008\\u0007"],
  ["an override of direction", "exe\u202etxt", "exe\\u202etxt"],
  ["an isolate", "\u2066a\u2069", "\\u2066a\\u2069"],
  ["the Arabic letter mark", "\u061c", "\\u061c"],
  ["Unicode's line breaks", "a\u2028b\u0085c", "a\\u2028b\\u0085c"],
  ["invisible tags", "a\u{e0041}", "a\\udb40\\udc41"],
  ["half a pair", "a\ud800", "a\\ud800"],
])("%s is shown as its escape", (_, text, shown) => {
  expect(printable(text)).toBe(shown);
  expect(oneLine(text)).toBe(shown);
});

test("what people write stays", () => {
  const text = "Übelkeit, 37 °C → naïve “quotes” 発熱 😀 שלום";
  expect(oneLine(text)).toBe(text);
  expect(printable("two\nlines\tand a tab")).toBe("two\nlines\tand a tab");
  expect(oneLine("two\nlines\tand a tab")).toBe("two\\nlines and a tab");
});

test("whatever the text, one line has no control character, and JSON keeps its meaning", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(oneLine(text)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
      expect(JSON.parse(printable(JSON.stringify({ text })))).toEqual({ text });
    }),
  );
});
