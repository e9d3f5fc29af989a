// Formats without offsets: random words, spans and classes in random Unicode, written as their tools write them and read
// back.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { imported } from "./sources.ts";

const word = fc.constantFrom(
  "stone",
  "#",
  "-",
  "O",
  "B-x",
  "caf\u00e9",
  "e\u0301",
  "\u05e9\u05dc\u05d5\u05dd",
  "\u4e2d\u6587",
  "\u{1f600}",
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
  "\u{20000}",
);
type Tagged = { words: string[]; spans: { from: number; to: number; label: string }[] };
/** Words, some of them in spans of one to three. */
const sentence: fc.Arbitrary<Tagged> = fc
  .array(fc.tuple(fc.array(word, { minLength: 1, maxLength: 3 }), fc.constantFrom("problem", "test", null)), {
    minLength: 1,
    maxLength: 8,
  })
  .map((groups) => {
    const found: Tagged = { words: [], spans: [] };
    for (const [words, label] of groups) {
      const from = found.words.length;
      found.words.push(...words);
      if (label !== null) found.spans.push({ from, to: found.words.length, label });
    }
    return found;
  });
// The last one has a span of each scheme's letters, so that the file as a whole shows it.
const telling: Tagged = {
  words: ["a", "b", "c"],
  spans: [
    { from: 0, to: 2, label: "test" },
    { from: 2, to: 3, label: "test" },
  ],
};
const corpus = fc.array(sentence, { maxLength: 5 }).map((sentences) => [...sentences, telling]);

const schemes: Record<string, (length: number, at: number, isBehindSame: boolean) => string> = {
  IOB1: (_, at, isBehindSame) => (at === 0 && isBehindSame ? "B" : "I"),
  IOB2: (_, at) => (at === 0 ? "B" : "I"),
  IOBES: (length, at) => (length === 1 ? "S" : at === 0 ? "B" : at === length - 1 ? "E" : "I"),
  BILOU: (length, at) => (length === 1 ? "U" : at === 0 ? "B" : at === length - 1 ? "L" : "I"),
};
function tagsOf({ words, spans }: Tagged, scheme: string): string[] {
  const tags = words.map(() => "O");
  for (const { from, to, label } of spans)
    for (let at = from; at < to; at++) {
      const isBehindSame = spans.some((other) => other.to === from && other.label === label);
      tags[at] = `${schemes[scheme]!(to - from, at - from, isBehindSame)}-${label}`;
    }
  return tags;
}

const expected = (sentences: Tagged[]) =>
  sentences.map(({ words, spans }) => ({
    text: words.join(" "),
    keyphrases: spans.map(({ from, to, label }) => {
      const start = words.slice(0, from).reduce((sum, { length }) => sum + length + 1, 0);
      return { start, end: start + words.slice(from, to).join(" ").length, label };
    }),
  }));
const read = async (...of: Parameters<typeof imported>) =>
  (await imported(...of)).records.map(({ recordId: _, ...record }) => record);

describe.each(Object.keys(schemes))("%s", (scheme) => {
  test.each([" ", "\t"])("CoNLL with %j between the columns", async (mark) => {
    await fc.assert(
      fc.asyncProperty(corpus, async (sentences) => {
        const content = sentences
          .map(
            (one) =>
              `${one.words.map((w, at) => [w, "NN", tagsOf(one, scheme)[at]].join(mark)).join("\n")}\n\n`,
          )
          .join("");
        // A first row without the word #, as every file has one.
        const first = `${["Begin", "NN", "O"].join(mark)}\n\n`;
        const found = await read("conll", { "a.conll": first + content }, { documentBy: "sentence" });
        expect(found.slice(1)).toEqual(expected(sentences));
      }),
      { numRuns: 25 },
    );
  });
});

test.each(["names", "numbers"])("Hugging Face, tags as %s", async (form) => {
  const names = ["O", "B-problem", "I-problem", "B-test", "I-test"];
  const info = JSON.stringify({ features: { ner_tags: { feature: { names } } } });
  await fc.assert(
    fc.asyncProperty(corpus, async (sentences) => {
      const lines = sentences.map((one) => {
        const tags = tagsOf(one, "IOB2");
        return `${JSON.stringify({ tokens: one.words, ner_tags: form === "names" ? tags : tags.map((tag) => names.indexOf(tag)) })}\n`;
      });
      const found = await read("hugging-face", { "dataset_info.json": info, "train.json": lines.join("") });
      expect(found).toEqual(expected(sentences));
    }),
    { numRuns: 25 },
  );
});

const classified = fc.record({
  words: fc.array(word, { minLength: 1, maxLength: 12 }),
  classes: fc.subarray(["billing", "urgent", "ENT - Otolaryngology", "C#", "\u{1f600}"], { minLength: 1 }),
});
// Every class alone: that shows what separates them.
const alone = ["billing", "urgent", "ENT - Otolaryngology", "C#", "\u{1f600}"].map((name) => ({
  words: ["a"],
  classes: [name],
}));

test("fastText: words and classes without blanks", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(classified, { minLength: 1, maxLength: 6 }), async (documents) => {
      const known = documents.map(({ words, classes }) => ({
        text: words.join(" "),
        classes: classes.map((name) => name.replaceAll(" ", "_")),
      }));
      const lines = known.map(
        ({ text, classes }) => `${classes.map((name) => `__label__${name}`).join(" ")} ${text}\n`,
      );
      expect(await read("fasttext", { "a.txt": lines.join("") }, { kind: "multi-label" })).toEqual(known);
    }),
    { numRuns: 50 },
  );
});

test.each([
  [",", "\n", "|"],
  [";", "\r\n", ","],
  ["\t", "\n", "|"],
])("tables with %j between cells, %j between rows and %j between classes", async (mark, end, separator) => {
  const gap = fc.constantFrom(" ", "\n", '"', ",", ";", "\t", '""', "\r\n");
  const text = fc
    .array(fc.tuple(word, gap), { minLength: 1, maxLength: 8 })
    .map((parts) => `${parts.flat().join("")}end`);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(classified, text), { maxLength: 6 }), async (rows) => {
      const documents = [
        ...rows.map(([{ classes }, body]) => ({ text: body, classes })),
        ...alone.map(({ words, classes }) => ({ text: words.join(" "), classes })),
      ];
      const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
      const lines = [["text", "label"], ...documents.map((one) => [one.text, one.classes.join(separator)])];
      const content = lines.map((cells) => cells.map(quoted).join(mark) + end).join("");
      expect(await read("table", { "a.csv": content }, { kind: "multi-label" })).toEqual(documents);
    }),
    { numRuns: 40 },
  );
});
