// Prodigy's JSONL, and spaCy's, which has the same spans without an answer.

import type { SourceFile } from "../files.ts";
import { type Format, isObject, isText, lengthOf } from "../format.ts";
import { jsonValuesOf } from "../json-values.ts";
import type { Losses } from "../losses.ts";
import { once } from "../once.ts";
import type { SourceRecord, SourceSpan } from "../record.ts";
import { refusal } from "../refusal.ts";
import { Answers, inputOf, isQuestion, isWanted, type Task } from "./prodigy-answers.ts";

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
    const isSpans = [first.spans, first.entities, first.ents].some(
      (list) =>
        Array.isArray(list) && list.every((one) => Array.isArray(one) || (isObject(one) && "start" in one)),
    );
    if (isSpans) return 'lines with "text" and "spans"';
    if (isObject(first.cats)) return 'lines with "text" and "cats"';
    return isGroups(first.spans) && Array.isArray(first.tokens)
      ? 'lines with "text" and groups of spans, as Doc.to_json of spaCy writes them'
      : null;
  },
  async *read(files, options, losses) {
    const answers = await answersIn(files, options);
    const open = new Map<string, { record: SourceRecord; left: number }>();
    for await (const { task, place, number } of tasksIn(files)) {
      if (!isWanted(task, options)) losses.add("answers of others", place);
      else if (!answers.counts(task, number)) losses.add("answers that a later one replaced", place);
      else if (!isQuestion(task) || answers.askedAbout(task) === 0) yield recordOf(task, place, losses);
      else if (answers.isSaidWhole(task))
        losses.add("questions about a text that was annotated whole", place);
      else {
        const key = inputOf(task);
        const { record, left } = open.get(key) ?? { record: null, left: answers.askedAbout(task) };
        const joined = together(record, recordOf(task, place, losses));
        if (left > 1) open.set(key, { record: joined, left: left - 1 });
        else {
          open.delete(key);
          yield joined;
        }
      }
    }
  },
};

const answersIn = once(async (files, options) => {
  const answers = new Answers();
  for await (const { task, place, number } of tasksIn(files))
    if (isWanted(task, options)) answers.add(task, number, place, options);
  return answers;
});

async function* tasksIn(files: readonly SourceFile[]) {
  let number = 0;
  for (const file of files)
    for await (const { value, place } of jsonValuesOf(file))
      yield { task: taskOf(value, place), place, number: number++ };
}

/** What was said to several questions about one text: what any of them accepts holds. */
function together(one: SourceRecord | null, other: SourceRecord): SourceRecord {
  if (!one) return other;
  const spans = one.spans || other.spans ? [...(one.spans ?? []), ...(other.spans ?? [])] : undefined;
  const classes =
    one.classes || other.classes ? [...(one.classes ?? []), ...(other.classes ?? [])] : undefined;
  return { ...one, ...(spans && { spans }), ...(classes && { classes }) };
}

function taskOf(value: unknown, place: string): Task {
  const task =
    Array.isArray(value) && isText(value[0]) && isObject(value[1]) ? { text: value[0], ...value[1] } : value;
  if (!isObject(task) || typeof task.text !== "string")
    throw refusal(place, 'expected an object with "text".');
  return task;
}

function recordOf(task: Task, place: string, losses: Losses): SourceRecord {
  losses.add("relations", place, lengthOf(task.relations));
  const { answer } = task;
  // The labels of a task that was rejected are what the person refused.
  const record = { place, text: task.text as string, fields: task };
  if (answer !== undefined && answer !== "accept") {
    losses.add(`tasks answered with ${answer === "reject" ? "reject" : "ignore"}`, place);
    return record;
  }
  const classes = classesIn(task, losses);
  // spaCy's own Doc.to_json says ents, and has groups of spans beside them: which of these count, it does not say.
  const hasGroups = isGroups(task.spans);
  if (hasGroups) losses.add("span groups", place);
  const list = task.ents ?? (hasGroups ? task.entities : (task.spans ?? task.entities));
  if (list !== undefined && !Array.isArray(list)) throw refusal(place, "expected a list of spans.");
  if (classes && ["choice", "classification"].includes(String(task._view_id))) {
    losses.add("spans that were shown beside a question of classes", place, lengthOf(list));
    return { ...record, classes };
  }
  if (isQuestion(task) && !classes)
    losses.say("Yes or no was asked about single spans. What was not asked about counts as no span.");
  if (classes && list === undefined) return { ...record, classes };
  if (hasGroups && list === undefined) return record;
  const spans = (list ?? []).map((span) => spanOf(span, task.tokens, place));
  return { ...record, spans, ...(classes && { classes }) };
}

/** undefined: it is not about classes. */
function classesIn({ accept, cats, label, spans, _view_id }: Task, losses: Losses): string[] | undefined {
  if (Array.isArray(accept)) {
    if (accept.some((id) => typeof id === "number"))
      losses.say(
        "The ids of some choices are numbers, which are taken as names of classes. Rename them with --map.",
      );
    return accept.filter((id) => isText(id) || typeof id === "number").map(String);
  }
  if (isObject(cats)) return assigned(cats);
  // A binary question of a text's class: the label is the answer.
  return isText(label) && (spans === undefined || _view_id === "classification") ? [label] : undefined;
}

const isGroups = (spans: unknown): spans is Record<string, unknown[]> =>
  isObject(spans) && Object.values(spans).length > 0 && Object.values(spans).every(Array.isArray);

const assigned = (cats: Record<string, unknown>) =>
  Object.entries(cats).flatMap(([name, value]) => (value === true || Number(value) >= 0.5 ? [name] : []));

function spanOf(span: unknown, tokens: unknown, place: string): SourceSpan {
  const [start, end, label] = Array.isArray(span)
    ? span
    : isObject(span)
      ? [span.start, span.end, span.label]
      : [];
  if (!Number.isInteger(start) || !Number.isInteger(end) || !isText(label))
    throw refusal(place, "expected spans with start, end and label.");
  const text = isObject(span) ? (isText(span.text) ? span.text : textOfTokens(span, tokens)) : undefined;
  return { start: Number(start), end: Number(end), label, ...(text !== undefined && { text }) };
}

/** What the words say that a span was made of; undefined: there are none, or parts of words were marked. */
function textOfTokens(span: Record<string, unknown>, tokens: unknown): string | undefined {
  const { token_start: first, token_end: last } = span;
  if (!Array.isArray(tokens) || !Number.isInteger(first) || !Number.isInteger(last)) return undefined;
  // token_end is the last one's own index.
  const own: unknown[] = tokens.slice(Number(first), Number(last) + 1);
  if (own.length === 0) return undefined;
  let text = "";
  let end: unknown;
  for (const token of own) {
    if (!isObject(token) || typeof token.text !== "string") return undefined;
    text += end === undefined || token.start === end ? token.text : ` ${token.text}`;
    end = token.end;
  }
  return text;
}
