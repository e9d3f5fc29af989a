// CoNLL-2003 and its kin: a word and its tag a line, a blank line between sentences.
import type { SourceFile } from "../files.ts";
import type { Format, ReadOptions } from "../format.ts";
import type { Losses } from "../losses.ts";
import { once } from "../once.ts";
import type { SourceRecord } from "../record.ts";
import { refusal } from "../refusal.ts";
import { lineBatchesOf } from "../text.ts";
import { BARE, partsOf, rebuilt, SchemeSurvey, type Word } from "./tagged.ts";

export const conll: Format = {
  name: "conll",
  title: "CoNLL columns (IOB1, IOB2, IOBES, BILOU)",
  units: [],
  recognise({ lines }) {
    const rows = lines.filter(
      (line) => line.trim() !== "" && !line.startsWith("#") && !line.startsWith("-DOCSTART-"),
    );
    const isRow = (line: string) => isTagged(cellsOf(line));
    // A broken line is told by the reader.
    return rows.length > 1 && rows.filter(isRow).length > rows.length / 2 ? "a word and a tag a line" : null;
  },
  async *read(files, options, losses) {
    const { scheme, documents, isLabelStudios } = await surveyed(files, options);
    const { name, strays } = scheme;
    losses.say(`The tags are ${name}.`);
    for (const { what, count, first } of strays) losses.add(what, first, count);
    if (isLabelStudios) acceptLosses(options, losses);
    // It has one -DOCSTART-, and a blank line between tasks.
    const by =
      isLabelStudios && options.documentBy === undefined ? "sentence" : documentBy(options, documents);
    for (const file of files) yield* documentsOf(file, by, losses);
  },
};

const surveyed = once(async (files) => {
  const survey = new SchemeSurvey();
  let documents = 0;
  let isLabelStudios = true;
  // A sentence of numbers may count by chance; all of a file's do not.
  let [counting, firstPlace] = [true, ""];
  for (const file of files)
    for await (const block of blocksOf(file)) {
      firstPlace ||= `${file.name}, line ${block.line}`;
      counting &&= block.words.every(({ word }, index) => word === String(index + 1));
      if (block.begins === "docstart") documents++;
      isLabelStudios &&= block.isLabelStudios;
      survey.add(block.words, `${file.name}, line ${block.line}`);
    }
  if (counting && firstPlace !== "")
    throw refusal(
      firstPlace,
      "expected the word in the first column, found numbers that count the words, as CoNLL-U and GermEval have. Keep words and tags: cut -f 2,10 FILE, where 10 is the column of the tags.",
    );
  return { scheme: survey.scheme, documents, isLabelStudios };
});

type Boundary = "docstart" | "comment" | "sentence";

/** Without documents every sentence would be a patient of its own, and one patient would be on both sides of the split. */
function documentBy({ documentBy: asked }: ReadOptions, documents: number): Boundary {
  if (asked === "sentence" || asked === "comment" || asked === "docstart") return asked;
  if (asked !== undefined) throw refusal("--document-by", "expected docstart, comment or sentence.");
  if (documents > 1) return "docstart";
  throw refusal(
    "conll",
    "expected -DOCSTART- between documents: a document's sentences must stay on one side of the split. Say what begins a document: --document-by comment (# lines), or sentence, if every sentence stands for itself.",
  );
}

/**
 * Label Studio's own CoNLL has cut the texts into words and thrown away what was between them: spans that began or ended
 * within a word are wider, of several labels on a span the first is left, and no offset can be checked.
 */
function acceptLosses({ lossy }: ReadOptions, losses: Losses): void {
  if (!lossy)
    throw refusal(
      "conll",
      "expected the texts as they were annotated: Label Studio's CoNLL has lost white space, parts of words and further labels. Export JSON instead, or take what is left with --lossy.",
    );
  losses.say(
    "Label Studio's CoNLL: white space, parts of words and further labels were lost when it was exported.",
  );
}

function cellsOf(line: string): string[] {
  if (line.includes("\t")) {
    // Between tabs a word may have blanks in it; a tag has none.
    const cells = line
      .split("\t")
      .map((cell) => cell.trim())
      .filter((cell) => cell !== "");
    if (!cells.at(-1)?.includes(" ")) return cells;
  }
  const cells = line.trim().split(" ");
  // Most files have one blank between columns: an expression takes longer.
  return cells.includes("") || line.includes("\t") ? line.trim().split(/[ \t]+/) : cells;
}
/** A file's first line may say what its columns are. */
const isHead = (cells: readonly string[]) =>
  cells.length > 1 && /^(?:ner|iob|bio)?[-_ ]?(?:tags?|labels?|ner|iob\d?|bio)$/i.test(cells.at(-1)!);
const isTagged = (cells: readonly string[]) =>
  cells.length > 1 && /^(O|[BIESLU][-_]\S+)$/.test(cells.at(-1)!);
const isMarked = (line: string) => /^#( |$|\w+ =)/.test(line);

/** How many columns a file has: a comment may look like a row for the word #, but for its width. */
async function widthOf(file: SourceFile): Promise<number> {
  for await (const lines of lineBatchesOf(file))
    for (const { text } of lines)
      if (text.trim() !== "" && !text.startsWith("-DOCSTART-") && !isMarked(text))
        return cellsOf(text).length;
  return 0;
}

type Block = {
  words: Word[];
  line: number;
  begins: Boundary | null;
  isLabelStudios: boolean;
  hasHead: boolean;
};

const begun = (line: number): Block => ({
  words: [],
  line,
  begins: null,
  isLabelStudios: true,
  hasHead: false,
});

async function* blocksOf(file: SourceFile): AsyncGenerator<Block> {
  let block = begun(1);
  const width = await widthOf(file);
  const isComment = (line: string, cells: string[]) =>
    isMarked(line) && !(cells.length === width && isTagged(cells));
  for await (const lines of lineBatchesOf(file))
    for (const { text, number } of lines) {
      const cells = cellsOf(text);
      if (number === 1 && isHead(cells)) {
        block.hasHead = true;
        continue;
      }
      const mark = text.startsWith("-DOCSTART-") ? "docstart" : isComment(text, cells) ? "comment" : null;
      if (mark === null && text.trim() !== "") {
        const place = `${file.name}, line ${number}`;
        if (cells.length < 2)
          throw refusal(
            place,
            "expected a word and its tag, with a blank or a tab between. Correct the line.",
          );
        if (/^(o|[bi]-\S+)$/.test(cells.at(-1)!))
          throw refusal(
            place,
            "expected tags in capital letters (O, B-…, I-…), found small ones. Replace them.",
          );
        if (block.words.length === 0) block.line = number;
        block.words.push({ word: cells[0]!, tag: cells.at(-1)! });
        block.isLabelStudios &&= cells.length === 4 && cells[1] === "-X-" && cells[2] === "_";
        continue;
      }
      if (block.words.length > 0) {
        yield block;
        block = begun(number);
      }
      if (mark !== null) block.begins = mark;
    }
  if (block.words.length > 0) yield block;
}

async function* documentsOf(file: SourceFile, by: Boundary, losses: Losses): AsyncGenerator<SourceRecord> {
  let sentences: Word[][] = [];
  let line = 1;
  const record = (): SourceRecord => ({
    place: `${file.name}, line ${line}`,
    ...rebuilt(sentences),
    fields: {},
  });
  for await (const block of blocksOf(file)) {
    if (sentences.length > 0 && (by === "sentence" || block.begins === by)) {
      yield record();
      sentences = [];
    }
    if (sentences.length === 0) line = block.line;
    sentences.push(block.words);
    losses.add("lines that name the columns", `${file.name}, line 1`, block.hasHead ? 1 : 0);
    losses.add(
      "tags without B, I, E or S, taken as spans of one word",
      `${file.name}, line ${block.line}`,
      block.words.filter(({ tag }) => partsOf(tag).state === BARE).length,
    );
  }
  if (sentences.length > 0) yield record();
}
