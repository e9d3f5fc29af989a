import type { ExportRecord } from "../../../../schemas/types.ts";
import type { Tokens } from "../../read/tokens.ts";
import type { LineWriter } from "../../write/line-file.ts";
import { ROW_START } from "../../write/reroute.ts";
import type { Broken, ExamineKind, KindExaminer } from "../kind.ts";

/** Whether a text has exactly one class, or any number of them. */
export function classesExaminer(isExclusive: boolean): ExamineKind {
  return ({ labels }) => new ClassesExaminer(isExclusive, labels);
}

/** Checks the classes of a record, and writes its row without them: what they are, only all copies of the text can say. */
class ClassesExaminer implements KindExaminer {
  readonly facts = 0;
  readonly isMisfit = false;
  private readonly isExclusive: boolean;
  private readonly numbers: Map<string, number>;
  /** Of the record that was read last. */
  private classes: number[] = [];

  constructor(isExclusive: boolean, labels: readonly string[]) {
    this.isExclusive = isExclusive;
    this.numbers = new Map(labels.map((label, number) => [label, number]));
  }

  read({ classes, keyphrases }: ExportRecord): Broken | "annotated" | "unannotated" {
    if (keyphrases)
      return { at: "/keyphrases", rule: "other-kind", expected: "no keyphrases in an export of classes" };
    if (!classes) return "unannotated";
    const numbers = classes.map((label) => this.numbers.get(label));
    const unknown = numbers.indexOf(undefined);
    if (unknown >= 0)
      return {
        at: `/classes/${unknown}`,
        rule: "class-label",
        expected: "one of the labels that the header lists",
      };
    if (this.isExclusive && classes.length !== 1)
      return {
        at: "/classes",
        rule: "class-count",
        expected: "exactly one class, as single-label says; with any number, export as multi-label",
      };
    this.classes = (numbers as number[]).sort((one, other) => one - other);
    return "annotated";
  }

  /** @returns the numbers of the classes, as Votes takes them. */
  write(document: string, record: ExportRecord, _: Tokens, lines: LineWriter): string {
    lines.text(`${ROW_START}${document}","text":`);
    lines.string(record.text);
    if (record.facets) lines.text(`,"facets":${JSON.stringify(record.facets)}`);
    lines.text("}\n");
    return this.classes.join();
  }
}
