import { ObjectMissing, type ObjectStore, readJson } from "../../tasks/store/store.ts";

/** Our own tasks wrote these objects and checked them at their doors. */
export async function readStored<T>(store: ObjectStore, key: string): Promise<T | null> {
  try {
    return (await readJson(store, key)) as T;
  } catch (error) {
    if (error instanceof ObjectMissing) return null;
    throw error;
  }
}
