import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import type { Run, Verdict } from "../../schemas/types.ts";
import { remember } from "../../tasks/approval/waiting.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { type ObjectStore, writeJson } from "../../tasks/store/store.ts";
import { trained } from "./execution.ts";

/** An execution as QualityGate and Notify leave it: it waits, unless told otherwise. */
export async function waitsIn(
  { store, models }: { store: ObjectStore; models: string },
  name: string,
  of: { run?: Partial<Run>; verdict?: Partial<Verdict> } = {},
) {
  const champion = await currentChampion(models);
  const promotion = await trained(store, name, champion);
  const run: Run = { ...promotion.run, approval: "required", startedBy: "somebody@else", ...of.run };
  const { dataset, artifacts } = promotion;
  const verdict = {
    ...(verdictSchema.examples[0] as unknown as Verdict),
    verdict: "promote",
    reasons: [{ rule: "above-minimum", passed: true, message: "Above." }],
    championGeneration: champion?.generation ?? null,
    challengerSha256: artifacts.model.sha256,
    ...of.verdict,
  };
  await writeJson(store, `runs/${name}/challenger.json`, { run, dataset, artifacts });
  await writeJson(store, `runs/${name}/verdict.json`, verdict);
  const at = run.startedAt;
  const receipt = {
    ...{ execution: name, status: "SUCCEEDED", startedAt: at, endedAt: at, error: null, verdict: "promote" },
    ...{ reasons: [], metrics: null, embeddings: null, generation: null, version: null, reason: "" },
    ...{ jobs: null, cost: null, approval: { asked: "required", decision: null } },
  };
  await writeJson(store, `runs/${name}/receipt.json`, receipt);
  await remember(store, { execution: name, model: "keyphrases", since: at, remindedAt: null });
}
