// Label Studio's JSON: an array of tasks, each with every annotation that anybody has made.
import { type Format, idOf, isObject, isText, lengthOf, type ReadOptions } from "../format.ts";
import { jsonValuesOf } from "../json-values.ts";
import type { Losses } from "../losses.ts";
import type { SourceRecord, SourceSpan, Unit } from "../record.ts";
import { refusal } from "../refusal.ts";
import { Controls, TextField } from "./label-studio-fields.ts";

// Code points since the front end of 2021, UTF-16 units before.
export const labelStudioUnits: readonly Unit[] = ["codepoint", "utf16"];

type Annotation = Record<string, unknown> & { result: Result[] };
type Result = Record<string, unknown> & { type: string; value: Record<string, unknown> };

export const labelStudio: Format = {
  name: "label-studio",
  title: "Label Studio JSON",
  units: labelStudioUnits,
  recognise({ values }) {
    const [first] = values;
    if (!isObject(first) || !isObject(first.data)) return null;
    const key = ["annotations", "completions"].find((name) => Array.isArray(first[name]));
    return key === undefined ? null : `tasks with "data" and "${key}"`;
  },
  async *read(files, options, losses) {
    const context = { options, losses, field: new TextField(options), controls: new Controls(options) };
    for (const file of files)
      for await (const { value, place } of jsonValuesOf(file)) yield recordOf(value, place, context);
  },
};

type Context = { options: ReadOptions; losses: Losses; field: TextField; controls: Controls };

function recordOf(task: unknown, place: string, context: Context): SourceRecord {
  const { losses, field, controls } = context;
  if (!isObject(task) || !isObject(task.data)) throw refusal(place, 'expected a task with "data".');
  losses.add("predictions", place, lengthOf(task.predictions));
  losses.add("drafts", place, lengthOf(task.drafts));
  const made = (task.annotations ?? task.completions ?? []) as unknown;
  if (!Array.isArray(made)) throw refusal(place, "expected a list of annotations.");
  const annotations = made
    .filter((one): one is Annotation => isObject(one) && Array.isArray(one.result))
    .map((one) => ({ ...one, result: one.result.filter(isObject) as Result[] }));
  losses.add("annotations without their results", place, made.length - annotations.length);
  const [cancelled, done] = [annotations.filter(isCancelled), annotations.filter((one) => !isCancelled(one))];
  losses.add("cancelled annotations", place, cancelled.length);
  const chosen = chosenOf(done, place, context);
  const text = field.textIn(task.data, place, losses);
  const record = { place, ...idOf(task.id), text, fields: task };
  return chosen ? { ...record, ...labelsOf(chosen, place, { losses, controls }) } : record;
}

/** Before 1.0 a completion was skipped. */
const isCancelled = ({ was_cancelled, skipped }: Annotation) => was_cancelled === true || skipped === true;

/** The newest ground truth; else that of the person who is named; else the only one there is. */
function chosenOf(
  annotations: Annotation[],
  place: string,
  { options: { annotator }, losses, controls }: Context,
): Annotation | undefined {
  const newest = (some: Annotation[]) =>
    some.toSorted((one, other) => dateOf(one) - dateOf(other) || Number(one.id) - Number(other.id)).at(-1);
  const truths = annotations.filter((one) => one.ground_truth === true);
  const own =
    annotator === undefined ? annotations : annotations.filter((one) => isBy(annotator, one.completed_by));
  if (truths.length === 0 && own.length > 1 && annotator === undefined && differ(own, controls))
    throw refusal(
      place,
      `expected one annotation or a ground truth, found ${own.length} that differ. Mark one as ground truth, or name a person with --annotator.`,
    );
  const chosen = newest(truths) ?? newest(own);
  losses.add("annotations beside the one that counts", place, annotations.length - (chosen ? 1 : 0));
  return chosen;
}

const dateOf = ({ updated_at, created_at }: Annotation) =>
  Date.parse(String(updated_at ?? created_at ?? "")) || 0;

/** A number, or an object with an id and an address. */
export const isBy = (annotator: string, who: unknown): boolean =>
  isObject(who) ? isBy(annotator, who.id) || isBy(annotator, who.email) : String(who) === annotator;

/** Whether they say different things, in whatever order. */
const differ = (annotations: Annotation[], controls: Controls) =>
  new Set(
    annotations.map(({ result }) =>
      JSON.stringify(
        result
          .filter(({ from_name }) => controls.isAsked(from_name))
          .map(({ from_name, type, value }) => JSON.stringify([from_name, type, value]))
          .sort(),
      ),
    ),
  ).size > 1;

/** A region with several labels has one result for each kind of control, under the same id. */
function labelsOf(
  { result }: Annotation,
  place: string,
  { losses, controls }: Pick<Context, "losses" | "controls">,
): Pick<SourceRecord, "spans" | "classes"> {
  const spans: SourceSpan[] = [];
  const classes: string[] = [];
  const types = new Set<string>();
  for (const one of result) {
    const { type } = one;
    const value = isObject(one.value) ? one.value : {};
    if (!controls.isAsked(one.from_name))
      losses.add("results of controls that --label-field does not name", place);
    else if (type === "labels") {
      types.add(type);
      controls.addRegion(one, place);
      spans.push(...spansOf(value, place, losses));
    } else if (type === "choices" && "start" in value) losses.add("choices about a region", place);
    else if (type === "choices") {
      types.add(type);
      controls.addChoice(one.from_name, place);
      classes.push(...(Array.isArray(value.choices) ? value.choices.filter(isText) : []));
    } else if (String(type).endsWith("labels"))
      throw refusal(
        place,
        "expected regions of plain text, found those of another kind. Export a project with <Labels> over <Text>, not <HyperText> or <Paragraphs>.",
      );
    else losses.add(type === "relation" ? "relations" : `results of the type ${String(type)}`, place);
  }
  if (result.length === 0) return { spans: [], classes: [] };
  // A rating or a remark says nothing of spans and classes.
  if (types.size === 0) losses.add("texts with neither regions nor choices, left unannotated", place);
  return {
    ...(types.has("labels") && { spans }),
    ...(types.has("choices") && { classes: [...new Set(classes)] }),
  };
}

/** One span for each of the labels that a region has. */
export function spansOf(
  { start, end, text, channel, labels = [] }: Record<string, unknown>,
  place: string,
  losses: Losses,
): SourceSpan[] {
  if (channel !== undefined)
    throw refusal(place, "expected regions of plain text, found those of a recording, which count seconds.");
  if (!Number.isInteger(start) || !Number.isInteger(end) || !Array.isArray(labels))
    throw refusal(
      place,
      "expected regions of plain text, whose start and end are whole numbers. <Labels> over <HyperText> or <Audio> are not read.",
    );
  const said = isText(text) ? { text } : {};
  const names = labels.filter(isText);
  if (names.length === 0) losses.add("regions without a label", place);
  return names.map((label) => ({ start: Number(start), end: Number(end), label, ...said }));
}
