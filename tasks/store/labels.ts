import { type ErrorName, NamedError } from "../../schemas/tables/errors.ts";
import type { Dataset } from "../../schemas/types.ts";
import { labelsReference } from "./label-set.ts";
import { ObjectInvalid, ObjectMissing, type ObjectStore, readJson } from "./store.ts";

/** The names that a dataset refers to. Throws a NamedError `name` when labels.json is missing or another one. */
export async function readLabels(
  store: ObjectStore,
  { prefix, labels }: Pick<Dataset, "prefix" | "labels">,
  name: ErrorName,
): Promise<string[]> {
  const key = `${prefix}labels.json`;
  const found = await readJson(store, key).catch((error: unknown) => {
    if (error instanceof ObjectMissing || error instanceof ObjectInvalid) return null;
    throw error;
  });
  const names = Array.isArray(found) ? (found as string[]) : [];
  if (labelsReference(names).sha256 !== labels.sha256)
    throw new NamedError(name, `${key} is missing or not the label set that Preprocess wrote.`);
  return names;
}
