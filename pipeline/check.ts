/** What `pbp doctor` looked at, on one machine or in AWS. */
export type Check = {
  name: string;
  /** bad: a run would fail. unknown: it could not be found out, or it is worth a look. */
  state: "ok" | "bad" | "unknown";
  /** What was found, in a sentence. */
  found: string;
  /** What to do about it; null when there is nothing to do. */
  remedy: string | null;
};

export const ok = (name: string, found: string): Check => ({ name, state: "ok", found, remedy: null });

export const bad = (name: string, found: string, remedy: string): Check => ({
  name,
  state: "bad",
  found,
  remedy,
});

export const unknown = (name: string, found: string, remedy: string): Check => ({
  name,
  state: "unknown",
  found,
  remedy,
});
