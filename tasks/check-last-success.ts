// Why this function exists: a CloudWatch alarm looks back seven days at most, and exports may come once a quarter. This
// one is called every hour and says as a metric for how many days no execution has succeeded. Step Functions forgets an
// execution after 90 days, so the last success is kept in the bucket.
import { ListExecutionsCommand, SFNClient } from "@aws-sdk/client-sfn";
import { below } from "../schemas/bucket.ts";
import { daysSinceSuccess } from "../schemas/metrics.ts";
import { door } from "./door.ts";
import { environment } from "./environment.ts";
import { openStore } from "./store/open.ts";
import { type ObjectStore, readJson, writeJson } from "./store/store.ts";
import { task } from "./task.ts";

/** When an execution last succeeded. Without an execution: the first look, before any had. */
type Success = { at: string; execution: string | null };

const key = `${below("monitoring")}last-success.json`;
const millisecondsPerDay = 24 * 60 * 60 * 1000;

const check = door<Success>(
  {
    type: "object",
    additionalProperties: false,
    required: ["at", "execution"],
    properties: {
      at: { type: "string", format: "date-time" },
      execution: { type: ["string", "null"], maxLength: 80 },
    },
  },
  { what: key, name: "TaskFailed" },
);

const client = new SFNClient({ maxAttempts: 10 });

// Nothing is read of the schedule's event.
export const handler = task({ type: "object" }, async (): Promise<Success & { days: number }> => {
  const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
  // The live alias's ARN, without the alias: a version that was started by hand counts, too.
  const stateMachineArn = environment.stateMachineArn.split(":").slice(0, 7).join(":");
  const now = new Date();
  const remembered = await readRemembered(store);
  const listed = await newest(stateMachineArn);
  const last = later(listed, remembered) ?? { at: now.toISOString(), execution: null };
  if (last !== remembered) await writeJson(store, key, last);
  const days = Math.max(0, (now.getTime() - Date.parse(last.at)) / millisecondsPerDay);
  // Not by console.log, which puts words before the line that CloudWatch takes the metric from.
  process.stdout.write(`${JSON.stringify(metric(stateMachineArn, now, last, days))}\n`);
  return { ...last, days };
});

async function readRemembered(store: ObjectStore): Promise<Success | null> {
  return (await store.head(key)) ? check(await readJson(store, key)) : null;
}

/** Of the newest successes, which come in the order of their start, the one that ended last. */
async function newest(stateMachineArn: string): Promise<Success | null> {
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: "SUCCEEDED", nextToken }),
    );
    const found = (page.executions ?? []).map(
      ({ name, stopDate }): Success => ({ at: stopDate!.toISOString(), execution: name! }),
    );
    // A page may be empty and not the last.
    if (found.length > 0) return found.reduce((a, b) => later(a, b)!);
    nextToken = page.nextToken;
  } while (nextToken);
  return null;
}

/** null is earlier than everything; of two that are equal, the second. */
function later(one: Success | null, other: Success | null): Success | null {
  if (!one || !other) return one ?? other;
  return Date.parse(one.at) > Date.parse(other.at) ? one : other;
}

/** CloudWatch's embedded metric format. */
function metric(stateMachineArn: string, now: Date, last: Success, days: number) {
  return {
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: daysSinceSuccess.namespace,
          Dimensions: [["StateMachineArn"]],
          Metrics: [{ Name: daysSinceSuccess.name, Unit: "None" }],
        },
      ],
    },
    StateMachineArn: stateMachineArn,
    [daysSinceSuccess.name]: Number(days.toFixed(3)),
    lastSuccess: last,
  };
}
