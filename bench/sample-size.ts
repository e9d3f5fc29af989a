/** How many of the sample's notes come to so much of an export: one is 987 bytes on average. */
export const notesIn = (megabytes: number): number => Math.round((megabytes * 1e6) / 987);
