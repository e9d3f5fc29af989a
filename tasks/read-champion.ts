// Why this step exists: the champion is read as late as possible, right before the comparison, and again when another
// execution promoted since. Evaluate gets the very object that was promoted. CheckKind calls it once before any job is
// paid for: what would be refused at the end of a training is refused there.
import { modelOf, optionOf } from "../schemas/models/registered-models.ts";
import { NamedError } from "../schemas/tables/errors.ts";
import { kindOf } from "../schemas/tables/kinds.ts";
import type { ChampionState, Kind } from "../schemas/types.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import { currentChampion } from "./models/champion.ts";
import { requireKind } from "./promote/kind.ts";
import { openStore } from "./store/open.ts";

const event = {
  type: "object",
  additionalProperties: false,
  properties: {
    model: { $ref: "common.schema.json#/$defs/modelName" },
    kind: { anyOf: [{ $ref: "common.schema.json#/$defs/kind" }, { type: "null" }] },
  },
};
// Executions that an earlier version's definition started send nothing; a learning curve, which promotes nothing, null.
type Event = { model?: string; kind?: Kind | null };

export const handler = task(event, async ({ kind, ...asked }: Event): Promise<ChampionState> => {
  const model = modelOf(asked);
  const champion = await currentChampion(environment.modelsFolder, model);
  if (kind !== null) requireKind(model, champion, kindOf({ kind }));
  if (!champion) return { champion };
  const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
  const found = await store.head(champion.model.key);
  if (found?.sizeBytes !== champion.model.sizeBytes)
    throw new NamedError(
      "ChampionUnreadable",
      `${champion.model.key}, the model of generation ${champion.generation}, is ${found ? "of another size than the one promoted" : "missing from the data bucket"}. Restore the object's version, or roll back: pbp rollback${optionOf(model)} --reason "model lost".`,
    );
  return { champion };
});
