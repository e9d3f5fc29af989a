// Label Studio's JSON-MIN: one object for each annotation, with the labels under the name of their control.
import { createHash } from "node:crypto";
import { type Format, idOf, isObject, isText, type ReadOptions } from "../format.ts";
import { jsonValuesOf } from "../json-values.ts";
import type { Losses } from "../losses.ts";
import { once } from "../once.ts";
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
    const choices = await namesOfChoices(files, options);
    const seen = new Map<string, string>();
    for (const file of files)
      for await (const { value, place } of jsonValuesOf(file)) {
        if (!isObject(value)) throw refusal(place, "expected an object.");
        if (options.annotator !== undefined && !isBy(options.annotator, value.annotator)) {
          losses.add("annotations by others", place);
          continue;
        }
        const record = recordOf(value, place, { options, choices, losses });
        // The same task again is what another person said of it.
        const before = record.id === undefined ? undefined : seen.get(record.id);
        if (before === undefined) {
          if (record.id !== undefined) seen.set(record.id, digestOf(record));
          yield record;
        } else if (before === digestOf(record)) losses.add("annotations beside an equal one", place);
        else
          throw refusal(
            place,
            "expected one annotation a task, found another one of the same task that differs. Name a person with --annotator.",
          );
      }
  },
};

/** A single choice is written as a plain string, as any field of the task is: unless several were chosen elsewhere. */
const namesOfChoices = once(async (files) => {
  const names = new Set(["choice", "sentiment", "label", "class", "category"]);
  for (const file of files)
    for await (const { value } of jsonValuesOf(file))
      for (const [name, field] of Object.entries(isObject(value) ? value : {}))
        if (isChoices(field)) names.add(name);
  return names;
});

const isChoices = (field: unknown): field is { choices: unknown[] } =>
  isObject(field) && Array.isArray(field.choices);

/** Of what was said, whatever its order. */
const digestOf = ({ spans = [], classes = [] }: SourceRecord) =>
  createHash("sha256")
    .update(JSON.stringify([...spans.map((span) => JSON.stringify(span)), ...classes].sort()))
    .digest("base64");

/** What the export adds to the fields of a task by itself. */
const own = new Set(["id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time"]);

function recordOf(
  value: Record<string, unknown>,
  place: string,
  {
    options: { textField = "text", labelField },
    choices,
    losses,
  }: { options: ReadOptions; choices: ReadonlySet<string>; losses: Losses },
): SourceRecord {
  const text = value[textField];
  if (typeof text !== "string")
    throw refusal(place, 'expected text in the field "text". Name the field with --text-field.');
  const spans: SourceSpan[] = [];
  const classes: string[] = [];
  const found = new Set<"spans" | "classes">();
  for (const [name, field] of Object.entries(value)) {
    if (own.has(name) || name === textField || (labelField !== undefined && name !== labelField)) continue;
    if (isRegions(field)) {
      const [chosen, marked] = [
        field.filter((one) => "choices" in one),
        field.filter((one) => !("choices" in one)),
      ];
      losses.add("choices about a region", place, chosen.length);
      if (marked.length > 0) found.add("spans");
      for (const one of marked) spans.push(...spansOf(one, place, losses));
    } else if (isChoices(field)) {
      found.add("classes");
      classes.push(...field.choices.filter(isText));
    } else if (isText(field) && (name === labelField || choices.has(name))) {
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

const isRegions = (field: unknown): field is Record<string, unknown>[] =>
  Array.isArray(field) &&
  field.length > 0 &&
  field.every((one) => isObject(one) && "start" in one && "end" in one);
