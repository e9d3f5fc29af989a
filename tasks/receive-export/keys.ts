import { below } from "../../schemas/bucket.ts";

/** Enough of a digest to tell selections apart, as in the names of executions. */
const short = (sha256: string) => sha256.slice(0, 16);

/** What was sent under an id; kept as long as exports are. */
export const claimKey = (selectionId: string) => `${below("uploads", "selections")}${selectionId}.json`;

/** A part, from 1; by the whole's digest, so that two uploads under one id do not mix. Gone after a day. */
export const partKey = (selectionId: string, sha256: string, number: number) =>
  `${below("uploads", "parts", selectionId, short(sha256))}${number}`;

/** Where the export starts an execution: by its digest too, so that whatever lies there is this very selection. */
export const exportKey = (
  selection: { selectionId: string; model: string | null; sha256: string },
  isGzip: boolean,
) =>
  `${below("incoming", ...(selection.model === null ? [] : [selection.model]))}${selection.selectionId}-${short(selection.sha256)}.json${isGzip ? ".gz" : ""}`;
