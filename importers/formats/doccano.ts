import type { SourceFile } from "../files.ts";
import { type Format, idOf, isObject, isText, lengthOf, type ReadOptions } from "../format.ts";
import { jsonValuesOf } from "../json-values.ts";
import type { Losses } from "../losses.ts";
import type { SourceRecord, SourceSpan } from "../record.ts";
import { refusal } from "../refusal.ts";

// The browser counts UTF-16 units; a project "with graphemes" counts clusters; what a program uploaded counts code
// points. The file does not say which.
export const doccano: Format = {
  name: "doccano",
  title: "doccano JSONL",
  units: ["utf16", "grapheme", "codepoint"],
  recognise({ values }) {
    const [first] = values;
    if (!isObject(first) || textIn(first) === undefined) return null;
    const key = ["label", "entities", "labels", "annotations"].find((name) => Array.isArray(first[name]));
    const items = key === undefined ? [] : (first[key] as unknown[]);
    if (key === undefined || items.some((item) => !isText(item) && !isSpan(item))) return null;
    // spaCy has entities as triples, too: doccano writes them as objects, or beside a list of classes.
    if (key === "entities" && items.some(Array.isArray) && !Array.isArray(first.cats)) return null;
    return `objects with "${"text" in first ? "text" : "data"}" and a list "${key}"`;
  },
  async *read(files, options, losses) {
    const { counted, others } = ofAnnotator(files, options);
    let empty = 0;
    let mayBeEmpty = false;
    for (const file of counted)
      for await (const { value, place } of jsonValuesOf(file)) {
        const record = recordOf(value, place, losses);
        mayBeEmpty ||= (record.spans?.length ?? 0) > 0 || (record.classes?.length ?? 0) > 1;
        if (isEmpty(record) && !isNobodys(file)) empty++;
        yield isNobodys(file) && isEmpty(record) ? unlabelled(record) : record;
      }
    // One class each cannot say "none": there such a text is not annotated, and counted.
    if (empty > 0 && mayBeEmpty)
      losses.say(
        `Texts with an empty list of labels: ${empty}, which count as annotated with nothing found. doccano writes texts that nobody has opened so, too. If there are such, export approved documents alone.`,
      );
    for (const file of others)
      for await (const { place } of jsonValuesOf(file)) losses.add("records in files of others", place);
  },
};

const textIn = ({ text, data }: Record<string, unknown>) =>
  [text, data].find((one): one is string => typeof one === "string");

const nameOf = ({ name }: SourceFile) => name.replace(/^.*\//, "").replace(/\.jsonl?$/i, "");

/** The texts that nobody has labelled, which doccano writes with an empty list beside the files of people. */
const isNobodys = (file: SourceFile) => nameOf(file) === "unknown";

const isEmpty = ({ spans, classes }: SourceRecord) =>
  (spans !== undefined || classes !== undefined) && (spans?.length ?? 0) + (classes?.length ?? 0) === 0;

const unlabelled = ({ spans: _, classes: __, ...record }: SourceRecord): SourceRecord => record;

/** An archive has one file for all, or one for each person, named after them; `unknown` is nobody's, and stays. */
function ofAnnotator(
  files: readonly SourceFile[],
  { annotator }: ReadOptions,
): { counted: readonly SourceFile[]; others: readonly SourceFile[] } {
  const people = files.filter((file) => !["all", "unknown"].includes(nameOf(file)));
  if (annotator === undefined) {
    if (files.length === 1 || people.length <= 1) return { counted: files, others: [] };
    throw refusal(
      "doccano",
      `expected one annotator, found files of ${people.length}. Name one with --annotator: the name of the file, without .jsonl.`,
    );
  }
  if (!files.some((file) => nameOf(file) === annotator))
    throw refusal("doccano", "expected a file of the annotator that --annotator names.");
  const isCounted = (file: SourceFile) => nameOf(file) === annotator || isNobodys(file);
  return { counted: files.filter(isCounted), others: files.filter((file) => !isCounted(file)) };
}

function recordOf(value: unknown, place: string, losses: Losses): SourceRecord {
  const text = isObject(value) ? textIn(value) : undefined;
  if (!isObject(value) || text === undefined) throw refusal(place, 'expected an object with "text".');
  losses.add("relations", place, lengthOf(value.relations));
  losses.add("comments", place, lengthOf(value.Comments) + lengthOf(value.comments));
  const lists = [value.label, value.entities, value.labels, value.annotations];
  // A field that came with the text may have such a name too.
  const items = lists.find(Array.isArray) ?? lists.find((list) => list !== undefined && list !== null);
  const record = { place, ...idOf(value.id), text, fields: value };
  if (items === undefined || items === null) return record;
  if (!Array.isArray(items)) throw refusal(place, "expected a list of labels.");
  // An empty list is of either kind.
  if (items.length === 0 && !Array.isArray(value.cats)) return { ...record, spans: [], classes: [] };
  if (items.length > 0 && items.every(isText)) return { ...record, classes: items };
  const spans = items.map((item) => spanOf(item, place));
  // A project of intents and slots has both.
  return { ...record, spans, ...(Array.isArray(value.cats) && { classes: value.cats.filter(isText) }) };
}

type RawSpan = { start_offset: number; end_offset: number; label: unknown };

const isSpan = (item: unknown): item is [number, number, string] | RawSpan =>
  Array.isArray(item)
    ? item.length === 3 && Number.isInteger(item[0]) && Number.isInteger(item[1])
    : isObject(item) && Number.isInteger(item.start_offset) && Number.isInteger(item.end_offset);

function spanOf(item: unknown, place: string): SourceSpan {
  if (!isSpan(item)) throw refusal(place, "expected labels as [start, end, name].");
  const [start, end, label] = Array.isArray(item) ? item : [item.start_offset, item.end_offset, item.label];
  if (!isText(label))
    throw refusal(place, "expected the names of labels, found numbers. Export from doccano 1.0 or later.");
  return { start, end, label };
}
