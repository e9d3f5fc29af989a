// What cells of classes say. One cell does not show whether `C#` or `a, b` is one class or two, nor whether `1` is a name
// or a yes: all of the column does.
import type { ReadOptions } from "../../format.ts";
import type { Losses } from "../../losses.ts";
import type { SourceRecord } from "../../record.ts";
import { refusal } from "../../refusal.ts";
import type { Columns } from "./columns.ts";

/** doccano joins classes by #, Comprehend by |, people by whatever they like. */
const marks = ["|", "#", ";", ","];

const yes = ["1", "1.0", "true", "yes", "x"];
const no = ["0", "0.0", "false", "no", ""];
const unknown = "-1";

/** A name of a class has 128 characters at most, a text of several classes hardly more. */
const LONGEST_CELL = 2000;
/** What is kept of a column: each different cell once. */
const MOST_CELLS = 100_000;

type Context = { text: string; place: string; columns: Columns };

/** Over all rows of all files. Keeps the cells, never a text. */
export class ClassSurvey {
  private readonly separator: string | undefined;
  /** With the place where each came first. */
  private readonly cells = new Map<string, string>();
  private rows = 0;
  private isHead = true;
  /** Rows whose text has more words than their class, less those whose class has more. */
  private wordier = 0;

  constructor({ separator }: Pick<ReadOptions, "separator">) {
    this.separator = separator;
  }

  /** Throws InvalidExport for a cell that is no class whatever the others say. */
  add(raw: string, { text, place, columns: { isHead } }: Context): void {
    const cell = raw.trim();
    this.isHead &&= isHead;
    if (cell === "") return;
    if (/^(?:\[\s*["'[{\]]|\{\s*["'}])/.test(cell))
      throw refusal(
        place,
        "expected the name of a class, found JSON or a list, as in Label Studio's CSV. Export JSON instead.",
      );
    if (cell.length > LONGEST_CELL) throw this.noClasses(place);
    this.rows++;
    this.wordier += Math.sign(wordsIn(text) - wordsIn(cell));
    if (!this.cells.has(cell)) this.cells.set(cell, place);
    if (this.cells.size > MOST_CELLS) throw this.noClasses(place);
  }

  /** Every cell says whether the class that the column is named after applies. */
  get saysYesOrNo(): boolean {
    return [...this.cells.keys()].every((cell) => [...yes, ...no, unknown].includes(cell.toLowerCase()));
  }

  /**
   * How the classes of a cell are parted. Throws InvalidExport where the cells do not show it, and where they are no
   * classes but texts: as labels they would be printed, and taught.
   */
  split(losses: Losses): (cell: string) => string[] {
    const used = this.marksUsed(losses);
    const split = (cell: string) =>
      [...new Set(used.reduce((parts, mark) => parts.flatMap((part) => part.split(mark)), [cell]))]
        .map((name) => name.trim())
        .filter((name) => name !== "");
    const classes = new Set([...this.cells.keys()].flatMap(split));
    const areMostlyOnce = classes.size > this.rows / 2;
    const [firstPlace = ""] = this.cells.values();
    if (this.isHead) return split;
    const areWords = [...classes].every((name) => wordsIn(name) === 1);
    if (this.wordier <= 0 || (areMostlyOnce && !areWords))
      throw refusal(
        firstPlace,
        "expected a head, or classes that come back, each with a comma and a longer text behind it. Put a head above: label,text.",
      );
    return split;
  }

  private marksUsed(losses: Losses): string[] {
    if (this.separator !== undefined) return this.separator === "none" ? [] : [...this.separator];
    // Comprehend's own form says what parts its classes.
    if (!this.isHead) return ["|"];
    return marks.filter((mark) => this.parts(mark, losses));
  }

  /** Whether a mark parts classes: it does where what is on its sides comes alone too, and it does not where nothing does. */
  private parts(mark: string, losses: Losses): boolean {
    let [joined, names] = [0, 0];
    let [edge, doubled] = ["", ""];
    for (const [cell, place] of this.cells) {
      const parts = cell.split(mark).map((part) => part.trim());
      if (parts.includes("")) edge ||= place;
      if (parts.slice(1, -1).includes("")) doubled ||= place;
      if (parts.length === 1 || parts.includes("")) continue;
      const alone = parts.filter((part) => this.cells.has(part)).length;
      if (alone === parts.length) joined++;
      else if (alone === 0) names++;
      if ((alone > 0 && alone < parts.length) || (joined > 0 && names > 0))
        throw refusal(
          place,
          `expected classes with "${mark}" between them to come alone too, found some that do not. If "${mark}" separates classes, say --separator "${mark}"; if it belongs to their names, say --separator none.`,
        );
    }
    // doccano joins names as they are: C# and x are C##x.
    const unclear = doubled || (joined > 0 ? edge : "");
    if (mark === "#" && unclear !== "")
      throw refusal(
        unclear,
        `expected classes with "#" between them, found one that begins or ends with it. Export JSON Lines instead; or, if "#" belongs to names alone, say --separator none.`,
      );
    if (names > 0)
      losses.say(`Labels with "${mark}" in them are taken as they are. --separator "${mark}" splits them.`);
    return joined > 0;
  }

  private noClasses(place: string) {
    return refusal(
      place,
      "expected classes that come back, found mostly different ones, as texts are. Name the column of classes with --label-field.",
    );
  }
}

const wordsIn = (text: string) => text.slice(0, LONGEST_CELL).trim().split(/\s+/).length;

/** Of columns that say 0 or 1. A row that says nothing at all was not looked at. */
export function answers(
  columns: readonly { name: string; cell: string }[],
  place: string,
): Pick<SourceRecord, "classes"> {
  const said = columns.map(({ name, cell }) => ({ name, value: cell.trim().toLowerCase() }));
  if (said.every(({ value }) => value === "" || value === unknown)) return {};
  return {
    classes: said.flatMap(({ name, value }) => {
      if (yes.includes(value)) return [name];
      if ([...no, unknown].includes(value)) return [];
      throw refusal(
        place,
        `expected 0 or 1 in the column "${name}". Name the columns of labels with --label-field.`,
      );
    }),
  };
}
