import fc from "fast-check";

/** What ends a line or a paragraph, beside \n. */
const lineEnds = ["\r", "\r\n", "\v", "\f", "\u0085", "\u2028", "\u2029"];

/** Texts of words, punctuation, spaces, emoji, ideographs and what BERT strips: dense in what a tokeniser decides. */
export const noteText = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("a", "stone", "Dr", "CT", "p", "3", "caf\u00e9", "e\u0301") },
      { weight: 6, arbitrary: fc.constantFrom(" ", "  ", "\n", "\n\n", "\t", "\u00a0") },
      { weight: 2, arbitrary: fc.constantFrom(...lineEnds) },
      { weight: 4, arbitrary: fc.constantFrom(".", ",", ";", "-", "(", "?", "\u201d", "\u00b7") },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          "\u{1f600}",
          "\u4e2d",
          "\u{20000}",
          "\u200b",
          "\u00ad",
          "\ufffd",
          "\u0001",
        ),
      },
      { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 2 }) },
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(""));
