// CoNLL-2003 and its kin: a word and its tag a line, a blank line between sentences.
import type { SourceFile } from "../files.ts";
import type { Format, ReadOptions } from "../format.ts";
import type { Losses } from "../losses.ts";
import type { SourceRecord } from "../record.ts";
import { refusal } from "../refusal.ts";
import { lineBatchesOf } from "../text.ts";
import { partsOf, rebuilt, SchemeSurvey, type Word } from "./tagged.ts";

export const conll: Format = {
  name: "conll",
  title: "CoNLL columns (IOB1, IOB2, IOBES, BILOU)",
  units: [],
  recognise({ lines }) {
    const rows = lines.filter(
      (line) => line.trim() !== "" && !isComment(line) && !line.startsWith("-DOCSTART-"),
    );
    const isRow = (line: string) => {
      const cells = line.trim().split(/[ \t]+/);
      return cells.length > 1 && /^(O|[BIESLU]-\S+)$/.test(cells.at(-1)!);
    };
    return rows.length > 1 && rows.every(isRow) ? "a word and a tag a line" : null;
  },
  async *read(files, options, losses) {
    const survey = new SchemeSurvey();
    let documents = 0;
    let isLabelStudios = true;
    for (const file of files)
      for await (const block of blocksOf(file)) {
        if (block.begins === "docstart") documents++;
        isLabelStudios &&= block.isLabelStudios;
        survey.add(block.words);
      }
    const { name, strays } = survey.scheme;
    losses.say(`The tags are ${name}.`);
    losses.add("spans of IOB2 that begin with I", files[0]?.name ?? "", strays);
    if (isLabelStudios) acceptLosses(options, losses);
    // It has one -DOCSTART-, and a blank line between tasks.
    const by =
      isLabelStudios && options.documentBy === undefined ? "sentence" : documentBy(options, documents);
    for (const file of files) yield* documentsOf(file, by, losses);
  },
};

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

const isComment = (line: string) => /^#( |$|\w+ =)/.test(line);

type Block = { words: Word[]; line: number; begins: Boundary | null; isLabelStudios: boolean };

const begun = (line: number): Block => ({ words: [], line, begins: null, isLabelStudios: true });

async function* blocksOf(file: SourceFile): AsyncGenerator<Block> {
  let block = begun(1);
  for await (const lines of lineBatchesOf(file))
    for (const { text, number } of lines) {
      const cells = text.trim().split(/[ \t]+/);
      const mark = text.startsWith("-DOCSTART-") ? "docstart" : isComment(text) ? "comment" : null;
      if (mark === null && text.trim() !== "") {
        if (cells.length < 2) throw refusal(`${file.name}, line ${number}`, "expected a word and its tag.");
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
    const unknown = block.words.filter(({ tag }) => tag !== "O" && partsOf(tag).label === tag).length;
    losses.add(
      "tags without B, I, E or S, taken as spans of one word",
      `${file.name}, line ${block.line}`,
      unknown,
    );
  }
  if (sentences.length > 0) yield record();
}
