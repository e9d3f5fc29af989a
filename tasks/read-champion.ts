// Why this step exists: the champion is read as late as possible, right before the comparison, and again when another
// execution promoted since. Evaluate gets the very object that was promoted.
import { NamedError } from "../schemas/errors.ts";
import type { ChampionState } from "../schemas/types.ts";
import { environment } from "./environment.ts";
import { currentChampion } from "./models/champion.ts";
import { openStore } from "./store/open.ts";
import { task } from "./task.ts";

const event = { type: "object", additionalProperties: false };

export const handler = task(event, async (): Promise<ChampionState> => {
  const champion = await currentChampion(environment.modelsFolder);
  if (!champion) return { champion };
  const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
  const found = await store.head(champion.model.key);
  if (found?.sizeBytes !== champion.model.sizeBytes)
    throw new NamedError(
      "ChampionUnreadable",
      `${champion.model.key}, the model of generation ${champion.generation}, is ${found ? "of another size than the one promoted" : "missing from the data bucket"}. Restore the object's version, or roll back: pbp rollback --reason "model lost".`,
    );
  return { champion };
});
