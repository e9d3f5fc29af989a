import { hash32, type Random } from "./random.ts";
import { type Label, parts, shortForms, specialties } from "./vocabulary.ts";

/** Whose notes are written: the specialty that treats them, and what they have and take at every visit. */
export type Patient = { number: number; specialty: string; own: Record<"problem" | "medication", string[]> };

/** A term, and where in it a body site is named that an annotator may label as well. */
export type Term = { text: string; site?: string };

/**
 * Every eighth term is kept for every eighth patient. Most test patients meet terms that were trained on, some do not:
 * what a tagger scores on those is what it understood, not what it remembers.
 */
function allowed(term: string, patient: number): boolean {
  return hash32(term) % 8 !== 0 || patient % 8 === 0;
}

function known(random: Random, terms: string[], patient: number): string {
  const usable = terms.filter((term) => allowed(term, patient));
  return random.pick(usable.length > 0 ? usable : terms);
}

/** A term made of word parts: names that no list holds. */
function composed(random: Random, label: Label): Term {
  const pick = random.pick;
  switch (label) {
    case "problem": {
      if (random.chance(0.45)) return { text: pick(parts.roots) + pick(parts.problemEndings) };
      const site = random.chance(0.6) ? `${pick(parts.sides)} ${pick(parts.sites)}` : pick(parts.sites);
      return { text: `${site} ${pick(parts.complaints)}`, site };
    }
    case "procedure":
      return { text: pick(parts.roots) + pick(parts.procedureEndings) };
    case "medication":
      return { text: pick(parts.drugStarts) + pick(parts.drugMiddles) + pick(parts.drugEndings) };
    case "anatomy":
      return { text: `${pick(parts.sides)} ${pick(parts.sites)}` };
    case "test": {
      const kind = random.number();
      if (kind < 0.3) return { text: pick(parts.roots) + pick(parts.testEndings) };
      if (kind < 0.6) return { text: `${pick(["serum", "urine", "fasting"])} ${pick(parts.analytes)}` };
      return { text: `${pick(parts.modalities)} ${pick(parts.sides)} ${pick(parts.sites)}` };
    }
  }
}

/** A term of the label as this patient's clinician would write it. */
export function pickTerm(random: Random, label: Label, patient: Patient): Term {
  const roll = random.number();
  if ((label === "problem" || label === "medication") && roll < 0.3)
    return { text: random.pick(patient.own[label]) };
  if (roll < 0.45) return { text: known(random, shortForms[label], patient.number) };
  if (roll < 0.68) return composed(random, label);
  const specialty = random.chance(0.8) ? patient.specialty : random.pick(Object.keys(specialties));
  const text = known(random, specialties[specialty]?.[label] ?? [], patient.number);
  if (label !== "problem" || random.chance(0.7)) return { text };
  return { text: `${random.pick(parts.severities)} ${text}` };
}

/** A patient and what stays the same over all the patient's notes. */
export function createPatient(random: Random, number: number): Patient {
  const specialty = random.pick(Object.keys(specialties));
  const some = (label: Label) =>
    Array.from({ length: random.between(2, 3) }, () =>
      random.chance(0.35)
        ? composed(random, label).text
        : known(random, specialties[specialty]?.[label] ?? [], number),
    );
  return { number, specialty, own: { problem: some("problem"), medication: some("medication") } };
}

/** A made-up billing code of the right shape for a term. The same term always has the same code. */
export function codeFor(
  label: Label,
  term: string,
  specialty: string,
): { system: string; code: string } | null {
  const digits = hash32(`${label} ${term.toLowerCase()}`);
  if (label === "problem") {
    const chapter = specialties[specialty]?.chapter ?? "R";
    const category = String(digits % 100).padStart(2, "0");
    return { system: "ICD-10-CM", code: `${chapter}${category}.${Math.floor(digits / 100) % 10}` };
  }
  if (label === "procedure" || label === "test")
    return { system: "CPT", code: String((label === "procedure" ? 10000 : 70000) + (digits % 20000)) };
  return null;
}
