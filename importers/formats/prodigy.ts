// Prodigy's JSONL, and spaCy's, which has the same spans without an answer.

import type { SourceFile } from "../files.ts";
import { type Format, isObject, isText, lengthOf, type ReadOptions } from "../format.ts";
import { jsonValuesOf } from "../json-values.ts";
import type { Losses } from "../losses.ts";
import type { SourceRecord, SourceSpan } from "../record.ts";
import { refusal } from "../refusal.ts";

export const prodigy: Format = {
  name: "prodigy",
  title: "Prodigy or spaCy JSONL",
  units: ["codepoint", "utf16"],
  recognise({ values }) {
    const [first] = values;
    if (Array.isArray(first))
      return isText(first[0]) && isObject(first[1])
        ? "lines of [text, annotations], as spaCy 2 wrote them"
        : null;
    if (!isObject(first) || !isText(first.text)) return null;
    if ("answer" in first || "_input_hash" in first) return 'lines with "answer" or "_input_hash"';
    const isSpans = [first.spans, first.entities].some(
      (list) =>
        Array.isArray(list) && list.every((one) => Array.isArray(one) || (isObject(one) && "start" in one)),
    );
    return isSpans
      ? 'lines with "text" and "spans"'
      : isObject(first.cats)
        ? 'lines with "text" and "cats"'
        : null;
  },
  async *read(files, options, losses) {
    const latest = await latestAnswers(files, options);
    for (const file of files) {
      for await (const { value, place } of jsonValuesOf(file)) {
        const task = taskOf(value, place);
        if (!isWanted(task, options)) losses.add("answers of others", place);
        else if (latest.get(String(task._input_hash)) !== place && task._input_hash !== undefined)
          losses.add("answers that a later one replaced", place);
        else yield recordOf(task, place, losses);
      }
    }
  },
};

/** The same text can be answered several times: by place, the answer that was given last. */
async function latestAnswers(
  files: readonly SourceFile[],
  options: ReadOptions,
): Promise<Map<string, string>> {
  const latest = new Map<string, { at: number; place: string }>();
  for (const file of files)
    for await (const { value, place } of jsonValuesOf(file)) {
      const task = taskOf(value, place);
      if (task._input_hash === undefined || !isWanted(task, options)) continue;
      const hash = String(task._input_hash);
      const at = Number(task._timestamp ?? 0);
      if (at >= (latest.get(hash)?.at ?? Number.NEGATIVE_INFINITY)) latest.set(hash, { at, place });
    }
  return new Map([...latest].map(([hash, { place }]) => [hash, place]));
}

function taskOf(value: unknown, place: string): Record<string, unknown> {
  const task =
    Array.isArray(value) && isText(value[0]) && isObject(value[1]) ? { text: value[0], ...value[1] } : value;
  if (!isObject(task) || !isText(task.text)) throw refusal(place, 'expected an object with "text".');
  return task;
}

const isWanted = (task: Record<string, unknown>, { annotator }: ReadOptions) =>
  annotator === undefined || task._annotator_id === annotator || task._session_id === annotator;

function recordOf(task: Record<string, unknown>, place: string, losses: Losses): SourceRecord {
  losses.add("relations", place, lengthOf(task.relations));
  const { answer } = task;
  // The labels of a task that was rejected are what the person refused.
  const record = { place, text: task.text as string, fields: task };
  if (answer !== undefined && answer !== "accept") {
    losses.add(`tasks answered with ${answer === "reject" ? "reject" : "ignore"}`, place);
    return record;
  }
  if (Array.isArray(task.accept)) return { ...record, classes: task.accept.filter(isText).map(String) };
  if (isObject(task.cats)) return { ...record, classes: assigned(task.cats) };
  // A binary question of a text's class: the label is the answer.
  if (isText(task.label) && task.spans === undefined) return { ...record, classes: [task.label] };
  const spans = task.spans ?? task.entities ?? [];
  if (!Array.isArray(spans)) throw refusal(place, "expected a list of spans.");
  return { ...record, spans: spans.map((span) => spanOf(span, place)) };
}

const assigned = (cats: Record<string, unknown>) =>
  Object.entries(cats).flatMap(([name, value]) => (value === true || Number(value) >= 0.5 ? [name] : []));

function spanOf(span: unknown, place: string): SourceSpan {
  const [start, end, label] = Array.isArray(span)
    ? span
    : isObject(span)
      ? [span.start, span.end, span.label]
      : [];
  if (!Number.isInteger(start) || !Number.isInteger(end) || !isText(label))
    throw refusal(place, "expected spans with start, end and label.");
  const said = isObject(span) && isText(span.text) ? { text: span.text } : {};
  return { start: Number(start), end: Number(end), label, ...said };
}
