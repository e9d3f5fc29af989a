import type { Format } from "./format.ts";
import { classesOf, type Kind, kinds, type LabelMap, renamed } from "./kinds.ts";
import type { SourceRecord, Unit } from "./record.ts";
import { refusal } from "./refusal.ts";
import { UnitSurvey } from "./unit-choice.ts";

/** What a first reading finds out: which kind the file is of, its labels, what its offsets count. */
export class Survey {
  records = 0;
  readonly units: UnitSurvey;
  /** With the place where each came first. */
  private readonly labels = { spans: new Map<string, string>(), classes: new Map<string, string>() };
  /** Texts with several classes, or said to have none: one class each cannot say it. */
  private manyOrNone = 0;
  /** How often a class was said to apply. */
  private classesSaid = 0;
  private readonly map: LabelMap;

  constructor({ units: likely }: Format, { map, offsets }: { map: LabelMap; offsets: Unit | "auto" }) {
    this.map = map;
    const asked = offsets === "auto" || likely.includes(offsets) ? [] : [offsets];
    this.units = new UnitSurvey([...likely, ...asked]);
  }

  add(record: SourceRecord): void {
    this.records++;
    for (const { label } of record.spans ?? []) addFirst(this.labels.spans, label, record.place);
    for (const name of record.classes ?? []) addFirst(this.labels.classes, name, record.place);
    this.classesSaid += record.classes?.length ?? 0;
    const isNone = record.classes?.length === 0 && !record.spans;
    if (isNone || classesOf(record, { map: this.map }).length > 1) this.manyOrNone++;
    if (record.spans) this.units.add(record.text, record.spans, record.place);
  }

  /**
   * Throws InvalidExport where the file has both, or nothing; `hasLabels`: those of another export count.
   * @param instead What was passed over, in words.
   */
  kind({ kind: asked, hasLabels = false }: { kind?: Kind; hasLabels?: boolean }, instead = ""): Kind {
    const { spans, classes } = this.labels;
    if (asked !== undefined && hasLabels && spans.size === 0 && classes.size === 0) return asked;
    if (spans.size === 0 && classes.size === 0)
      throw refusal(
        "import",
        `expected at least one annotated text; none of ${this.records} is${instead}. Export what has been annotated, or name the fields with --text-field and --label-field where the file has names of its own.`,
      );
    if (asked !== undefined) {
      if (this.labels[kinds[asked].of].size > 0) return asked;
      throw refusal("--kind", `expected ${kinds[asked].of} in the file, found none.`);
    }
    if (spans.size > 0 && classes.size > 0)
      throw refusal(
        "import",
        `expected spans or classes, found both. Say which with --kind: ${Object.keys(kinds).join(", ")}.`,
      );
    const ofClasses = this.manyOrNone > 0 ? "multi-label" : "single-label";
    return spans.size > 0 ? "keyphrases" : ofClasses;
  }

  /** Their names in the export, sorted. Throws InvalidExport for one that an export cannot have. */
  labelsOf(kind: Kind, { hasLabels = false }: { hasLabels?: boolean } = {}): string[] {
    const found = this.labels[kinds[kind].of];
    const labels = new Set<string>();
    for (const [label, place] of found) {
      const name = renamed(label, this.map);
      if (name === null) continue;
      if (!kinds[kind].label.test(name))
        // The name itself may be a text: a wrong column was taken.
        throw refusal(
          place,
          `expected ${kinds[kind].labelInWords}. Rename the label that is there with --map FILE.`,
        );
      labels.add(name);
    }
    for (const from of this.map.keys())
      if (!found.has(from))
        throw refusal("--map", `expected labels that the file has; "${from}" is none of them.`);
    if (labels.size > kinds[kind].mostLabels)
      throw refusal(
        "import",
        `expected at most ${kinds[kind].mostLabels} labels, found ${labels.size}. Name the right field, or put labels together with --map FILE.`,
      );
    // Those of another export have come before.
    if (kinds[kind].of === "classes" && !hasLabels)
      this.mustComeBack(labels, found.values().next().value ?? "");
    return [...labels].sort();
  }

  /** Free texts, as doccano's Seq2seq has in the place of classes, would be printed and taught as labels. */
  private mustComeBack(labels: ReadonlySet<string>, place: string): void {
    const areSentences = [...labels].every((name) => name.split(/\s+/).length >= WORDS_OF_A_SENTENCE);
    const enough = areSentences ? ENOUGH_SENTENCES : ENOUGH;
    if (labels.size > this.classesSaid / 2 && this.classesSaid >= enough)
      throw refusal(
        place,
        "expected classes that come back, found mostly different ones, as texts are. Name the field or column of classes with --label-field; free texts are not read.",
      );
  }
}

/** Of so many, classes that mostly come once are texts; fewer are enough if each is as long as a sentence. */
const ENOUGH = 20;
const ENOUGH_SENTENCES = 5;
const WORDS_OF_A_SENTENCE = 4;

function addFirst(labels: Map<string, string>, label: string, place: string) {
  if (!labels.has(label)) labels.set(label, place);
}
