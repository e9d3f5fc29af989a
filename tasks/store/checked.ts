import { NamedError } from "../../schemas/tables/errors.ts";
import { ObjectInvalid, ObjectMissing, type ObjectStore, readJson } from "./store.ts";

/** Reads what nothing may fail by: null where it is missing, damaged, or refused by `check` under a name of ours. */
export async function readCheckedOrNull<T>(
  store: ObjectStore,
  key: string,
  check: (value: unknown) => T,
): Promise<T | null> {
  try {
    return check(await readJson(store, key));
  } catch (error) {
    if (error instanceof ObjectMissing || error instanceof ObjectInvalid || error instanceof NamedError)
      return null;
    throw error;
  }
}
