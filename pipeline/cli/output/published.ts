import type { Published } from "../../installation.ts";

/** What became of a model's endpoint and registration, a line each, where a deployment has any. */
export function publishedLines({ publication, registration }: Partial<Published>): string[] {
  return [publication, registration].flatMap((one) => (one && one.status !== "none" ? [one.message] : []));
}

/** That a generation came into use, and what followed from it. */
export const inUseText = (sentence: string, published: Partial<Published>): string =>
  [sentence, ...publishedLines(published)].join("\n");
