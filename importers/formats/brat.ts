// brat's standoff: a text beside a file of annotations, one a line.
import type { SourceFile } from "../files.ts";
import { type Format, isObject, type ReadOptions } from "../format.ts";
import type { Losses } from "../losses.ts";
import type { SourceRecord, SourceSpan } from "../record.ts";
import { refusal } from "../refusal.ts";
import { SUGGESTED } from "../suggested.ts";
import { linesOf, wholeText } from "../text.ts";

/** What else a line can be; spans are all that an export has. */
const others: Record<string, string> = {
  R: "relations",
  E: "events",
  A: "attributes",
  M: "attributes",
  N: "normalisations",
  "*": "equivalences",
  "#": "notes of annotators",
};

export const brat: Format = {
  name: "brat",
  title: "brat standoff",
  // brat reads its texts as Python does, with every line break as one character.
  units: ["codepoint", "utf16", "byte"],
  recognise: ({ names }) => (names.some((name) => name.endsWith(".ann")) ? "files that end with .ann" : null),
  async *read(files, options, losses) {
    const byName = new Map(files.map((file) => [file.name, file]));
    const suggested = await suggestedIn(files);
    let empty = 0;
    for (const file of files) {
      if (file.name.endsWith(".ann") && !byName.has(textBeside(file)))
        throw refusal(
          file.name,
          "expected the text beside it, in a file of the same name that ends with .txt.",
        );
      if (!file.name.endsWith(".txt")) continue;
      const id = file.name.replace(/\.txt$/, "");
      const marked = (await wholeText(file, { keepsMark: true })).replace(/\r\n?/g, "\n");
      const text = marked.replace(/^\ufeff/, "");
      if (text.trim() === "") {
        losses.add("empty texts", file.name);
        continue;
      }
      const record: SourceRecord = {
        place: file.name,
        id: decoded(id),
        text,
        fields: fieldsOf(id, suggested),
      };
      const annotations = byName.get(`${id}.ann`);
      const spans = annotations && (await spansOf(annotations, marked, options, losses));
      if (spans?.length === 0) empty++;
      yield spans ? { ...record, spans } : record;
    }
    if (empty > 0)
      losses.say(
        `Texts whose .ann file has no spans: ${empty}, which count as annotated with nothing found. brat needs that file before anybody has opened the text. Remove those that nobody has looked at.`,
      );
  },
};

/** What pbp suggest has laid beside its texts. */
async function suggestedIn(files: readonly SourceFile[]): Promise<Record<string, unknown>> {
  const file = files.find(({ name }) => baseOf(name) === `${SUGGESTED}.json`);
  if (!file) return {};
  try {
    const digests: unknown = JSON.parse(await wholeText(file));
    if (isObject(digests)) return digests;
  } catch {
    // said below
  }
  throw refusal(file.name, "expected the file that pbp suggest wrote. Suggest again, into a new folder.");
}

const baseOf = (name: string) => name.replace(/^.*\//, "");

const fieldsOf = (id: string, suggested: Record<string, unknown>) => ({
  name: id,
  ...(Object.hasOwn(suggested, baseOf(id)) && { [SUGGESTED]: suggested[baseOf(id)] }),
});

/** pbp suggest writes what is no letter or digit of an id as %XX. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

const textBeside = ({ name }: SourceFile) => name.replace(/\.ann$/, ".txt");

/** undefined: a span cannot be read, and without it the rest would say that there is nothing. */
async function spansOf(
  file: SourceFile,
  text: string,
  options: ReadOptions,
  losses: Losses,
): Promise<SourceSpan[] | undefined> {
  const spans: SourceSpan[] = [];
  let isWhole = true;
  for await (const { text: line, number } of linesOf(file)) {
    if (line.trim() === "") continue;
    const place = `${file.name}, line ${number}`;
    if (!line.startsWith("T")) {
      losses.add(others[line[0]!] ?? "lines that brat does not know", place);
      continue;
    }
    const match = /^T\S*\t(\S+) (\d+ \d+(?:;\d+ \d+)*)(?:\t(.*))?$/s.exec(line);
    if (!match) {
      losses.add("texts left unannotated, as a line of theirs cannot be read", place);
      isWhole = false;
      continue;
    }
    const [, label = "", ranges = "", said] = match;
    const parts = ranges.split(";").map((range) => range.split(" ").map(Number) as [number, number]);
    const whole = joined(parts, text);
    if (whole.length === 1)
      spans.push({ start: whole[0]![0], end: whole[0]![1], label, ...(said && { text: said }) });
    else spans.push(...ofSeveralParts(whole, label, place, options, losses));
  }
  // brat counts a byte order mark as a character; an export has none.
  const mark = text.startsWith("\ufeff") ? 1 : 0;
  return isWhole
    ? spans.map((span) => ({ ...span, start: span.start - mark, end: span.end - mark }))
    : undefined;
}

/** A span over a line break is written as two that have nothing but white space between them. */
function joined(parts: [number, number][], text: string): [number, number][] {
  // Most spans have one part: no text is taken apart for them.
  if (parts.length === 1) return parts;
  const characters = [...text];
  const result: [number, number][] = [];
  for (const part of parts.toSorted(([one], [other]) => one - other)) {
    const last = result.at(-1);
    if (last && characters.slice(last[1], part[0]).join("").trim() === "") last[1] = part[1];
    else result.push([...part]);
  }
  return result;
}

function ofSeveralParts(
  parts: [number, number][],
  label: string,
  place: string,
  { discontinuous }: ReadOptions,
  losses: Losses,
): SourceSpan[] {
  if (discontinuous === "refuse")
    throw refusal(
      place,
      "expected spans of one part. An export has no others: --discontinuous split makes one of each part, hull one from the first to the last.",
    );
  losses.add(
    `spans of several parts, ${discontinuous === "split" ? "split" : "widened to their hull"}`,
    place,
  );
  if (discontinuous === "split") return parts.map(([start, end]) => ({ start, end, label }));
  return [{ start: parts[0]![0], end: parts.at(-1)![1], label }];
}
