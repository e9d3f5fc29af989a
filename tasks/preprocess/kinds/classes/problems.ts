import { NamedError } from "../../../../schemas/tables/errors.ts";
import type { Profile } from "../../../../schemas/types.ts";
import { told } from "../../../store/label-set.ts";
import { FEWEST_TO_LEARN, MAX_CONFLICTING_SHARE } from "../../limits.ts";
import type { Policy } from "../kind.ts";

/** Labels that an error tells. */
const TOLD_LABELS = 5;

/** Whether texts with classes are good enough to be learnt from: the errors that an execution fails by. */
export function problemsOfClasses(
  profile: Profile,
  texts: number,
  isExclusive: boolean,
  policy: Policy,
): NamedError[] {
  const isConflicting = isExclusive && policy.conflicts !== "allow";
  const alone = isExclusive ? onlyOne(profile) : null;
  return [alone, isConflicting ? conflicting(profile, texts) : null, tooFewToLearn(profile)].filter(
    (problem) => problem !== null,
  );
}

/** Who may only ever say one class is always right, and learns nothing. */
function onlyOne({ labels }: Profile): NamedError | null {
  if (labels.length > 1) return null;
  return new NamedError(
    "InvalidExport",
    "The header lists one label, so each record of this single-label export has the same class. List the other classes too; or, if a text either has the label or not, export as multi-label, with [] for the texts without it.",
  );
}

/** In many public data sets most texts stand under several classes; as single-label they teach contradictions. */
function conflicting({ conflicts }: Profile, texts: number): NamedError | null {
  if (!conflicts || conflicts.texts <= texts * MAX_CONFLICTING_SHARE) return null;
  return new NamedError(
    "InvalidExport",
    `${conflicts.texts} of ${texts} texts came with different classes, more than ${MAX_CONFLICTING_SHARE * 100} %: no model can be right on more than ${percent(conflicts.ceiling)} of the records. Export them as multi-label; or allow it with "conflicts": "allow", and the majority counts, a tie is left out.`,
  );
}

function tooFewToLearn({ labels }: Profile): NamedError | null {
  const few = labels.filter(({ documents }) => documents.train < FEWEST_TO_LEARN);
  if (few.length === 0) return null;
  const named = few
    .slice(0, TOLD_LABELS)
    .map(({ label, documents }) => `${told(label)} (${placesOf(documents)})`);
  const more = few.length - named.length;
  const list = `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return new NamedError(
    "InsufficientSamples",
    `Labels with fewer than ${FEWEST_TO_LEARN} documents to train on: ${list}. Export more records of these classes, pin some to "split": "train", or take the labels out of the header and the records.`,
  );
}

function placesOf({ train, validation, test }: Profile["documents"]): string {
  if (train + validation + test === 0) return "in no document";
  if (train === 0 && validation === 0) return `only in the test side, ${test}`;
  return `${train} in training, ${validation} in validation, ${test} in test`;
}

/** 47.54 % as 47.5 %: rounded down, since it is an upper end. */
function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}
