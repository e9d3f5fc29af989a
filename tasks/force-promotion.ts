// Why this function exists: the models folder lies on EFS, which an operator's laptop cannot reach.
import type { PromotionRecord } from "../schemas/types.ts";
import { environment } from "./environment.ts";
import { type ForceRequest, force, forceRequest } from "./promote/force.ts";
import { openStore } from "./store/open.ts";
import { task } from "./task.ts";

type Forced = { promotion: PromotionRecord; notice: { subject: string; message: string } };

// The input is an operator's, typed by hand: a refusal is about that.
export const handler = task(
  forceRequest,
  async (request: ForceRequest): Promise<Forced> => {
    const promotion = await force(request, {
      store: await openStore({ driver: environment.objectStore, bucket: environment.dataBucket }),
      modelsFolder: environment.modelsFolder,
      keep: environment.keepVersions,
    });
    const { generation, version, from, overruled, actor, reason } = promotion;
    const subject = `Promoted by hand: generation ${generation} is ${version}`;
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
