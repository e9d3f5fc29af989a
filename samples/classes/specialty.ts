import { type Note, writeNote } from "../note.ts";
import type { Random } from "../random.ts";
import { createPatient } from "../terms.ts";
import { specialties } from "../vocabulary.ts";
import type { ClassSample } from "./sample.ts";

const labels = Object.keys(specialties);
/** A paragraph that names fewer of a specialty's own terms could be anybody's. */
const fewestTerms = 2;
/** Longer ones would take the demonstration minutes. */
const mostCharacters = 450;

export const specialty: ClassSample = {
  kind: "multi-label",
  about: `notes of a few paragraphs, each of one to three of ${labels.length} medical specialties`,
  labels,
  records: 500,
  algorithms: ["linear", "frozen"],
  write(random) {
    const treating = [
      ...new Set(Array.from({ length: random.pick([1, 1, 2, 2, 3]) }, () => random.pick(labels))),
    ];
    const paragraphs = treating.flatMap((name) =>
      Array.from({ length: random.between(1, 2) }, () => paragraph(random, name)),
    );
    // Whoever reads a note overlooks one of several specialties now and then.
    const seen = treating.filter((_, index) => index === 0 || !random.chance(0.08));
    return { text: paragraphs.join("\n\n"), classes: labels.filter((label) => seen.includes(label)) };
  },
};

/** A note as a clinician of the specialty writes it. */
function paragraph(random: Random, name: string): string {
  const { chapter: _, ...terms } = specialties[name]!;
  const own = new Set(Object.values(terms).flat());
  const ownTerms = ({ spans }: Note) => spans.filter((span) => own.has(span.text)).length;
  let note: Note;
  do note = writeNote(random, { ...createPatient(random, random.between(0, 999)), specialty: name });
  while (ownTerms(note) < fewestTerms || note.text.length > mostCharacters);
  return note.text;
}
