import type { Tokens } from "../../read/tokens.ts";
import type { LineWriter } from "../../write/line-file.ts";
import { ROW_START } from "../../write/reroute.ts";
import type { Tags } from "./spans.ts";

const ROW = Buffer.from(ROW_START);
const TOKENS = Buffer.from('","tokens":[');
const TAGS = Buffer.from('],"tags":[');
const END = Buffer.from("]}\n");

/** Writes rows, schemas/data/labelled-row.schema.json, one label set for all. */
export class RowWriter {
  private readonly first: Uint8Array[];
  private readonly further: Uint8Array[];

  constructor(labels: string[]) {
    const names = ["O", ...labels.flatMap((label) => [`B-${label}`, `I-${label}`])];
    this.first = names.map((name) => Buffer.from(JSON.stringify(name)));
    this.further = names.map((name) => Buffer.from(`,${JSON.stringify(name)}`));
  }

  /** Writes tokens [from, to) of a text as a row. */
  write(
    lines: LineWriter,
    document: string,
    text: string,
    tokens: Tokens,
    tags: Tags,
    from: number,
    to: number,
  ) {
    lines.few(ROW);
    lines.text(document);
    lines.few(TOKENS);
    lines.slices(text, tokens, from, to);
    lines.few(TAGS);
    lines.few(this.first[tags[from] as number] as Uint8Array);
    lines.pieces(this.further, tags, from + 1, to);
    lines.few(END);
  }
}
