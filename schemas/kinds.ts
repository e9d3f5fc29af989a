import type { Kind } from "./types.ts";

/** The kind of a dataset, a bundle or a champion; those of earlier versions say none. */
export const kindOf = ({ kind = "keyphrases" }: { kind?: Kind }): Kind => kind;
