// Why this function exists: a CloudWatch alarm looks back seven days at most, and exports may come once a quarter. This
// one is called every hour and says as a metric for how many days no execution has succeeded, for each registered model:
// one that is trained daily must not hide that another's exports stay away. Step Functions forgets an execution after 90
// days, so the last successes are kept in the bucket.
import { isDeepStrictEqual } from "node:util";
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  type ListExecutionsCommandOutput,
  SFNClient,
} from "@aws-sdk/client-sfn";
import { below } from "../schemas/bucket.ts";
import { daysSinceSuccess } from "../schemas/installation/metrics.ts";
import { defaultModel, modelAskedFor } from "../schemas/models/registered-models.ts";
import { parseObject } from "./formats/parse-object.ts";
import { door } from "./lambda/door.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import { openStore } from "./store/open.ts";
import { type ObjectStore, readJson, writeJson } from "./store/store.ts";

/** When an execution last succeeded. Without an execution: the first look, before any had. */
type Success = { at: string; execution: string | null };
/** By registered model. The default one is always there, and so are those that an alarm waits for. */
type Successes = Record<string, Success>;

const key = `${below("monitoring")}last-success.json`;
const millisecondsPerHour = 60 * 60 * 1000;
const millisecondsPerDay = 24 * millisecondsPerHour;

const success = {
  type: "object",
  additionalProperties: false,
  required: ["at", "execution"],
  properties: {
    at: { type: "string", format: "date-time" },
    execution: { type: ["string", "null"], maxLength: 80 },
  },
};
const checkSuccess = door<Success>(success, { what: key, name: "TaskFailed" });
const check = door<{ models: Successes }>(
  {
    type: "object",
    additionalProperties: false,
    required: ["models"],
    properties: {
      models: {
        type: "object",
        propertyNames: { $ref: "common.schema.json#/$defs/modelName" },
        additionalProperties: success,
      },
    },
  },
  { what: key, name: "TaskFailed" },
);

const client = new SFNClient({ maxAttempts: 10 });

// Nothing is read of the schedule's event.
export const handler = task(
  { type: "object" },
  async (): Promise<Record<string, Success & { days: number }>> => {
    const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
    // The live alias's ARN, without the alias: a version that was started by hand counts, too.
    const stateMachineArn = environment.stateMachineArn.split(":").slice(0, 7).join(":");
    const now = new Date();
    const remembered = await readRemembered(store);
    const models = await newest(stateMachineArn, remembered);
    // Of a model that never succeeded there would be no metric, and its alarm would wait for one for ever.
    for (const model of [defaultModel, ...environment.expectedModels])
      models[model] ??= { at: now.toISOString(), execution: null };
    if (!isDeepStrictEqual(models, remembered)) await writeJson(store, key, { models });
    const told = Object.entries(models).map(([model, last]) => {
      const days = Math.max(0, (now.getTime() - Date.parse(last.at)) / millisecondsPerDay);
      // Not by console.log, which puts words before the line that CloudWatch takes the metric from.
      process.stdout.write(`${JSON.stringify(metric(stateMachineArn, model, now, last, days))}\n`);
      return [model, { ...last, days }] as const;
    });
    return Object.fromEntries(told);
  },
);

async function readRemembered(store: ObjectStore): Promise<Successes> {
  if (!(await store.head(key))) return {};
  const kept = await readJson(store, key);
  // Of a version that knew one model only.
  const isOld = typeof kept === "object" && kept !== null && "at" in kept;
  return isOld ? { [defaultModel]: checkSuccess(kept) } : check(kept).models;
}

/** What is remembered, and for each model that ended later the newest success, in the order of their start as listed. */
async function newest(stateMachineArn: string, remembered: Successes): Promise<Successes> {
  const models = { ...remembered };
  // Whatever ended before was looked at when it was new, and is not asked for its input again. With an hour to spare, since
  // a list may lack what has just ended.
  const seenUntil = Math.max(0, ...Object.values(remembered).flatMap(seenAt)) - millisecondsPerHour;
  let nextToken: string | undefined;
  do {
    const page: ListExecutionsCommandOutput = await client.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: "SUCCEEDED", nextToken }),
    );
    const executions = page.executions ?? [];
    for (const { name, executionArn, stopDate } of executions) {
      if (stopDate!.getTime() < seenUntil) continue;
      const { input } = await client.send(new DescribeExecutionCommand({ executionArn }));
      const asked = parseObject(input);
      // A learning curve makes no model, and must not hide that no run does.
      if (asked?.curve) continue;
      const model = modelAskedFor(asked);
      const found = { at: stopDate!.toISOString(), execution: name! };
      models[model] = later(models[model], found);
    }
    // A page may be empty and not the last.
    if (executions.length > 0) return models;
    nextToken = page.nextToken;
  } while (nextToken);
  return models;
}

/** A first look has seen nothing. */
const seenAt = ({ at, execution }: Success) => (execution === null ? [] : [Date.parse(at)]);

/** A success is later than the first look, and of two that are equal the second. */
function later(one: Success | undefined, other: Success): Success {
  return one?.execution && Date.parse(one.at) > Date.parse(other.at) ? one : other;
}

/** CloudWatch's embedded metric format. */
function metric(stateMachineArn: string, model: string, now: Date, last: Success, days: number) {
  return {
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: daysSinceSuccess.namespace,
          Dimensions: [["StateMachineArn", "Model"]],
          Metrics: [{ Name: daysSinceSuccess.name, Unit: "None" }],
        },
      ],
    },
    StateMachineArn: stateMachineArn,
    Model: model,
    [daysSinceSuccess.name]: Number(days.toFixed(3)),
    lastSuccess: last,
  };
}
