export type Bug = {
  bug: string;
  /** File, what stands there (once), and what stands there with the bug. */
  edits: [file: string, from: string, to: string][];
  /** The campaign that catches it, and how long a slice of it is needed. */
  campaign: string;
  cases: number;
  seed?: number;
};
