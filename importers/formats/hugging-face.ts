// Data sets as Hugging Face's library writes them in JSON: words with tags, or a text with a class; names may be numbers
// that dataset_info.json explains.
import type { SourceFile } from "../files.ts";
import { type Format, idOf, isObject, isText, type ReadOptions } from "../format.ts";
import { jsonValuesOf } from "../json-values.ts";
import type { SourceRecord } from "../record.ts";
import { refusal } from "../refusal.ts";
import { wholeText } from "../text.ts";
import { rebuilt } from "./tagged.ts";

const wordKeys = ["tokens", "words"];
const tagKeys = ["ner_tags", "ner", "tags", "labels"];
const classKeys = ["label", "labels"];
const INFO = "dataset_info.json";

/** Whether a file explains those beside it: as datasets writes it, or of before 2023, for several configurations. */
export const explains = ({ name }: Pick<SourceFile, "name">) => /(?:^|\/)dataset_infos?\.json$/.test(name);

const keyIn = (value: Record<string, unknown>, keys: string[]) =>
  keys.find((key) => Array.isArray(value[key]));

export const huggingFace: Format = {
  name: "hugging-face",
  title: "Hugging Face JSON",
  units: [],
  recognise({ values, named: { textField = "text", labelField } }) {
    const [first] = values;
    if (!isObject(first)) return null;
    const [words, tags] = [keyIn(first, wordKeys), keyIn(first, tagKeys)];
    if (words && tags && (first[words] as unknown[]).every((word) => typeof word === "string"))
      return `objects with the lists "${words}" and "${tags}"`;
    // Where people name the fields, there may be any others.
    const isBare = Object.keys(first).length <= 4 || labelField !== undefined;
    const column = labelField ?? classKeys.find((key) => key in first);
    if (column === undefined || !isBare || !isText(first[textField])) return null;
    const isClass = (label: unknown) =>
      ["number", "string", "boolean"].includes(typeof label) || isNumbers(label, labelField);
    return values.some((one) => isObject(one) && isClass(one[column]))
      ? `objects with "${textField}" and "${column}"`
      : null;
  },
  async *read(files, options) {
    const info = files.find(explains);
    const names = info ? await namesIn(info) : {};
    for (const file of files) {
      if (explains(file)) continue;
      for await (const { value, place } of jsonValuesOf(file)) {
        if (!isObject(value)) throw refusal(place, "expected an object.");
        const record = { place, ...idOf(value.id), fields: value };
        yield keyIn(value, wordKeys)
          ? tagged(value, record, names)
          : classified(value, record, { names, ...options });
      }
    }
  },
};

/** Several classes of a text, as numbers; names are a list as doccano has it, unless a person says that they are classes. */
const isNumbers = (label: unknown, asked: string | undefined) =>
  Array.isArray(label) &&
  label.length > 0 &&
  label.every(
    (one) => typeof one === "number" || (asked !== undefined && !classKeys.includes(asked) && isText(one)),
  );

type Names = Record<string, string[]>;

/** The names of each column's numbers. */
async function namesIn(file: SourceFile): Promise<Names> {
  const names: Names = {};
  let info: unknown;
  try {
    info = JSON.parse(await wholeText(file));
  } catch {
    throw refusal(file.name, "expected JSON.");
  }
  const configurations = isObject(info) && !isObject(info.features) ? Object.values(info) : [info];
  if (configurations.length > 1)
    throw refusal(
      file.name,
      `expected one configuration, found ${configurations.length}. Leave the one of these files.`,
    );
  const [only] = configurations;
  const features = isObject(only) && isObject(only.features) ? only.features : {};
  for (const [column, feature] of Object.entries(features)) {
    const inner = isObject(feature) && isObject(feature.feature) ? feature.feature : feature;
    if (isObject(inner) && Array.isArray(inner.names)) names[column] = inner.names.map(String);
  }
  return names;
}

function nameOf(value: unknown, column: string, names: Names, place: string): string {
  if (isText(value)) return value;
  if (typeof value === "boolean") return String(value);
  const name = typeof value === "number" ? names[column]?.[value] : undefined;
  if (name === undefined)
    throw refusal(
      place,
      `expected names in "${column}", found numbers. Name the folder with ${INFO} too, which explains them.`,
    );
  return name;
}

type Begun = Pick<SourceRecord, "place" | "id" | "fields">;

function tagged(value: Record<string, unknown>, record: Begun, names: Names): SourceRecord {
  const words = value[keyIn(value, wordKeys)!] as unknown[];
  const column = keyIn(value, tagKeys);
  const tags = column === undefined ? undefined : (value[column] as unknown[]);
  if (tags && tags.length !== words.length) throw refusal(record.place, "expected as many tags as words.");
  const sentence = words.map((word, index) => ({
    word: String(word),
    tag: tags ? nameOf(tags[index], column!, names, record.place) : "O",
  }));
  const { text, spans } = rebuilt([sentence]);
  return tags ? { ...record, text, spans } : { ...record, text };
}

function classified(
  value: Record<string, unknown>,
  record: Begun,
  { names, textField = "text", labelField, textsOnly }: { names: Names } & ReadOptions,
): SourceRecord {
  const column = labelField ?? classKeys.find((key) => key in value) ?? "label";
  const text = value[textField];
  if (textsOnly) return { ...record, text: isText(text) ? text : "" };
  // As pandas writes an empty cell.
  if (text === null) return { ...record, text: "" };
  if (!isText(text)) throw refusal(record.place, `expected "tokens" or "${textField}".`);
  const label = value[column];
  // −1 is how a data set writes that a label is not known.
  if (label === undefined || label === null || label === -1) return { ...record, text };
  const labels = Array.isArray(label) ? label : [label];
  return { ...record, text, classes: labels.map((one) => nameOf(one, column, names, record.place)) };
}
