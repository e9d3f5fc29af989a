import type { Generation } from "../../tasks/models/history.ts";
import type { Installation } from "../installation.ts";
import { type Missing, orElse } from "./missing.ts";

/** How the model of an execution came to be the one in use of its registered model. */
export type InUse = Pick<Generation, "generation" | "action">;

/** For each registered model, the execution whose model is in use. */
export async function modelsInUse(
  installation: Installation,
  models: ReadonlySet<string>,
  missing: Missing,
): Promise<Map<string, InUse>> {
  const found = await Promise.all([...models].map((model) => modelInUse(installation, model, missing)));
  return new Map(found.filter((one) => one !== null));
}

async function modelInUse(
  installation: Installation,
  model: string,
  missing: Missing,
): Promise<[execution: string, InUse] | null> {
  const { generations } = await installation
    .history(model)
    .catch(orElse(missing, "the model in use", { generations: [], models: [] }));
  const [newest] = generations;
  if (!newest) return null;
  // A rollback has no execution itself: its version came from an earlier one.
  const made = generations.find(({ version, execution }) => version === newest.version && execution !== null);
  return made ? [made.execution!, { generation: newest.generation, action: newest.action }] : null;
}
