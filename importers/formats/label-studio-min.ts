// Label Studio's JSON-MIN: one object for each annotation, with the labels under the name of their control.
import { type Format, idOf, isObject, isText, type ReadOptions } from "../format.ts";
import { jsonValuesOf } from "../json-values.ts";
import type { SourceRecord, SourceSpan } from "../record.ts";
import { refusal } from "../refusal.ts";
import { isBy, labelStudioUnits, spansOf } from "./label-studio.ts";

export const labelStudioMin: Format = {
  name: "label-studio-min",
  title: "Label Studio JSON-MIN",
  units: labelStudioUnits,
  recognise({ values }) {
    const [first] = values;
    return isObject(first) && "annotation_id" in first && !("data" in first)
      ? 'objects with "annotation_id" beside the fields of the task'
      : null;
  },
  async *read(files, options, losses) {
    const seen = new Set<string>();
    for (const file of files)
      for await (const { value, place } of jsonValuesOf(file)) {
        if (!isObject(value)) throw refusal(place, "expected an object.");
        if (options.annotator !== undefined && !isBy(options.annotator, value.annotator)) {
          losses.add("annotations by others", place);
          continue;
        }
        const record = recordOf(value, place, options);
        // The same task again is what another person said of it.
        if (record.id !== undefined && seen.has(record.id))
          throw refusal(
            place,
            "expected one annotation a task, found another one of the same task. Name a person with --annotator.",
          );
        if (record.id !== undefined) seen.add(record.id);
        yield record;
      }
  },
};

/** What the export adds to the fields of a task by itself. */
const own = new Set(["id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time"]);

function recordOf(
  value: Record<string, unknown>,
  place: string,
  { textField, labelField }: ReadOptions,
): SourceRecord {
  const text = value[textField ?? "text"];
  if (!isText(text))
    throw refusal(place, 'expected text in the field "text". Name the field with --text-field.');
  const spans: SourceSpan[] = [];
  const classes: string[] = [];
  const found = new Set<"spans" | "classes">();
  for (const [name, field] of Object.entries(value)) {
    if (own.has(name) || name === (textField ?? "text") || (labelField !== undefined && name !== labelField))
      continue;
    if (Array.isArray(field) && field.length > 0 && field.every((one) => isObject(one) && "labels" in one)) {
      found.add("spans");
      for (const one of field) spans.push(...spansOf(one as Record<string, unknown>, place));
    } else if (isObject(field) && Array.isArray(field.choices)) {
      found.add("classes");
      classes.push(...field.choices.filter(isText));
    } else if (name === labelField && isText(field)) {
      found.add("classes");
      classes.push(field);
    } else if (isText(field) && ["choice", "sentiment", "label", "class", "category"].includes(name)) {
      // A single choice is a plain string, as any field of the task is: only usual names are taken for one.
      found.add("classes");
      classes.push(field);
    }
  }
  const record = { place, ...idOf(value.id), text, fields: value };
  if (found.size === 0) return { ...record, spans: [], classes: [] };
  return {
    ...record,
    ...(found.has("spans") && { spans }),
    ...(found.has("classes") && { classes: [...new Set(classes)] }),
  };
}
