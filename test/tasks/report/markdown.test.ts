import { expect, test } from "vitest";
import { text, yaml } from "../../../tasks/report/markdown.ts";
import { modelCardOf } from "../../../tasks/report/model-card.ts";
import { fullView } from "./full-view.ts";

test.each([
  ["**bold** _it_ `code`", "\\*\\*bold\\*\\* \\_it\\_ \\`code\\`"],
  ["<script>alert(1)</script>", "&lt;script\\>alert(1)&lt;/script\\>"],
  ["a | b\nc", "a \\| b\\\\nc"],
  ["[x](javascript:y)", "\\[x\\](javascript:y)"],
  ["see https://evil.example", "see https&#58;//evil.example"],
  ["\u202edrawkcab", "\\\\u202edrawkcab"],
])("%j is no markup", (given, shown) => {
  expect(text(given)).toBe(shown);
});

test("YAML reads a value back as it was", () => {
  expect(JSON.parse(yaml('a: "b" # c'))).toBe('a: "b" # c');
});

const headings = (card: string) => card.split("\n").filter((line) => line.startsWith("#"));

test("a card tells what the run recorded, and says what nobody has said", () => {
  const card = modelCardOf(fullView, null);
  for (const words of [
    "000004-0123456789ab",
    "SHA-256 9f86d081",
    "0.9700",
    "Decided by accuracy: promote.",
    "2 × ml.g6.xlarge",
  ])
    expect(card).toContain(words);
  expect(card).toContain("- **Contact:** not stated");
  expect(card).toContain("- **Known risks and limitations:** not stated");
  expect(card).toContain("| problem | not stated |");
});

test("a card tells what the deployment says, as text", () => {
  const said = {
    contact: "coding@example.com",
    intendedUse: "Suggests keyphrases.\n# Not a heading",
    labels: { problem: "A diagnosis <b>or</b> a symptom" },
  };
  const card = modelCardOf(fullView, said);
  expect(card).toContain("- **Contact:** coding&#64;example.com");
  expect(card).toContain("| problem | A diagnosis &lt;b\\>or&lt;/b\\> a symptom |");
  expect(headings(card)).toEqual(headings(modelCardOf(fullView, null)));
});
