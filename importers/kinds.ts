// What each kind takes of a record that was read, and how it stands in an export.
import common from "../schemas/common.schema.json" with { type: "json" };
import exportSchema from "../schemas/data/training-export.schema.json" with { type: "json" };
import type { ExportRecord, TrainingExport } from "../schemas/types.ts";
import type { Losses } from "./losses.ts";
import { Positions } from "./offsets.ts";
import { overlapping, placed } from "./placement.ts";
import type { SourceRecord, Unit } from "./record.ts";

export type Kind = NonNullable<TrainingExport["kind"]>;

/** New names of labels by those that the file has; null leaves one out. */
export type LabelMap = ReadonlyMap<string, string | null>;

type Context = {
  unit: Unit;
  /** What the format's offsets may count. */
  units: readonly Unit[];
  map: LabelMap;
  losses: Losses;
};

type KindTable = {
  /** What its records are annotated with. */
  of: "spans" | "classes";
  header: Pick<TrainingExport, "schemaVersion" | "kind" | "offsetUnit">;
  /** What a label's name may be, as schemas/data/training-export.schema.json has it, and in words. */
  label: RegExp;
  labelInWords: string;
  mostLabels: number;
  /** Nothing: the text is not annotated. */
  annotation(source: SourceRecord, context: Context): Pick<ExportRecord, "keyphrases" | "classes">;
};

const anyName = {
  label: /^[^\p{C}]{1,128}$/u,
  labelInWords: "labels of at most 128 printable characters",
  mostLabels: common.$defs.labels.maxItems,
};

export const kinds: Readonly<Record<Kind, KindTable>> = {
  keyphrases: {
    of: "spans",
    header: { schemaVersion: "1.0", offsetUnit: "utf16" },
    label: /^[A-Za-z][A-Za-z0-9_ /.-]{0,63}$/,
    labelInWords: "labels that begin with a letter, of letters, digits, blanks and _ / . -",
    mostLabels: exportSchema.$defs.keyphraseLabels.maxItems,
    annotation: keyphrasesOf,
  },
  "single-label": {
    of: "classes",
    header: { schemaVersion: "1.1", kind: "single-label" },
    ...anyName,
    annotation: exactlyOneClass,
  },
  "multi-label": {
    of: "classes",
    header: { schemaVersion: "1.1", kind: "multi-label" },
    ...anyName,
    annotation: (source, context) => (source.classes ? { classes: classesOf(source, context) } : {}),
  },
};

/** A label's name in the export; null: it is left out. */
export const renamed = (label: string, map: LabelMap): string | null => {
  const to = map.get(label);
  return to === undefined ? label.trim() : to;
};

export const classesOf = ({ classes = [] }: Pick<SourceRecord, "classes">, { map }: Pick<Context, "map">) => [
  ...new Set(classes.map((name) => renamed(name, map)).filter((name) => name !== null)),
];

/** "None" is an answer in multi-label alone. */
function exactlyOneClass(source: SourceRecord, context: Context): Pick<ExportRecord, "classes"> {
  if (!source.classes) return {};
  const classes = classesOf(source, context);
  if (classes.length === 1) return { classes };
  const what =
    classes.length === 0 ? "texts without a class" : "texts with several classes, left unannotated";
  context.losses.add(what, source.place);
  return {};
}

/** Of a text with a span that cannot be placed nothing is taken: the rest would teach that there is nothing there. */
function keyphrasesOf(
  { text, spans, place }: SourceRecord,
  { unit, units, map, losses }: Context,
): Pick<ExportRecord, "keyphrases"> {
  if (!spans) return {};
  const positions = new Positions(text);
  const keyphrases: NonNullable<ExportRecord["keyphrases"]> = [];
  let isWhole = true;
  for (const span of spans) {
    const label = renamed(span.label, map);
    if (label === null) {
      losses.add("spans whose label --map leaves out", place);
      continue;
    }
    const found = placed(positions, span, { unit, units });
    if ("lost" in found) {
      isWhole = false;
      losses.add(found.lost, place);
      continue;
    }
    if (found.isTrimmed) losses.add("spans without the white space at their ends", place);
    if (found.isPartial) losses.add("spans that begin or end inside a word, taken as they are", place);
    keyphrases.push({ ...found.place, label });
  }
  if (isWhole) {
    losses.add("spans that overlap a longer one, which training takes", place, overlapping(text, keyphrases));
    return { keyphrases };
  }
  losses.add("texts left unannotated, as a span of theirs cannot be placed", place);
  return {};
}
