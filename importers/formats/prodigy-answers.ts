// Which of Prodigy's answers count. A text comes back as often as it was answered: by several people, again, or with
// another question each time.
import { createHash } from "node:crypto";
import { isText, type ReadOptions } from "../format.ts";
import { refusal } from "../refusal.ts";

export type Task = Record<string, unknown>;

/** Views that ask yes or no about one label or one span; all others show the whole of a text's annotation. */
const questions = ["classification", "ner", "spans"];

/** Whether it says something about one label or one span only. */
export const isQuestion = (task: Task): boolean =>
  questions.includes(String(task._view_id)) || (isText(task.label) && task.spans === undefined);

export const isWanted = (task: Task, { annotator }: ReadOptions): boolean =>
  annotator === undefined || task._annotator_id === annotator || task._session_id === annotator;

type Kept = { at: number; number: number; person?: string; digest: string };

/** Of each text, the last answer to each question about it; answers are known by their number in the files. */
export class Answers {
  private readonly kept = new Map<string, Kept>();
  /** How many questions about a text were answered. */
  private readonly questions = new Map<string, number>();

  /** Throws InvalidExport where two people say different things, and none was named. */
  add(task: Task, number: number, place: string, { annotator }: ReadOptions): void {
    const key = keyOf(task);
    if (key === null) return;
    const known = this.kept.get(key);
    if (!known && isQuestion(task)) this.questions.set(inputOf(task), this.askedAbout(task) + 1);
    const answer = { at: Number(task._timestamp ?? 0), number, ...personOf(task), digest: digestOf(task) };
    const isOthers =
      known?.person !== undefined && answer.person !== undefined && known.person !== answer.person;
    if (annotator === undefined && isOthers && known.digest !== answer.digest)
      throw refusal(
        place,
        "expected one annotator of a text, found another answer by another person. Name a person with --annotator, as _annotator_id has it.",
      );
    if (!known || answer.at >= known.at) this.kept.set(key, answer);
  }

  counts(task: Task, number: number): boolean {
    const key = keyOf(task);
    return key === null || this.kept.get(key)?.number === number;
  }

  /** Whether there is an answer about the whole of a question's text, which says more. */
  isSaidWhole(task: Task): boolean {
    return task._input_hash !== undefined && this.kept.has(inputOf(task));
  }

  askedAbout(task: Task): number {
    return this.questions.get(inputOf(task)) ?? 0;
  }
}

export const inputOf = ({ _input_hash }: Task): string => String(_input_hash);

/** What is answered; null: it does not say, so each answer stands for itself. */
function keyOf(task: Task): string | null {
  if (task._input_hash === undefined) return null;
  return isQuestion(task) ? `${inputOf(task)} ${task._task_hash ?? task.label ?? ""}` : inputOf(task);
}

/** A session without a name is called after the time at which it began, and may be anybody's. */
function personOf({ _annotator_id, _session_id }: Task): { person?: string } {
  const person = _annotator_id ?? _session_id;
  return isText(person) && !/\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d$/.test(person) ? { person } : {};
}

/** Of what was said, whatever the order of spans and choices. */
function digestOf({ answer, accept, label, spans, entities, cats }: Task): string {
  const sorted = [accept, spans ?? entities].map((list) =>
    Array.isArray(list) ? list.map((one) => JSON.stringify(one)).sort() : null,
  );
  return createHash("sha256")
    .update(JSON.stringify([answer, label, cats, sorted]))
    .digest("base64");
}
