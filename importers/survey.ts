import type { Format } from "./format.ts";
import { classesOf, type Kind, kinds, type LabelMap, renamed } from "./kinds.ts";
import type { SourceRecord, Unit } from "./record.ts";
import { refusal } from "./refusal.ts";
import { UnitSurvey } from "./unit-choice.ts";

/** What a first reading finds out: which kind the file is of, its labels, what its offsets count. */
export class Survey {
  records = 0;
  readonly units: UnitSurvey;
  private readonly labels = { spans: new Set<string>(), classes: new Set<string>() };
  /** Texts with several classes, or said to have none: one class each cannot say it. */
  private manyOrNone = 0;
  private readonly map: LabelMap;

  constructor({ units: likely }: Format, { map, offsets }: { map: LabelMap; offsets: Unit | "auto" }) {
    this.map = map;
    const asked = offsets === "auto" || likely.includes(offsets) ? [] : [offsets];
    this.units = new UnitSurvey([...likely, ...asked]);
  }

  add(record: SourceRecord): void {
    this.records++;
    for (const { label } of record.spans ?? []) this.labels.spans.add(label);
    for (const name of record.classes ?? []) this.labels.classes.add(name);
    const isNone = record.classes?.length === 0 && !record.spans;
    if (isNone || classesOf(record, { map: this.map }).length > 1) this.manyOrNone++;
    if (record.spans) this.units.add(record.text, record.spans, record.place);
  }

  /** Throws InvalidExport where the file has both, or nothing; `hasLabels`: those of another export count. */
  kind(asked: Kind | undefined, hasLabels = false): Kind {
    const { spans, classes } = this.labels;
    if (asked !== undefined && hasLabels && spans.size === 0 && classes.size === 0) return asked;
    if (spans.size === 0 && classes.size === 0)
      throw refusal("import", "expected at least one annotated text.");
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
  labelsOf(kind: Kind): string[] {
    const found = this.labels[kinds[kind].of];
    const labels = new Set<string>();
    for (const label of found) {
      const name = renamed(label, this.map);
      if (name === null) continue;
      if (!kinds[kind].label.test(name))
        throw refusal("import", `expected ${kinds[kind].labelInWords}. Rename what differs with --map FILE.`);
      labels.add(name);
    }
    for (const from of this.map.keys())
      if (!found.has(from))
        throw refusal("--map", `expected labels that the file has; "${from}" is none of them.`);
    return [...labels].sort();
  }
}
