// SageMaker Ground Truth's output manifest, which is Amazon Comprehend's augmented manifest too. A job's labels are under
// an attribute of any name; its metadata say what they are.
import type { SourceFile } from "../files.ts";
import { type Format, isObject, isText, type ReadOptions } from "../format.ts";
import { jsonValuesOf } from "../json-values.ts";
import type { Losses } from "../losses.ts";
import type { SourceRecord } from "../record.ts";
import { refusal } from "../refusal.ts";
import { wholeText } from "../text.ts";

const METADATA = "-metadata";
const FAILED = "failure-reason";
const types: Record<string, (label: unknown, metadata: Record<string, unknown>, place: string) => Found> = {
  "groundtruth/text-span": spansIn,
  "groundtruth/text-classification": classIn,
  "groundtruth/text-classification-multilabel": classesIn,
};
type Found = Pick<SourceRecord, "spans" | "classes">;

export const groundTruth: Format = {
  name: "ground-truth",
  title: "SageMaker Ground Truth or Comprehend manifest",
  // Marked in a browser; the pages of AWS do not say what is counted.
  units: ["utf16", "codepoint"],
  recognise({ values }) {
    const isLine = (value: unknown) => isObject(value) && ("source" in value || "source-ref" in value);
    return values.some((value) => isLine(value) && jobsIn(value as Record<string, unknown>).length > 0)
      ? 'lines with "source" and the metadata of a labelling job'
      : null;
  },
  async *read(files, options, losses) {
    const texts = new Texts(files);
    for (const file of files) {
      if (!/\.(manifest|jsonl?)$/i.test(file.name) && files.length > 1) continue;
      for await (const { value, place } of jsonValuesOf(file))
        yield await recordOf(value, place, texts, options, losses);
    }
  },
};

const jobsIn = (line: Record<string, unknown>) =>
  Object.keys(line).filter((key) => {
    const metadata = line[key + METADATA];
    return (
      isObject(metadata) &&
      isText(metadata.type) &&
      metadata.type in types &&
      key in line &&
      !(FAILED in metadata)
    );
  });

async function recordOf(
  line: unknown,
  place: string,
  texts: Texts,
  options: ReadOptions,
  losses: Losses,
): Promise<SourceRecord> {
  if (!isObject(line)) throw refusal(place, "expected an object.");
  const record: SourceRecord = { place, text: await textOf(line, place, texts), fields: line };
  for (const [key, value] of Object.entries(line))
    if (key.endsWith(METADATA) && isObject(value) && FAILED in value)
      losses.add("lines whose job failed", place);
  const job = jobOf(line, place, options, losses);
  if (job === undefined) return record;
  const metadata = line[job + METADATA] as Record<string, unknown>;
  return { ...record, ...types[metadata.type as string]!(line[job], metadata, place) };
}

/** Jobs can be chained: the newest has looked at what the one before it said. */
function jobOf(
  line: Record<string, unknown>,
  place: string,
  { labelField }: ReadOptions,
  losses: Losses,
): string | undefined {
  const jobs = jobsIn(line).filter((job) => labelField === undefined || job === labelField);
  const created = (job: string) =>
    Date.parse(String((line[job + METADATA] as Record<string, unknown>)["creation-date"])) || 0;
  const newest = jobs.toSorted((one, other) => created(one) - created(other)).at(-1);
  losses.add("labels of earlier jobs", place, Math.max(0, jobs.length - 1));
  return newest;
}

async function textOf(line: Record<string, unknown>, place: string, texts: Texts): Promise<string> {
  if (isText(line.source)) return line.source;
  const reference = line["source-ref"];
  if (!isText(reference)) throw refusal(place, 'expected "source" or "source-ref".');
  return wholeText(texts.of(reference, place));
}

/** The files that stand where a manifest's references name objects: in folders of the same names, as far as they go. */
class Texts {
  private readonly byName: Map<string, SourceFile[]>;
  private readonly taken = new Map<SourceFile, string>();

  constructor(files: readonly SourceFile[]) {
    this.byName = Map.groupBy(files, ({ name }) => name.replace(/^.*\//, ""));
  }

  /** Throws InvalidExport where there is none, or another object's text may be it. */
  of(reference: string, place: string): SourceFile {
    const path = reference.split("/").reverse();
    const shared = ({ name }: SourceFile) => {
      const parts = name.split("/").reverse();
      const differs = parts.findIndex((part, index) => part !== path[index]);
      return differs < 0 ? parts.length : differs;
    };
    const candidates = this.byName.get(path[0]!) ?? [];
    const most = Math.max(0, ...candidates.map(shared));
    const [file, ...others] = candidates.filter((one) => shared(one) === most);
    if (!file)
      throw refusal(
        place,
        "expected the text that source-ref names among the files. Download it, and name its folder too.",
      );
    if (others.length > 0 || (this.taken.get(file) ?? reference) !== reference)
      throw refusal(
        place,
        "expected one file for each source-ref: several objects of this name have other folders than the files. Keep the folders of the bucket (aws s3 sync).",
      );
    this.taken.set(file, reference);
    return file;
  }
}

function spansIn(label: unknown, _metadata: unknown, place: string): Found {
  const entities = isObject(label) && isObject(label.annotations) ? label.annotations.entities : undefined;
  if (!Array.isArray(entities)) throw refusal(place, "expected annotations with entities.");
  return {
    spans: entities.map((entity) => {
      const { startOffset: start, endOffset: end, label: name } = isObject(entity) ? entity : {};
      if (!Number.isInteger(start) || !Number.isInteger(end) || !isText(name))
        throw refusal(place, "expected entities with startOffset, endOffset and label.");
      return { start: Number(start), end: Number(end), label: name };
    }),
  };
}

/** The label itself is a number that the job has given. */
function classIn(_label: unknown, metadata: Record<string, unknown>, place: string): Found {
  const name = metadata["class-name"];
  if (!isText(name)) throw refusal(place, "expected the name of the class in the metadata.");
  return { classes: [name] };
}

function classesIn(label: unknown, metadata: Record<string, unknown>, place: string): Found {
  const names = metadata["class-map"];
  if (!Array.isArray(label) || !isObject(names))
    throw refusal(place, "expected a list of classes and their class-map.");
  return {
    classes: label.map((number) => {
      const name = names[String(number)];
      if (!isText(name)) throw refusal(place, "expected every class in the class-map.");
      return name;
    }),
  };
}
