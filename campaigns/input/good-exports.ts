// Small exports that nothing is wrong with, whose notes all hold the canary: what is damaged, and what jobs are made of.
import type { Random } from "../../samples/random.ts";
import type { ExportRecord } from "../../schemas/types.ts";
import { groupOf, validates } from "../../tasks/preprocess/sides/split.ts";

const common = { exportId: "exp-1", exportedAt: "2026-11-20T12:00:00Z", source: "test" };

/** A few records, pinned to both sides. */
export function keyphrasesExport(random: Random) {
  const header = {
    schemaVersion: "1.0",
    ...common,
    offsetUnit: random.pick(["utf16", "codepoint"]),
    labels: ["problem", "test"],
  };
  const units = (text: string) => (header.offsetUnit === "utf16" ? text.length : [...text].length);
  const records = Array.from({ length: random.between(2, 5) }, (_, index) => {
    const before = random.pick(["Canary has ", "\u{1f600} canary: ", "No canary; ", "e\u0301t canary. "]);
    const phrase = random.pick(["a kidney stone", "CT", "na\u00efve \u4e2d pain"]);
    const start = units(before);
    return {
      recordId: `r-${index}`,
      patientId: `p-${index}`,
      split: index % 2 === 0 ? "train" : "test",
      text: `${before}${phrase} seen, note ${index}.`,
      keyphrases: [{ start, end: start + units(phrase), label: "problem", text: phrase }],
    };
  });
  return { header, records };
}

const classes = ["urology", "cardiology"];
/** What the last record of an export of the kind may say: of several labels none or all, too. */
const lastClasses = { "single-label": [[classes[0]!]], "multi-label": [[], classes] };
const patients = Array.from({ length: 1000 }, (_, index) => `p-${index}`);
const isValidating = (patientId: string) => validates(groupOf({ patientId } as ExportRecord, "").digest);
const learning = patients.filter((patient) => !isValidating(patient));
const validating = patients.filter(isValidating);

/** Of each class `each` texts to learn from, and on the validation and the test side a third of that, at least one. */
export function classesExport(random: Random, each = 2) {
  const kind = random.pick(Object.keys(lastClasses) as (keyof typeof lastClasses)[]);
  const record = (split: string, patientId: string, index: number) => ({
    recordId: `r-${split}-${patientId}`,
    patientId,
    split,
    text: `The canary has ${["a kidney stone", "a heart murmur"][index % 2]}, seen as ${split} by ${patientId}.`,
    classes: [classes[index % 2]!],
    facets: { canary: "canary ward" },
  });
  const few = Math.ceil((2 * each) / 3);
  const records = [
    ...learning.slice(0, 2 * each).map((patient, index) => record("train", patient, index)),
    ...validating.slice(0, few).map((patient, index) => record("train", patient, index)),
    ...learning.slice(-few).map((patient, index) => record("test", patient, index)),
  ];
  records.at(-1)!.classes = [...random.pick(lastClasses[kind])];
  return { header: { schemaVersion: "1.1", kind, ...common, labels: classes }, records };
}
