import type { SourceFile } from "../files.ts";
import type { Format } from "../format.ts";
import type { Losses } from "../losses.ts";
import type { SourceRecord, SourceSpan } from "../record.ts";
import { refusal } from "../refusal.ts";
import { linesOf } from "../text.ts";

// `s`: a line separator (U+2028) is a character of the text, and ends no line.
const TITLE = /^([^|\t]+)\|t\|(.*)$/s;
const ABSTRACT = /^([^|\t]+)\|a\|(.*)$/s;

export const pubtator: Format = {
  name: "pubtator",
  title: "PubTator",
  // Over the title, one character, and the abstract.
  units: ["codepoint", "utf16", "byte"],
  recognise: ({ lines, values }) =>
    values.length === 0 && lines.some((line) => TITLE.test(line)) ? "lines with |t| and |a|" : null,
  async *read(files, _options, losses) {
    for (const file of files) yield* documentsOf(file, losses);
  },
};

async function* documentsOf(file: SourceFile, losses: Losses): AsyncGenerator<SourceRecord> {
  let open: (SourceRecord & { spans: SourceSpan[] }) | undefined;
  for await (const { text: line, number } of linesOf(file)) {
    const place = `${file.name}, line ${number}`;
    const title = TITLE.exec(line);
    const abstract = ABSTRACT.exec(line);
    if (title || line.trim() === "") {
      if (open) yield open;
      open = title ? { place, id: title[1]!, text: title[2]!, spans: [], fields: {} } : undefined;
    } else if (!open) throw refusal(place, "expected a title before it: id|t|…");
    else if (abstract) open.text += abstract[2] === "" ? "" : `\n${abstract[2]}`;
    else addLine(open, line, place, losses);
  }
  if (open) yield open;
}

function addLine(
  { text, spans }: SourceRecord & { spans: SourceSpan[] },
  line: string,
  place: string,
  losses: Losses,
) {
  const cells = line.split("\t");
  const [, start, end, mention, label] = cells;
  if (cells.length < 4) throw refusal(place, "expected id, start, end, mention and type, with tabs between.");
  if (!/^\d+$/.test(start!)) return losses.add("relations", place);
  if (cells.length < 5 || !/^\d+$/.test(end!) || !label)
    throw refusal(place, "expected start, end, mention and type.");
  const [from, to] = [Number(start), Number(end)];
  // A mention may be written with other characters than the text (α as alpha): then it says nothing of the place.
  const isAsWritten = mention && text.includes(mention);
  if (!isAsWritten) losses.add("mentions written otherwise than in the text, taken by their offsets", place);
  spans.push({ start: from, end: to, label, ...(isAsWritten && { text: mention }) });
}
