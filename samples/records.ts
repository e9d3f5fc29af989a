import { createHash } from "node:crypto";
import type { ExportRecord } from "../schemas/types.ts";
import { type Note, writeNote } from "./note.ts";
import { createRandom, hash32, type Random } from "./random.ts";
import { codeFor, createPatient, type Patient } from "./terms.ts";

export type SampleOptions = {
  /** Records of the base; a larger number only appends. */
  records: number;
  /** Records after the base, each with a text that occurs nowhere else and of patients of their own. */
  extra: number;
  seed: string;
};

/** The records of a sample export, one at a time: base first, then the extra ones. */
export function* sampleRecords({ records, extra, seed }: SampleOptions): Generator<ExportRecord> {
  // Texts are remembered only when extra records must differ from them: 1 GB of notes would not fit.
  const seen = extra > 0 ? new Set<string>() : null;
  let written = 0;
  for (const record of stream(`${seed}/base`, records, true)) {
    seen?.add(fold(record.text));
    written += 1;
    yield { recordId: recordId(written), ...record };
  }
  for (const record of stream(`${seed}/extra`, Number.POSITIVE_INFINITY, false)) {
    if (written >= records + extra) return;
    if (seen?.has(fold(record.text))) continue;
    seen?.add(fold(record.text));
    written += 1;
    yield { recordId: recordId(written), ...record };
  }
}

const recordId = (number: number) => `r-${String(number).padStart(6, "0")}`;

function fold(text: string): string {
  const folded = text.replace(/\s+/g, " ").trim().toLowerCase();
  return createHash("sha256").update(folded).digest("base64").slice(0, 16);
}

type Draft = Omit<ExportRecord, "recordId">;

/** Patient after patient, each from its own source of randomness. */
function* stream(seed: string, limit: number, duplicates: boolean): Generator<Draft> {
  const recent: Draft[] = [];
  let written = 0;
  for (let number = 0; written < limit; number++) {
    const random = createRandom(`${seed}/${number}`);
    const patient = createPatient(random, number);
    for (const draft of visits(seed, random, patient)) {
      // About one note in twenty is a copy, as exports have them: the same note under two encounters, or a
      // template that two patients share, in other case or spacing.
      const earlier =
        duplicates && random.chance(0.05) ? random.pick(recent.length > 0 ? recent : [draft]) : null;
      yield earlier ? copy(random, earlier, draft) : draft;
      recent[written % 24] = draft;
      if (++written >= limit) return;
    }
  }
}

function* visits(seed: string, random: Random, patient: Patient): Generator<Draft> {
  const patientId = opaque("p", `${seed}/${patient.number}`);
  const identified = random.number();
  const encounters = random.pick([1, 1, 2, 2, 3, 3, 4, 5, 7]);
  for (let encounter = 0; encounter < encounters; encounter++) {
    const notes = random.pick([1, 1, 1, 2]);
    for (let index = 0; index < notes; index++) {
      const note = writeNote(random, patient);
      const draft: Draft = { specialty: patient.specialty, codes: codes(note, patient), text: note.text };
      // A few records come without a patient, fewer without an encounter: the split falls back on what is there.
      if (identified > 0.06) draft.patientId = patientId;
      if (identified > 0.02) draft.encounterId = opaque("e", `${seed}/${patient.number}/${encounter}`);
      if (!random.chance(0.08)) draft.keyphrases = note.spans;
      yield draft;
    }
  }
}

function opaque(kind: string, of: string): string {
  return `${kind}-${hash32(of).toString(16).padStart(8, "0")}`;
}

function codes(note: Note, patient: Patient): NonNullable<ExportRecord["codes"]> {
  const found = new Map<string, { system: string; code: string }>();
  for (const span of note.spans) {
    const code = codeFor(span.label, span.text, patient.specialty);
    if (code && found.size < 12) found.set(`${code.system} ${code.code}`, code);
  }
  return [...found.values()];
}

/** The note of `earlier` under the ids of `draft`: exact, in capitals, or with other spaces. */
function copy(random: Random, earlier: Draft, draft: Draft): Draft {
  const way = random.number();
  const change =
    way < 0.4
      ? (text: string) => text
      : way < 0.7
        ? (text: string) => text.replace(/[a-z]/g, (letter) => letter.toUpperCase())
        : (text: string) => text.replaceAll(" ", "  ");
  const result: Draft = { ...draft, text: change(earlier.text) };
  if (earlier.codes) result.codes = earlier.codes;
  delete result.keyphrases;
  if (earlier.keyphrases)
    result.keyphrases = earlier.keyphrases.map((span) => {
      const start = change(earlier.text.slice(0, span.start)).length;
      const text = change(earlier.text.slice(span.start, span.end));
      return { start, end: start + text.length, label: span.label, text };
    });
  return result;
}
