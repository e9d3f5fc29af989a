import type { SourceFile } from "../files.ts";
import type { Format } from "../format.ts";
import { once } from "../once.ts";
import { refusal } from "../refusal.ts";
import { type Line, linesOf } from "../text.ts";
import { isHead } from "./tables/tables.ts";

const LABEL = "__label__";

export const fasttext: Format = {
  name: "fasttext",
  title: "fastText lines",
  units: [],
  // Labels may stand anywhere in a line; in another tool's text one may be mentioned.
  recognise({ lines, values, named }) {
    const filled = lines.filter((line) => line.trim() !== "");
    const [first = ""] = filled;
    if (values.length > 0 || (!first.includes(LABEL) && isHead(first, named))) return null;
    const labelled = filled.filter((line) => /(?:^"?|[ \t])__label__\S/.test(line));
    const begins = labelled.some((line) => /^"?__label__/.test(line));
    return begins || labelled.length > filled.length / 2 ? `lines with ${LABEL}` : null;
  },
  async *read(files, options, losses) {
    const isQuoted = await areQuoted(files, options);
    for (const file of files)
      for await (const { text: line, number } of isQuoted ? unquotedLinesOf(file) : linesOf(file)) {
        if (line.trim() === "") continue;
        const place = `${file.name}, line ${number}`;
        const words = line.split(/[ \t]+/);
        // doccano writes what people remarked behind this mark.
        const remark = words.findIndex((word) => word.startsWith("__comment__"));
        if (remark >= 0) losses.add("comments", place);
        const told = remark >= 0 ? words.slice(0, remark) : words;
        const isLabel = (word: string) => word.startsWith(LABEL) && word.length > LABEL.length;
        const text = told
          .filter((word) => !isLabel(word))
          .join(" ")
          .trim();
        const classes = [...new Set(told.filter(isLabel).map((word) => word.slice(LABEL.length)))];
        if (text === "" && !options.textsOnly) losses.add("lines without a text", place);
        // fastText passes over a line without a label.
        else yield { place, text, fields: {}, ...(classes.length > 0 && { classes }) };
      }
  },
};

/** doccano writes lines as CSV of one column: one with a comma, a quote or a line break stands in quotes. */
const areQuoted = once(async (files) => {
  for (const file of files)
    for await (const { text } of linesOf(file)) if (/^"(?:__label__\S| )/.test(text)) return true;
  return false;
});

async function* unquotedLinesOf(file: SourceFile): AsyncGenerator<Line> {
  let open: Line | undefined;
  for await (const { text, number } of linesOf(file)) {
    if (!open && !text.startsWith('"')) {
      yield { text, number };
      continue;
    }
    open = open ? { text: `${open.text}\n${text}`, number: open.number } : { text, number };
    // A quote within is doubled: all is even where the last one closes.
    if ((open.text.match(/"/g) ?? []).length % 2 === 1) continue;
    if (!/^".*"$/s.test(open.text)) break;
    yield { text: open.text.slice(1, -1).replaceAll('""', '"'), number: open.number };
    open = undefined;
  }
  if (open)
    throw refusal(
      `${file.name}, line ${open.number}`,
      "expected quotes that open and close a whole line, doubled inside of it, as doccano writes them. Export JSON Lines instead.",
    );
}
