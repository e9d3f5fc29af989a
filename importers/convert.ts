// Two readings: the first finds out what the file is as a whole (kind, labels, what offsets count), the second writes.
import type { ExportRecord, TrainingExport } from "../schemas/types.ts";
import type { SourceFile } from "./files.ts";
import type { Format, ReadOptions } from "./format.ts";
import { Ids } from "./ids.ts";
import { type Kind, kinds, type LabelMap } from "./kinds.ts";
import { Losses } from "./losses.ts";
import { type SourceRecord, type Unit, units } from "./record.ts";
import { refusal } from "./refusal.ts";
import { isAsSuggested } from "./suggested.ts";
import { Survey } from "./survey.ts";
import type { UnitChoice } from "./unit-choice.ts";
import { usable } from "./usable.ts";

export const offsetChoices: readonly (Unit | "auto")[] = ["auto", ...units];

export type ImportOptions = ReadOptions & {
  offsets: Unit | "auto";
  map: LabelMap;
  /** The field that names the patient, with dots into objects. */
  patientField?: string;
  kind?: Kind;
  /** People have looked at suggestions of the model that come back unchanged. */
  reviewed?: boolean;
  /** It goes into an export that has labels: the file may say everywhere that there is nothing. */
  hasLabels?: boolean;
};

/** What an import found, for people and programs. */
export type Imported = {
  format: string;
  kind: Kind;
  records: number;
  annotated: number;
  /** Spans or classes, by label. */
  labels: Record<string, number>;
  /** null where the format has no offsets. */
  offsets: UnitChoice | null;
  said: string[];
  losses: Losses["entries"];
};

/** An import whose files have been read once. */
export type Prepared = {
  header: TrainingExport;
  /** Reads the files again; at its end `result` is complete. */
  records(): AsyncGenerator<{ record: ExportRecord; place: string }>;
  result: Imported;
};

/** Throws InvalidExport for what cannot become an export: a mixture of units, two kinds, a label to be renamed first. */
export async function prepare(
  format: Format,
  files: readonly SourceFile[],
  options: ImportOptions,
): Promise<Prepared> {
  const survey = new Survey(format, options);
  const losses = new Losses();
  for await (const record of usable(format.read(files, options, losses), losses)) survey.add(record);
  // What was passed over tells why nothing is left.
  const instead = losses.entries
    .map(({ what, count, first }) => `; ${what}: ${count}, first ${first}`)
    .join("");
  if (survey.records === 0)
    throw refusal(files[0]?.name ?? format.name, `expected at least one text that can be used${instead}.`);
  const kind = survey.kind(options, instead);
  const labels = survey.labelsOf(kind, options);
  const hasOffsets = format.units.length > 0 && kinds[kind].of === "spans";
  const result: Imported = {
    format: format.name,
    kind,
    records: 0,
    annotated: 0,
    labels: Object.fromEntries(labels.map((label) => [label, 0])),
    offsets: hasOffsets ? survey.units.decide(options.offsets) : null,
    said: [...losses.said],
    losses: [],
  };
  const unit = result.offsets?.unit ?? "utf16";
  async function* records() {
    const lost = new Losses();
    const ids = new Ids();
    for await (const read of usable(format.read(files, options, lost), lost)) {
      const source = options.reviewed ? read : withoutSuggestion(read, lost);
      const annotation = kinds[kind].annotation(source, {
        unit,
        units: survey.units.candidates,
        map: options.map,
        losses: lost,
      });
      lost.add(
        `${kinds[kind].of === "spans" ? "classes" : "spans"} in a file of both`,
        source.place,
        (kinds[kind].of === "spans" ? source.classes : source.spans)?.length ?? 0,
      );
      const record: ExportRecord = {
        recordId: ids.next(source, lost),
        ...patientOf(source, options.patientField, lost),
        text: source.text,
        ...annotation,
      };
      const found = annotation.keyphrases?.map(({ label }) => label) ?? annotation.classes;
      result.records++;
      if (found) result.annotated++;
      for (const label of found ?? []) result.labels[label]!++;
      yield { record, place: source.place };
    }
    result.losses = lost.entries;
  }
  return { header: headerOf(format, files, kind, labels), records, result };
}

/** What a model says is not what a person says: unchanged, it may be that nobody has looked. */
function withoutSuggestion(source: SourceRecord, losses: Losses): SourceRecord {
  if (!isAsSuggested(source)) return source;
  losses.add("suggestions of the model that came back unchanged, not taken without --reviewed", source.place);
  const { spans: _, classes: __, ...record } = source;
  return record;
}

/** The same files give the same export, byte for byte: its time is theirs. */
function headerOf(
  { name }: Format,
  files: readonly SourceFile[],
  kind: Kind,
  labels: string[],
): TrainingExport {
  const newest = files.reduce((latest, { changed }) => (changed > latest ? changed : latest), new Date(0));
  const exportedAt = `${newest.toISOString().slice(0, 19)}Z`;
  return {
    ...kinds[kind].header,
    exportId: `${name}-${exportedAt.replace(/\D/g, "")}`,
    exportedAt,
    source: `pbp import ${name}`,
    labels,
  };
}

/** A patient's notes stay on one side of the split; a field that only some records have would part them silently. */
function patientOf(
  { fields, place, spans, classes }: SourceRecord,
  path: string | undefined,
  losses: Losses,
): Pick<ExportRecord, "patientId"> {
  if (path === undefined) return {};
  let value: unknown = fields;
  for (const name of path.split("."))
    value =
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  if (typeof value === "number") return { patientId: String(value) };
  if (typeof value === "string" && value !== "" && value.length <= 128) return { patientId: value };
  // A text without an annotation is on neither side; doccano writes it without its fields.
  if (value === undefined && !spans && !classes) {
    losses.add("texts without an annotation and without the patient's field", place);
    return {};
  }
  throw refusal(
    place,
    `expected the patient in the field "${path}", as --patient-field says: text of at most 128 characters, or a number.`,
  );
}
