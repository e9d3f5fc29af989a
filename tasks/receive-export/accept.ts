import type { Readable } from "node:stream";
import rejectedRecordSchema from "../../schemas/data/rejected-record.schema.json" with { type: "json" };
import selectionSchema from "../../schemas/data/selection.schema.json" with { type: "json" };
import executionInputSchema from "../../schemas/execution/execution-input.schema.json" with { type: "json" };
import type { Selection } from "../../schemas/types.ts";
import { type Answer, answer, Refusal } from "../function-url/answer.ts";
import { door } from "../lambda/door.ts";
import { type Validation, validateExport } from "../preprocess/validate-export.ts";
import { ConditionFailed, type ObjectStore, readJson, writeJson } from "../store/store.ts";
import { claimKey, exportKey } from "./keys.ts";

/** An export as it was sent, whole or in parts. */
export type Sent = {
  /** As the path says it; null: as the export does. */
  selectionId: string | null;
  model: string | null;
  sha256: string;
  sizeBytes: number;
  isGzip: boolean;
  /** Its bytes, from the beginning. */
  open: () => Readable;
};

const checkInput = door<Parameters<typeof validateExport>[1]>(executionInputSchema, {
  what: "EXECUTION_SETTINGS",
  name: "TaskFailed",
  useDefaults: true,
});
const checkClaim = door<Selection>(selectionSchema, {
  what: "What was kept of the selection",
  name: "TaskFailed",
  schemas: [rejectedRecordSchema],
});
/** Completes "The id must be …". */
export const selectionIdExpectation =
  "1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or a digit";
const { pattern, maxLength } = selectionSchema.$defs.selectionId;
const idShape = new RegExp(pattern);
/** Whether an id can be a selection's: it becomes a part of keys. */
export const isSelectionId = (id: string) => id.length <= maxLength && idShape.test(id);

/**
 * Checks a selection as Preprocess will, then keeps it where it starts an execution.
 *
 * Without a table: the id is taken by the first write of its claim, which no second one replaces, and the export's key
 * follows from the claim. Whatever was interrupted, the same selection sent again continues it; another one is a conflict.
 */
export async function accept(store: ObjectStore, sent: Sent, settings: object): Promise<Answer> {
  const validation = await validateExport(sent.open(), policyOf(settings, sent.model));
  const selectionId = idOf(validation, sent.selectionId);
  const { report, rejects } = validation;
  const { model, sha256, sizeBytes } = sent;
  const claim = await take(store, {
    selectionId,
    model,
    sha256,
    sizeBytes,
    key: exportKey({ selectionId, model, sha256 }, sent.isGzip),
    records: report.records,
    rejected: report.rejected,
    rejects,
    receivedAt: new Date().toISOString(),
  });
  const isNew = await isFirst(store.write(claim.key, sent.open(), { ifNoneMatch: true }));
  return accepted(isNew ? 201 : 200, claim);
}

/** The answer to a selection that arrived before, if it did: its parts may be gone by now. */
export async function acceptedBefore(
  store: ObjectStore,
  sent: Pick<Selection, "selectionId" | "model" | "sha256">,
): Promise<Answer | null> {
  const claim = await claimOf(store, sent.selectionId);
  if (!claim) return null;
  requireSame(claim, sent);
  return (await store.head(claim.key)) && accepted(200, claim);
}

const accepted = (status: number, { receivedAt: _, ...claim }: Selection) => answer(status, claim);

/** What an execution that the export's event starts will judge it by. */
function policyOf(settings: object, model: string | null) {
  const source = { bucket: "any", key: "any" };
  return checkInput({ ...structuredClone(settings), ...(model !== null && { model }), source });
}

/** The id of an export that is good; refuses any other with every reason, and nothing is kept of it. */
function idOf({ header, report, rejects, problems }: Validation, expected: string | null): string {
  const [problem] = problems;
  const { records, rejected } = report;
  if (problem || !header)
    throw new Refusal(422, problem?.name ?? "InvalidExport", problem?.message ?? "", {
      problems: problems.map(({ name, message }) => ({ name, message })),
      records,
      rejected,
      rejects,
    });
  const { exportId } = header;
  if (!isSelectionId(exportId))
    throw new Refusal(422, "InvalidExport", `/exportId is the selection's id: ${selectionIdExpectation}.`);
  if (expected !== null && exportId !== expected)
    throw new Refusal(422, "InvalidExport", "/exportId is not the selection's id that the path names.");
  return exportId;
}

/** Takes the id for this selection, and returns its first claim; refuses when it is another one's. */
async function take(store: ObjectStore, claim: Selection): Promise<Selection> {
  const key = claimKey(claim.selectionId);
  if (await isFirst(writeJson(store, key, claim, { ifNoneMatch: true }))) return claim;
  const first = checkClaim(await readJson(store, key));
  requireSame(first, claim);
  return first;
}

function requireSame(first: Selection, sent: Pick<Selection, "model" | "sha256">): void {
  if (first.sha256 === sent.sha256 && first.model === sent.model) return;
  throw new Refusal(
    409,
    "SelectionConflict",
    "Another selection was sent under this id, or this one for another model. Give a new selection a new id.",
  );
}

/** Whether a conditional write was the first. */
async function isFirst(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/** The claim of an id; null: nothing was accepted under it. */
export async function claimOf(store: ObjectStore, selectionId: string): Promise<Selection | null> {
  const key = claimKey(selectionId);
  return (await store.head(key)) && checkClaim(await readJson(store, key));
}
