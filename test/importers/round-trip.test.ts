import fc from "fast-check";
import GraphemeSplitter from "grapheme-splitter";
import { describe, expect, test } from "vitest";
import type { Unit } from "../../importers/record.ts";
import { imported, lost } from "./sources.ts";
import type { Document, Files, Span } from "./writers.ts";
import * as writers from "./writers.ts";

// What units differ on, and what parts lines and words.
const piece = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      "stone",
      "Dr",
      "CT",
      "a",
      "caf\u00e9",
      "e\u0301",
      "\u05e9\u05dc\u05d5\u05dd",
      "\u0645\u0631\u062d\u0628\u0627",
      "\u4e2d\u6587",
    ),
  },
  { weight: 4, arbitrary: fc.constantFrom(" ", "  ", ". ", ", ") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "\u{1f600}",
      "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
      "\u{1f1e8}\u{1f1ed}",
      "\u{20000}",
      "\u2028",
    ),
  },
);

/** Words from white space to white space, some of them spans: what people mark. */
const document = (parts: fc.Arbitrary<string>): fc.Arbitrary<Document> =>
  fc
    .record({
      pieces: fc.array(parts, { minLength: 3, maxLength: 40 }),
      chosen: fc.array(fc.nat(1000), { maxLength: 5 }),
    })
    .map(({ pieces, chosen }) => {
      // Never without a text, and not ended by what tools trim.
      const text = `Note ${pieces.join("")}.`;
      const words = [...text.matchAll(/[^\s.,]+/gu)];
      const spans = new Map<number, Span>();
      for (const index of chosen) {
        const word = words[index % words.length]!;
        spans.set(word.index, {
          start: word.index,
          end: word.index + word[0].length,
          label: index % 2 ? "test" : "problem",
        });
      }
      return { text, spans: [...spans.values()].sort((one, other) => one.start - other.start) };
    });

/** From any cluster to any other, as a mouse marks it: parts of words, overlaps, but no white space at the ends. */
const marked = (parts: fc.Arbitrary<string>): fc.Arbitrary<Document> =>
  fc
    .record({
      pieces: fc.array(parts, { minLength: 3, maxLength: 25 }),
      chosen: fc.array(fc.tuple(fc.nat(1000), fc.nat(8)), { maxLength: 5 }),
    })
    .map(({ pieces, chosen }) => {
      const text = `Note ${pieces.join("")}.`;
      const clusters = new GraphemeSplitter().splitGraphemes(text);
      const at = (index: number) => clusters.slice(0, index).join("").length;
      const spans = chosen.flatMap(([from, length], index): Span[] => {
        const begin = from % clusters.length;
        const [start, end] = [at(begin), at(Math.min(begin + 1 + length, clusters.length))];
        const slice = text.slice(start, end);
        return slice === slice.trim() ? [{ start, end, label: index % 2 ? "test" : "problem" }] : [];
      });
      return { text, spans };
    });

const corpus = (parts: fc.Arbitrary<string>) =>
  fc
    .array(document(parts), { minLength: 1, maxLength: 6 })
    .filter((documents) => documents.some(({ spans }) => spans.length > 0));

type Case = {
  format: string;
  write: (documents: readonly Document[], unit: Unit) => Files;
  units: Unit[];
  /** Line breaks that its texts can have. */
  breaks: string[];
};

const cases: Case[] = [
  {
    format: "doccano",
    write: writers.doccano,
    units: ["utf16", "grapheme", "codepoint"],
    breaks: ["\n", "\r\n"],
  },
  {
    format: "doccano",
    write: writers.doccanoRelations,
    units: ["utf16", "grapheme", "codepoint"],
    breaks: ["\n", "\r\n"],
  },
  {
    format: "label-studio",
    write: writers.labelStudio,
    units: ["codepoint", "utf16"],
    breaks: ["\n", "\r\n"],
  },
  {
    format: "label-studio-min",
    write: writers.labelStudioMin,
    units: ["codepoint", "utf16"],
    breaks: ["\n", "\r\n"],
  },
  { format: "prodigy", write: writers.prodigy, units: ["codepoint", "utf16"], breaks: ["\n", "\r\n"] },
  { format: "brat", write: writers.brat, units: ["codepoint", "utf16", "byte"], breaks: ["\n"] },
  {
    format: "ground-truth",
    write: writers.groundTruth,
    units: ["utf16", "codepoint"],
    breaks: ["\n", "\r\n"],
  },
  { format: "comprehend", write: writers.comprehend, units: ["codepoint", "utf16"], breaks: [] },
  { format: "pubtator", write: writers.pubtator, units: ["codepoint", "utf16", "byte"], breaks: [] },
];

const spansOf = (documents: readonly Document[]) => documents.map(({ text, spans }) => ({ text, spans }));

describe.each(cases)("$format ($write.name)", ({ format, write, units, breaks }) => {
  const parts =
    breaks.length > 0
      ? fc.oneof({ weight: 9, arbitrary: piece }, { weight: 1, arbitrary: fc.constantFrom(...breaks) })
      : piece;

  test.each(units)("counts in %s: the same spans come back", async (unit) => {
    await fc.assert(
      fc.asyncProperty(corpus(parts), async (documents) => {
        const { records, result } = await imported(format, write(documents, unit), { offsets: unit });
        expect(spansOf(documents)).toEqual(
          records.map(({ text, keyphrases }) => ({ text, spans: keyphrases })),
        );
        expect(result.losses).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test.each(units)("counts in %s: the file as a whole tells it", async (unit) => {
    // Enough that tell: an emoji before every word that is marked.
    const documents = Array.from({ length: 12 }, (_, index) => {
      const text = `\u{1f600}\u{1f468}\u200d\u{1f469}\u200d\u{1f467} Caf\u00e9 visit ${index} e\u0301 kidney stone seen`;
      const start = text.indexOf("kidney");
      return { text, spans: [{ start, end: start + "kidney stone".length, label: "problem" }] };
    });
    const { records, result } = await imported(format, write(documents, unit));
    expect(result.offsets?.unit).toBe(unit);
    expect(records.map(({ text, keyphrases }) => ({ text, spans: keyphrases }))).toEqual(spansOf(documents));
  });

  test.each(units)("counts in %s: of parts of words, none comes back at another place", async (unit) => {
    await fc.assert(
      // brat's parts of a span over a line break are put together by code points, as brat counts.
      fc.asyncProperty(
        fc.array(marked(format === "brat" ? piece : parts), { minLength: 1, maxLength: 4 }),
        async (documents) => {
          // Without a span the file would not say of which kind it is.
          const all = [...documents, { text: "A stone.", spans: [{ start: 2, end: 7, label: "test" }] }];
          const read = await imported(format, write(all, unit), { offsets: unit });
          const left = read.records.filter(({ keyphrases }) => keyphrases === undefined).length;
          for (const [index, { keyphrases }] of read.records.entries())
            if (keyphrases) expect(keyphrases).toEqual(all[index]!.spans);
          expect(lost(read)["texts left unannotated, as a span of theirs cannot be placed"] ?? 0).toBe(left);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("offsets that are one off are refused, or leave their texts unannotated where the file says what is there", async () => {
    const documents = Array.from({ length: 4 }, (_, index) => {
      const text = `Visit ${index}: kidney stone seen`;
      return { text, spans: [{ start: 9, end: 21, label: "problem" }] };
    });
    expect(documents[0]!.text.slice(9, 21)).toBe("kidney stone");
    const [unit] = units as [Unit];
    // Of the texts in the file, a character before each word that is marked is lost.
    const files = Object.fromEntries(
      Object.entries(write(documents, unit)).map(([name, content]) => [
        name,
        content.replaceAll(/Visit (\d)/g, "Vist $1"),
      ]),
    );
    const found = await imported(format, files).then(
      ({ records }) => records.map(({ keyphrases }) => keyphrases),
      (error: Error) => error.message,
    );
    if (typeof found === "string") expect(found).toContain("begin and end with a word. 4 of the 4");
    else expect(found).toEqual(documents.map(() => undefined));
  });

  test("a mixture of units is refused, with the counts", async () => {
    const [one, other] = units as [Unit, Unit];
    const text = "\u{1f600}\u{1f600} caf\u00e9 kidney stone seen";
    const start = text.indexOf("kidney");
    const half = Array.from({ length: 4 }, () => ({
      text,
      spans: [{ start, end: start + "kidney stone".length, label: "problem" }],
    }));
    const files = both(write(half, one), write(half, other));
    await expect(imported(format, files)).rejects.toThrow(
      /count one thing in the whole file.* 4 count in .*, and 4 do not, but in /,
    );
  });
});

test("spacy-docbin: the same texts and spans come back, whatever the words", async () => {
  const apart = ({ text, spans }: Document) => {
    const kept: Span[] = [];
    for (const span of spans.toSorted((one, other) => one.start - other.start))
      if (span.start >= (kept.at(-1)?.end ?? 0)) kept.push(span);
    return { text, spans: kept };
  };
  const breaks = fc.oneof(
    { weight: 9, arbitrary: piece },
    { weight: 1, arbitrary: fc.constantFrom("\n", "\r\n") },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(marked(breaks), { minLength: 1, maxLength: 5 }), async (documents) => {
      const all = [...documents, { text: "A stone.", spans: [{ start: 2, end: 7, label: "test" }] }].map(
        apart,
      );
      const { records, result } = await imported("spacy-docbin", writers.docbin(all));
      expect(records.map(({ text, keyphrases }) => ({ text, spans: keyphrases }))).toEqual(spansOf(all));
      expect(result.losses).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

/** Words with tags, of which the reader makes the text: nothing but words and spans is left to compare. */
const tagged = fc.array(
  fc.record({
    word: fc.constantFrom(
      "stone",
      "caf\u00e9",
      "\u05e9\u05dc\u05d5\u05dd",
      "\u{1f600}",
      "\u{20000}",
      "x\u2028x",
      "-",
      "e\u0301",
    ),
    tag: fc.constantFrom("O", "O", "B-problem", "B-test", "I-problem"),
  }),
  { minLength: 1, maxLength: 12 },
);

test("hugging-face: words and tags come back as texts and spans", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(tagged, { minLength: 1, maxLength: 5 }), async (documents) => {
      const all = [...documents, [{ word: "stone", tag: "B-test" }]];
      const expected = all.map((words) => {
        const spans: Span[] = [];
        let text = "";
        for (const [index, { word, tag }] of words.entries()) {
          if (index > 0) text += " ";
          const [start, end] = [text.length, text.length + word.length];
          const before = words[index - 1]?.tag ?? "O";
          const goesOn = tag === "I-problem" && before.endsWith("-problem");
          if (goesOn) spans.at(-1)!.end = end;
          else if (tag !== "O") spans.push({ start, end, label: tag.slice(2) });
          text += word;
        }
        return { text, spans };
      });
      const files = {
        "train.json": all
          .map((words) =>
            JSON.stringify({ tokens: words.map(({ word }) => word), ner_tags: words.map(({ tag }) => tag) }),
          )
          .join("\n"),
      };
      const { records } = await imported("hugging-face", files);
      expect(records.map(({ text, keyphrases }) => ({ text, spans: keyphrases }))).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});

/** Two exports of one tool as one: joined where a file holds many texts, side by side where each has its own. */
function both(one: Files, other: Files): Files {
  const isJoined = Object.keys(one).length === 1;
  const entries = Object.entries(other).map(([name, content]): [string, string] =>
    isJoined
      ? // Texts of their own: neither the same task nor the same id.
        [name, one[name]! + content.replace(/"(id|_input_hash)": ?(?=\d)/g, '"$1":9')]
      : [`other-${name}`, content.replaceAll("notes.txt", "other-notes.txt")],
  );
  return { ...one, ...Object.fromEntries(entries) };
}
