// What the workers of the service have written: counts by the hour, and what callers said of answers later.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import feedbackSchema from "../../schemas/serving/feedback-record.schema.json" with { type: "json" };
import servedSchema from "../../schemas/serving/served-counts.schema.json" with { type: "json" };
import type { FeedbackRecord, ServedCounts } from "../../schemas/types.ts";
import { door } from "../../tasks/lambda/door.ts";
import { readdirOrNone } from "../../tasks/store/folders.ts";

const checkCounts = door<ServedCounts>(servedSchema, { what: "Counts", name: "MetricInvalid" });
const checkFeedback = door<FeedbackRecord>(feedbackSchema, { what: "Feedback", name: "MetricInvalid" });

/** `unreadable`: files and lines that are not what a worker writes, such as the last line of one that was killed. */
export type ReadServed = { counts: ServedCounts[]; feedback: FeedbackRecord[]; unreadable: number };

/** Of the hours that begin at `from` or later, as `2026-11-27T08`. Empty where nothing was served. */
export async function readServed(folder: string, model: string, from: string): Promise<ReadServed> {
  const found: ReadServed = { counts: [], feedback: [], unreadable: 0 };
  for (const hour of (await readdirOrNone(join(folder, model))).sort()) {
    if (!/^\d{4}-\d\d-\d\dT\d\d$/.test(hour) || hour < from) continue;
    for (const name of await readdirOrNone(join(folder, model, hour))) {
      const text = await readFile(join(folder, model, hour, name), "utf8");
      if (name.endsWith(".feedback.jsonl")) {
        for (const line of text.split("\n"))
          if (line !== "") take(found, found.feedback, checkFeedback, line);
      } else if (name.endsWith(".json")) take(found, found.counts, checkCounts, text);
    }
  }
  return { ...found, feedback: latest(found.feedback) };
}

function take<T>(found: ReadServed, into: T[], check: (value: unknown) => T, text: string): void {
  try {
    into.push(check(JSON.parse(text)));
  } catch {
    found.unreadable++;
  }
}

/** A caller may send feedback again, or correct it: the latest counts. */
function latest(feedback: readonly FeedbackRecord[]): FeedbackRecord[] {
  const sorted = feedback.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return [...new Map(sorted.map((record) => [record.answer, record])).values()];
}
