import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readHistory } from "../../tasks/models/history.ts";
import { setTraffic } from "../../tasks/models/set-traffic.ts";
import { readTraffic } from "../../tasks/models/traffic.ts";
import { handler } from "../../tasks/operators/set-traffic.ts";
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

const generations = 2;
const request = { reason: "try it", arm: { generation: 1, weight: 20, shadow: false } };

/** A larger share for the arm that is there, through the function's own handler. Step Functions may repeat the very call. */
export const traffic: Subject = {
  mayBeRemote: true,
  root: (folder) => join(folder, "world"),
  async prepare(folder, variant) {
    const model = models[variant % models.length]!;
    await promoteGenerations(folder, otherThan(model), 1);
    await promoteGenerations(folder, model, generations);
    // The first variant makes the log's folder, too.
    if (variant > 0)
      await setTraffic({
        modelsFolder: modelsOf(folder),
        model,
        arm: { ...request.arm, weight: 10 },
        actor: "before",
        reason: "try it",
      });
    await writeFile(join(folder, "model"), model);
  },
  async act(folder) {
    deployTo(folder);
    await handler({ model: await readModel(folder), ...request, actor: "an operator" });
  },
  async inspect(folder, acknowledged) {
    const model = await readModel(folder);
    const problems = await unsoundness(modelsOf(folder), keep, model);
    const { newest, answers, problem } = await readTraffic(modelsOf(folder), model);
    if (problem !== null) problems.push(problem);
    const isDone = newest?.actor === "an operator";
    if (acknowledged && !isDone) problems.push("what was said to be done is not in the log");
    if (newest && !(answers && newest.arm?.weight === (isDone ? 20 : 10)))
      problems.push(`the traffic is neither as it was nor as it was asked for`);
    return [...problems, ...(await disturbed(folder, model))];
  },
  async recover(folder) {
    const model = await readModel(folder);
    const before = await readTraffic(modelsOf(folder), model);
    await traffic.act(folder);
    const problems = await unrepaired(modelsOf(folder), await storeOf(folder), { generations, keep, model });
    const { newest, answers } = await readTraffic(modelsOf(folder), model);
    if (!answers || newest?.actor !== "an operator") problems.push("the repeated call has set nothing");
    if (before.newest?.actor === "an operator" && newest?.entry !== before.newest.entry)
      problems.push("the repeated call has made a second entry");
    const history = await readHistory(modelsOf(folder), model);
    if (history.some(({ kept }) => !kept)) problems.push("the arm's version was removed");
    return problems;
  },
  mayEndBy: (error) => isNamedAmong(error, ["PromotionFailed", "ChampionUnreadable", "TrafficUnreadable"]),
};
