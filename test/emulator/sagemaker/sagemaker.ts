import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { TaskContext, TaskRunner } from "../../../pipeline/local/engine/task-runner.ts";
import { TaskError } from "../../../pipeline/local/engine/task-runner.ts";
import { account, region } from "../emulator.ts";
import { type Endpoints, endpoints, type HasObject } from "./endpoints.ts";
import { type ModelPackages, modelPackages } from "./model-packages.ts";
import { requestProblems } from "./service-model.ts";

export type Kind = "Training" | "Processing";
/** A job in the shape of Describe…Job, with times in milliseconds. */
export type Job = Record<string, unknown>;

type Entry = { kind: Kind; job: Job; stop: AbortController; ended: Promise<void>; tags: unknown[] };

export type SageMaker = {
  endpoint: string;
  /** Every request for a job, as it came over the wire, in order. */
  requests: { kind: Kind; body: Job }[];
  /** Instance types that AWS has none of, `ml.g6.xlarge spot` for one on the spot market: their jobs fail as there. */
  withoutCapacity: Set<string>;
  /** The Model Registry. */
  registry: ModelPackages;
  /** Resolves when the job has ended, however it did. */
  ended(kind: Kind, name: string): Promise<void>;
  endpoints: Endpoints;
  close(): Promise<void>;
};

/**
 * SageMaker on a port of the loopback interface, in its own protocol (JSON 1.1), so that the SDK can be used: creation,
 * description, listing, stopping and tags of jobs, and what endpoints.ts has. A request is held against AWS's model of
 * the service; a job's work is done by the local engine's runners, which start the containers' real scripts.
 */
export async function startSageMaker(
  runners: Record<Kind, TaskRunner>,
  hasObject?: HasObject,
): Promise<SageMaker> {
  const jobs = new Map<string, Entry>();
  const requests: SageMaker["requests"] = [];
  const withoutCapacity = new Set<string>();
  const hosting = endpoints(hasObject);
  const registry = modelPackages(hasObject);
  const server = createServer(async (request, response) => {
    const world = { jobs, requests, runners, withoutCapacity, endpoints: hosting, registry };
    const { status, body } = await answer(request, world);
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    withoutCapacity,
    endpoints: hosting,
    registry,
    ended: async (kind, name) => jobs.get(keyOf(kind, name))?.ended,
    async close() {
      for (const { stop } of jobs.values()) stop.abort();
      await Promise.all([...jobs.values()].map(({ ended }) => ended));
      server.closeAllConnections();
      server.close();
    },
  };
}

type World = {
  jobs: Map<string, Entry>;
  requests: SageMaker["requests"];
  runners: Record<Kind, TaskRunner>;
  withoutCapacity: Set<string>;
  endpoints: Endpoints;
  registry: ModelPackages;
};
type Reply = { status: number; body: unknown };

const keyOf = (kind: Kind, name: unknown) => `${kind}/${name}`;
const refusal = (type: string, message: string): Reply => ({ status: 400, body: { __type: type, message } });

async function answer(request: IncomingMessage, world: World): Promise<Reply> {
  const operation = String(request.headers["x-amz-target"]).replace(/^SageMaker\./, "");
  const body = JSON.parse(await text(request)) as Job;
  const problems = requestProblems(operation, body);
  if (problems.length > 0) return refusal("ValidationException", problems.join("; "));
  const hosted = world.endpoints.answer(operation, body);
  if (hosted) return hosted;
  const registered = world.registry.answer(operation, body);
  if (registered) return registered;
  const [, verb = "", kind] = /^(Create|Describe|Stop|List)(Training|Processing)Jobs?$/.exec(operation) ?? [];
  if (kind !== "Training" && kind !== "Processing") return tagging(operation, body, world);
  if (verb === "List") return listed(kind, body, world);
  const key = keyOf(kind, body[`${kind}JobName`]);
  if (verb === "Create") return create(kind, key, body, world);
  const entry = world.jobs.get(key);
  if (entry === undefined) return refusal("ResourceNotFound", "Requested resource not found.");
  if (verb === "Stop") entry.stop.abort();
  return { status: 200, body: verb === "Stop" ? {} : wireForm(entry.job) };
}

/** Answers once the job is accepted, as SageMaker does; the job goes on. */
async function create(kind: Kind, key: string, body: Job, world: World): Promise<Reply> {
  if (world.jobs.has(key)) return refusal("ResourceInUse", `${kind} job names must be unique.`);
  world.requests.push({ kind, body });
  const stop = new AbortController();
  const created = Date.now();
  const job: Job = { ...body, [`${kind}JobStatus`]: "InProgress", CreationTime: created };
  const entry: Entry = {
    kind,
    job,
    stop,
    ended: Promise.resolve(),
    tags: (body.Tags as unknown[] | undefined) ?? [],
  };
  world.jobs.set(key, entry);
  if (world.withoutCapacity.has(instanceOf(body))) {
    const arn = {
      [`${kind}JobArn`]: `arn:aws:sagemaker:${region}:${account}:${kind.toLowerCase()}-job/none`,
    };
    Object.assign(job, arn, withoutInstance(kind, body));
    return { status: 200, body: arn };
  }
  return new Promise((resolve) => {
    const context: TaskContext = {
      signal: stop.signal,
      executionName: "",
      stateName: "",
      onSubmitted: (accepted) => {
        Object.assign(job, accepted);
        resolve({ status: 200, body: accepted });
      },
      onProgress: () => {},
    };
    entry.ended = world.runners[kind](body, context).then(
      (result) => {
        Object.assign(job, result);
      },
      (error: unknown) => {
        // A job that ran and did not complete tells its description; anything else was refused before it began.
        if (error instanceof TaskError && error.error === "States.TaskFailed")
          Object.assign(job, JSON.parse(error.cause));
        else if (stop.signal.aborted) Object.assign(job, { [`${kind}JobStatus`]: "Stopped" });
        else {
          world.jobs.delete(key);
          resolve(
            refusal("ValidationException", error instanceof TaskError ? error.cause : "The job was refused."),
          );
        }
      },
    );
  });
}

function instanceOf({ ResourceConfig, ProcessingResources, EnableManagedSpotTraining }: Job): string {
  const { InstanceType } = (ResourceConfig ??
    (ProcessingResources as Record<string, unknown>).ClusterConfig) as Record<string, string>;
  return `${InstanceType}${EnableManagedSpotTraining ? " spot" : ""}`;
}

/** On the spot market a job waits until it may wait no longer; else SageMaker gives up by itself. */
function withoutInstance(kind: Kind, { EnableManagedSpotTraining }: Job): Job {
  return EnableManagedSpotTraining
    ? { [`${kind}JobStatus`]: "Stopped", SecondaryStatus: "MaxWaitTimeExceeded" }
    : {
        [`${kind}JobStatus`]: "Failed",
        FailureReason: "CapacityError: Unable to provision requested ML compute capacity.",
      };
}

function listed(kind: Kind, { StatusEquals, NameContains = "" }: Job, { jobs }: World): Reply {
  const summaries = [...jobs.values()]
    .filter((entry) => entry.kind === kind)
    .map(({ job }) => wireForm(job))
    .filter((job) => StatusEquals === undefined || job[`${kind}JobStatus`] === StatusEquals)
    .filter((job) => String(job[`${kind}JobName`]).includes(String(NameContains)))
    .map((job) =>
      Object.fromEntries(
        ["Name", "Arn", "Status"]
          .map((field) => `${kind}Job${field}`)
          .concat("CreationTime")
          .map((field) => [field, job[field]]),
      ),
    );
  return { status: 200, body: { [`${kind}JobSummaries`]: summaries } };
}

function tagging(operation: string, { ResourceArn, Tags }: Job, { jobs }: World): Reply {
  const entry = [...jobs.values()].find(({ kind, job }) => job[`${kind}JobArn`] === ResourceArn);
  if (!["AddTags", "ListTags"].includes(operation))
    return refusal("UnknownOperationException", `There is no ${operation} here.`);
  if (entry === undefined) return refusal("ResourceNotFound", "Requested resource not found.");
  if (operation === "AddTags") entry.tags.push(...(Tags as unknown[]));
  return { status: 200, body: { Tags: entry.tags } };
}

const times = /(?:^Creation|Start|End|^LastModified)Time$|^Timestamp$/;

/** On the wire a time is in seconds since the epoch. */
function wireForm(job: Job): Job {
  return Object.fromEntries(
    Object.entries(job).map(([field, value]) => {
      if (field === "FinalMetricDataList") return [field, (value as Job[]).map(wireForm)];
      return [field, times.test(field) && typeof value === "number" ? value / 1000 : value];
    }),
  );
}
