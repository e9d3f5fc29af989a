import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Policy } from "../../schemas/types.ts";
import { readPolicy, setPolicy } from "../../tasks/models/policy.ts";
import { handler } from "../../tasks/operators/set-policy.ts";
import { isNamedAmong, unrepaired, unsoundness } from "./models.ts";
import {
  deployTo,
  disturbed,
  keep,
  models,
  modelsOf,
  otherThan,
  promoteGenerations,
  readModel,
  storeOf,
} from "./promote.ts";
import type { Subject } from "./subject.ts";

const generations = 1;
const policyOf = (action: "flag" | "block"): Policy => ({
  schemaVersion: "1.0",
  labels: { problem: { action } },
  otherwise: "allow",
});
const [before, asked] = [policyOf("flag"), policyOf("block")];

/** A stricter rule than before, or the first of all, through the function's own handler. */
export const policy: Subject = {
  mayBeRemote: true,
  root: (folder) => join(folder, "world"),
  async prepare(folder, variant) {
    const model = models[variant % models.length]!;
    await promoteGenerations(folder, otherThan(model), 1);
    await promoteGenerations(folder, model, generations);
    if (variant > 0) await setPolicy({ modelsFolder: modelsOf(folder), model, policy: before });
    await writeFile(join(folder, "model"), model);
    await writeFile(join(folder, "before"), JSON.stringify(variant > 0 ? before : null));
  },
  async act(folder) {
    deployTo(folder);
    await handler({ model: await readModel(folder), policy: asked, actor: "an operator" });
  },
  async inspect(folder, acknowledged) {
    const model = await readModel(folder);
    const problems = await unsoundness(modelsOf(folder), keep, model);
    const { policy: found, problem } = await readPolicy(modelsOf(folder), model);
    if (problem !== null) problems.push(problem);
    const isDone = isDeepStrictEqual(found, asked);
    if (acknowledged && !isDone) problems.push("what was said to be done is not in force");
    const was = JSON.parse(await readFile(join(folder, "before"), "utf8")) as Policy | null;
    if (!isDone && !isDeepStrictEqual(found, was))
      problems.push("the policy is neither as it was nor as it was asked for");
    return [...problems, ...(await disturbed(folder, model))];
  },
  async recover(folder) {
    const model = await readModel(folder);
    await policy.act(folder);
    const problems = await unrepaired(modelsOf(folder), await storeOf(folder), { generations, keep, model });
    const { policy: found } = await readPolicy(modelsOf(folder), model);
    if (!isDeepStrictEqual(found, asked)) problems.push("the repeated call has set nothing");
    return problems;
  },
  mayEndBy: (error) => isNamedAmong(error, ["PromotionFailed", "ChampionUnreadable"]),
};
