// Why this function exists: a run that waits for approval holds no process and has no time limit, so nothing but this would
// ever mention it again. It is called every hour, and reminds once a day.
import { runPrefix } from "../schemas/bucket.ts";
import { modelOf, ofModel } from "../schemas/models/registered-models.ts";
import type { AwaitingApproval } from "../schemas/types.ts";
import { allWaiting } from "./approval/all-waiting.ts";
import { readDecision } from "./approval/decision.ts";
import { remember, waitingKey } from "./approval/waiting.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import { publish } from "./notify/topic.ts";
import { openStore } from "./store/open.ts";
import type { ObjectStore } from "./store/store.ts";

const remindEveryMs = 24 * 60 * 60 * 1000;

type Reminded = { waiting: number; reminded: string[] };

// Nothing is read of the schedule's event.
export const handler = task({ type: "object" }, async (): Promise<Reminded> => {
  const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
  const now = new Date();
  const reminded: string[] = [];
  let waits = 0;
  for (const waiting of await allWaiting(store)) {
    if (await isOver(store, waiting)) {
      await store.remove(waitingKey(waiting.execution));
      continue;
    }
    waits++;
    if (now.getTime() - Date.parse(waiting.remindedAt ?? waiting.since) < remindEveryMs) continue;
    await publish(environment.topic, reminder(waiting, now, environment.commandOptions));
    // After the message: a call that dies between the two says it twice, and never not at all.
    await remember(store, { ...waiting, remindedAt: now.toISOString() });
    reminded.push(waiting.execution);
  }
  return { waiting: waits, reminded };
});

/** Decided by a call that died before it could say so, or a run whose files have expired. */
async function isOver(store: ObjectStore, { execution }: AwaitingApproval): Promise<boolean> {
  const decision = await readDecision(store, execution);
  return decision !== null || (await store.head(`${runPrefix(execution)}verdict.json`)) === null;
}

function reminder(waiting: AwaitingApproval, now: Date, options: string) {
  const { execution, since } = waiting;
  const days = Math.floor((now.getTime() - Date.parse(since)) / remindEveryMs);
  const forDays = days === 1 ? "a day" : `${days} days`;
  return {
    subject: `Still awaiting approval: ${execution}${ofModel(modelOf(waiting))}`.slice(0, 99),
    message: [
      `The model of ${execution} has waited for approval for ${forDays}. The model in use stays until somebody decides.`,
      "",
      `To read why the gate would promote it: pbp show ${execution}${options}`,
      `To put it in use: pbp approve ${execution} --reason "why"${options}`,
      `To close it: pbp decline ${execution} --reason "why"${options}`,
      "",
    ].join("\n"),
  };
}
