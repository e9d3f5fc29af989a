// Why this function exists: the models folder lies on EFS, which an operator's laptop cannot reach.
import { modelOf, ofModel } from "../../schemas/models/registered-models.ts";
import type { PromotionRecord } from "../../schemas/types.ts";
import { environment } from "../lambda/environment.ts";
import { task } from "../lambda/task.ts";
import { type ForceRequest, force, forceRequest } from "../promote/force.ts";
import { preflight } from "../promote/preflight.ts";
import { openStore } from "../store/open.ts";

type Forced = { promotion: PromotionRecord; notice: { subject: string; message: string } };

// The input is an operator's, typed by hand: a refusal is about that.
export const handler = task(
  forceRequest,
  async (request: ForceRequest): Promise<Forced> => {
    await preflight(environment.fileSystem);
    const promotion = await force(
      // Step Functions repeats a call whose reply was lost. The actor is an execution, whose name is its own.
      { ...request, once: true },
      {
        store: await openStore({ driver: environment.objectStore, bucket: environment.dataBucket }),
        modelsFolder: environment.modelsFolder,
        keep: environment.keepVersions,
        code: environment.codeRevision,
      },
    );
    const { action, generation, version, from, overruled, actor, reason } = promotion;
    const subject = `${action === "forced" ? "Promoted by hand" : "In use already"}: generation ${generation}${ofModel(modelOf(promotion))} is ${version}`;
    const gate = overruled
      ? `\nThe gate had said: ${[overruled.verdict, ...overruled.rules].join(", ")}`
      : "";
    return {
      promotion,
      notice: {
        subject,
        message: `${subject}.\nBefore: ${from ?? "nothing"}.${gate}\nReason: ${reason}\nBy: ${actor}`,
      },
    };
  },
  "InvalidInput",
);
