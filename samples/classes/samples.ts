import { routing } from "./routing.ts";
import type { ClassSample } from "./sample.ts";
import { sentiment } from "./sentiment.ts";
import { specialty } from "./specialty.ts";
import { toxicity } from "./toxicity.ts";

/** The samples of classes by name: what `pbp demo` takes, and the model that it registers. */
export const classSamples: Readonly<Record<string, ClassSample>> = {
  routing,
  sentiment,
  specialty,
  toxicity,
};
