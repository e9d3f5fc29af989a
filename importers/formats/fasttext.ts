import type { Format } from "../format.ts";
import { linesOf } from "../text.ts";

const LABEL = "__label__";

export const fasttext: Format = {
  name: "fasttext",
  title: "fastText lines",
  units: [],
  recognise: ({ lines }) =>
    lines.some((line) => /(?:^|[ \t])__label__\S/.test(line)) ? `lines with ${LABEL}` : null,
  async *read(files, { textsOnly }, losses) {
    for (const file of files)
      for await (const { text: line, number } of linesOf(file)) {
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
        if (text === "" && !textsOnly) losses.add("lines without a text", place);
        // fastText passes over a line without a label.
        else yield { place, text, fields: {}, ...(classes.length > 0 && { classes }) };
      }
  },
};
