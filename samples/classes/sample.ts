import type { Algorithms, ExportRecord, TrainingExport } from "../../schemas/types.ts";
import { createRandom, hash32, type Random } from "../random.ts";
import { expand, type Lists } from "../template.ts";

/** A small export of classes: what it is about, and how one of its texts is written. */
export type ClassSample = {
  kind: "single-label" | "multi-label";
  /** For people, in a line: what the texts are, and what a class means. */
  about: string;
  labels: readonly string[];
  /** Enough to learn from, and a minute or two on two quiet cores. */
  records: number;
  /** What pbp demo trains, where all that the kind has would take minutes. */
  algorithms?: Algorithms;
  write(random: Random): Written;
};

export type Written = { text: string; classes: string[]; facets?: Record<string, string> };

/** The records of a sample, writer after writer, each from a source of randomness of its own: more only appends. */
function* classRecords(name: string, sample: ClassSample): Generator<ExportRecord> {
  let written = 0;
  for (let writer = 0; ; writer++) {
    const random = createRandom(`${name}/${writer}`);
    const patientId = `p-${hash32(`${name}/${writer}/id`).toString(16).padStart(8, "0")}`;
    for (let text = random.pick([1, 1, 1, 2, 3]); text > 0; text--) {
      if (written === sample.records) return;
      yield { recordId: `r-${String(++written).padStart(5, "0")}`, patientId, ...sample.write(random) };
    }
  }
}

/** The export as text, in pieces of a record each. The same name and sample always give the same text. */
export function* classExport(name: string, sample: ClassSample): Generator<string> {
  const header: TrainingExport = {
    schemaVersion: "1.1",
    kind: sample.kind,
    exportId: `sample-${name}`,
    exportedAt: "2026-11-20T12:00:00Z",
    source: "samples/generate.ts",
    labels: [...sample.labels],
  };
  yield `${JSON.stringify(header).slice(0, -1)},"records":[`;
  let separator = "\n";
  for (const record of classRecords(name, sample)) {
    yield separator + JSON.stringify(record);
    separator = ",\n";
  }
  yield "\n]}\n";
}

/** Writes sentences from templates and lists: of a choice, the chosen words may name a list again. */
export function sentenceWriter(random: Random, lists: Lists): (templates: readonly string[]) => string {
  return (templates) => expand(random, expand(random, random.pick(templates), lists), lists);
}

/** Sentences as a text; some people never press Shift, some leave the last full stop out. */
export function inWriting(random: Random, sentences: readonly string[]): string {
  const text = sentences
    .map((sentence) => sentence.charAt(0).toUpperCase() + sentence.slice(1))
    .join(random.chance(0.1) ? "\n" : " ");
  const ended = random.chance(0.08) ? text.replace(/[.!?]$/, "") : text;
  return random.chance(0.08) ? ended.toLowerCase() : ended;
}

/** Another one of `choices`: what an annotator takes by mistake. */
export const otherThan = <T>(random: Random, one: T, choices: readonly T[]): T =>
  random.pick(choices.filter((choice) => choice !== one));
