// Contrast as WCAG 2.2 computes it (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio): 4.5 to 1 for text (1.4.3, AA),
// 3 to 1 for marks that carry a meaning (1.4.11, AA).
import { expect, test } from "vitest";
import { stylesheet } from "../../../tasks/report/style/stylesheet.ts";
import { themes } from "../../../tasks/report/style/tokens.ts";

type Colour = keyof typeof themes.light;

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

const texts: [Colour, Colour[]][] = [
  ["text", ["page", "card", "sunken"]],
  ["muted", ["page", "card", "sunken"]],
  ["mark", ["page", "card", "mark-soft"]],
  ["good", ["page", "card", "good-soft"]],
  ["bad", ["page", "card", "bad-soft"]],
  ["unsure", ["page", "card", "unsure-soft"]],
  ["quiet", ["page", "card", "quiet-soft"]],
];
const marks: Colour[] = ["mark", "second", "third", "rail", "rail-off", "good", "bad"];

test.each(Object.entries(themes))("the %s colours can be told apart", (_, theme) => {
  const weak = texts.flatMap(([text, grounds]) =>
    grounds
      .filter((ground) => contrast(theme[text], theme[ground]) < 4.5)
      .map((ground) => `${text} on ${ground}: ${contrast(theme[text], theme[ground]).toFixed(2)}`),
  );
  const pale = marks.filter((mark) => contrast(theme[mark], theme.card) < 3);
  expect({ weak, pale }).toEqual({ weak: [], pale: [] });
});

test("the stylesheet asks for nothing, and knows each colour that it uses", () => {
  expect(stylesheet).not.toMatch(/url\(|@import|@font-face|<\//);
  const used = [...stylesheet.matchAll(/var\(--([a-z-]+)\)/g)].map(([, name]) => name!);
  expect(used.filter((name) => !Object.hasOwn(themes.light, name))).toEqual([]);
  expect(Object.keys(themes.dark)).toEqual(Object.keys(themes.light));
});
