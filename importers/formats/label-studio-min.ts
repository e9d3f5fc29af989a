// Label Studio's JSON-MIN: one object for each annotation, with the labels under the name of their control.
import { createHash } from "node:crypto";
import { type Format, idOf, isObject, isText, lengthOf, type ReadOptions } from "../format.ts";
import { jsonValuesOf } from "../json-values.ts";
import type { Losses } from "../losses.ts";
import { once } from "../once.ts";
import type { SourceRecord, SourceSpan } from "../record.ts";
import { refusal } from "../refusal.ts";
import { isBy, labelStudioUnits, spansOf } from "./label-studio.ts";
import { Controls, noField, textOf } from "./label-studio-fields.ts";

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
    const controls = new Controls(options);
    const seen = new Map<string, string>();
    for (const file of files)
      for await (const { value, place } of jsonValuesOf(file)) {
        if (!isObject(value)) throw refusal(place, "expected an object.");
        if (options.annotator !== undefined && !isBy(options.annotator, value.annotator)) {
          losses.add("annotations by others", place);
          continue;
        }
        const record = recordOf(value, place, { options, choices, controls, losses });
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
    controls,
    losses,
  }: { options: ReadOptions; choices: ReadonlySet<string>; controls: Controls; losses: Losses },
): SourceRecord {
  if (!(textField in value)) throw noField(place, "the task");
  const text = textOf(value[textField], place, losses);
  const spans: SourceSpan[] = [];
  const classes: string[] = [];
  const found = new Set<"spans" | "classes">();
  for (const [name, field] of Object.entries(value)) {
    if (own.has(name) || name === textField) continue;
    if (!controls.isAsked(name)) {
      if (isRegions(field) || isChoices(field) || typesOfResults(field).length > 0)
        losses.add("results of controls that --label-field does not name", place, lengthOf(field) || 1);
      continue;
    }
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
      controls.addChoice(name, place);
      classes.push(...field.choices.filter(isText));
    } else if (isText(field) && (labelField !== undefined || choices.has(name))) {
      found.add("classes");
      controls.addChoice(name, place);
      classes.push(field);
    } else for (const type of typesOfResults(field)) losses.add(`results of the type ${type}`, place);
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

/** Of regions and answers that are neither spans nor choices, each an object with its control's own field. */
const typesOfResults = (field: unknown): string[] =>
  Array.isArray(field)
    ? field.flatMap((one) =>
        isObject(one)
          ? Object.keys(one)
              .filter((key) => others.test(key))
              .slice(0, 1)
          : [],
      )
    : [];

const others = /^(?:taxonomy|rating|number|datetime|ranker|pairwise|[a-z]+labels)$/;
