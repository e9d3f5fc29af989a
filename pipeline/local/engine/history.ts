import type { HistoryEvent } from "../../execution.ts";

/**
 * A line of the journal: the event and the two things that AWS keeps to itself but a resume must know.
 * `scope`: which branch it belongs to: "" for the machine itself, `<id of the Started event>.<index>` inside
 * Parallel and Map. `next`, on StateExited only: where the execution goes from here, null at the scope's end.
 */
export type JournalLine = HistoryEvent & { scope: string; next?: string | null };

/** An event before the journal gave it its number and time; it follows its scope's last event unless it says else. */
export type Draft = Omit<JournalLine, "id" | "previousEventId" | "timestamp" | "scope"> & {
  previousEventId?: number;
};

export function toHistoryEvent(line: JournalLine): HistoryEvent {
  const { scope: _scope, next: _next, ...event } = line;
  return event;
}
