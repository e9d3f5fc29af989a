import { tmpdir } from "node:os";
import { setTimeout } from "node:timers/promises";
import {
  DescribeExecutionCommand,
  type ExecutionListItem,
  ListExecutionsCommand,
  type ListExecutionsCommandOutput,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { isJob } from "../../schemas/jobs.ts";
import { defaultModel, modelAskedFor, placeOf } from "../../schemas/registered-models.ts";
import type { PromotionRecord } from "../../schemas/types.ts";
import { jobTable } from "../../states/job-table.ts";
import { openS3Store } from "../../tasks/store/s3.ts";
import { executionLink } from "../aws-links.ts";
import { describeHistory, type ExecutionDescription } from "../execution.ts";
import {
  type Installation,
  InstallationError,
  type ListedExecution,
  type ModelHistory,
  promotionOf,
  type Watching,
} from "../installation.ts";
import { defaultStack, optionsOf } from "../stack-name.ts";
import { eventsAfter, newestFirst } from "./events.ts";
import { follow, stop } from "./follow.ts";
import { askModels, type ModelsRequest } from "./models.ts";
import { refusalOf } from "./refusal.ts";
import { findStack, type Stack } from "./stack.ts";

// A follower must outlast a flaky network: with the SDK's growing waits this is about a minute.
const attempts = 8;
// A stop is a matter of seconds.
const stopPauseMs = 1000;
// Enough to find the last state behind the events of a retried task.
const recentEvents = 25;
// Five at a time stay below the account's refill of GetExecutionHistory.
const listedAtOnce = 5;
// A page of executions of which only some are wanted.
const inputsAtOnce = 50;

/** The deployed stack as the command line sees it. */
export async function openStack(name = defaultStack): Promise<Installation> {
  const stack = await findStack(name);
  const steps = new SFNClient({ maxAttempts: attempts });
  const options = optionsOf(name);
  const arnOf = (execution: string) =>
    `${stack.StateMachineArn.replace(":stateMachine:", ":execution:")}:${execution}`;
  // SageMaker's and EFS's clients are large and seldom wanted.
  const jobs = async (execution: string) => (await import("./jobs.ts")).jobsOf(arnOf(execution));

  async function history(model?: string): Promise<ModelHistory> {
    const output = await ask({ action: "history", ...(model !== undefined && { model }) });
    const { generations, models = [defaultModel] } = output as Partial<ModelHistory>;
    // A stack of an earlier version has answered for the default model, whatever it was asked for.
    return { generations: models.includes(model ?? defaultModel) ? (generations ?? []) : [], models };
  }

  const ask = (request: ModelsRequest) => askModels(steps, stack.ModelsStateMachineArn, request);

  async function events(execution: string) {
    return eventsAfter(steps, arnOf(execution), 0).catch((error: Error) => {
      if (!/^(ExecutionDoesNotExist|InvalidArn|InvalidName|ValidationException)$/.test(error.name))
        throw error;
      throw new InstallationError(
        "ExecutionDoesNotExist",
        `There is no execution of that name in ${name}. See pbp runs${options}.`,
      );
    });
  }

  async function describe(execution: string): Promise<ExecutionDescription> {
    const identity = {
      name: execution,
      executionArn: arnOf(execution),
      stateMachineArn: stack.StateMachineArn,
    };
    // AWS does not tell an event's branch; no state has a name twice, and none of ours is a Map.
    const described = describeHistory(
      await events(execution),
      identity,
      ({ stateEnteredEventDetails: entered, stateExitedEventDetails: exited }) =>
        (entered ?? exited)?.name ?? "",
    );
    return { ...described, isOwned: described.status === "RUNNING", progress: [] };
  }

  async function toItsEnd(execution: string, after: number, watching: Watching): Promise<void> {
    const executionArn = arnOf(execution);
    try {
      await follow({ steps, executionArn, after, watching, jobs: () => jobs(execution).catch(() => []) });
    } catch (thrown) {
      const error = refusalOf(thrown);
      if (!(error instanceof InstallationError)) throw error;
      throw new InstallationError(
        error.name,
        `${error.message} The execution continues in AWS. To follow it: pbp resume ${execution}${options}`,
      );
    }
    if (watching.signal?.aborted) await (await import("./jobs.ts")).stopJobs(executionArn);
  }

  return {
    place: `s3://${stack.DataBucketName}`,
    options,
    store: openS3Store(stack.DataBucketName),
    bucket: stack.DataBucketName,
    temporary: tmpdir(),
    ownBaseModel: null,
    namesFrom: (beginning, limit) => namesFrom(steps, stack, beginning, limit),
    list: (limit, model) => list(steps, stack, limit, model),
    describe,
    linkTo: (execution) => executionLink(arnOf(execution)),
    async start(execution, input, watching) {
      await steps.send(
        new StartExecutionCommand({
          stateMachineArn: stack.LiveAliasArn,
          name: execution,
          input: JSON.stringify(input),
        }),
      );
      await toItsEnd(execution, 0, watching);
    },
    async resume(execution, watching) {
      const { status, eventCount } = await describe(execution);
      // Nobody has to be there for it to run: someone who comes back only watches again.
      if (status === "RUNNING") return toItsEnd(execution, 0, watching);
      await steps.send(new RedriveExecutionCommand({ executionArn: arnOf(execution) }));
      await toItsEnd(execution, eventCount, watching);
    },
    async stop(execution) {
      await stop(steps, arnOf(execution));
      while ((await describe(execution)).status === "RUNNING") await setTimeout(stopPauseMs);
      await (await import("./jobs.ts")).stopJobs(arnOf(execution));
    },
    jobs,
    async logLines({ state, job }, last) {
      const { logLines } = await import("./logs.ts");
      return logLines(isJob(state) ? jobTable[state].kind : "Processing", job, last);
    },
    async promotion(execution) {
      // Not the execution's output, which it has not if it failed after the promotion.
      const all = await events(execution);
      const model = modelAskedFor(JSON.parse(all[0]?.executionStartedEventDetails?.input ?? "null"));
      const leftWith = all.flatMap(({ stateExitedEventDetails: exited }) => exited ?? []);
      const left = leftWith.filter(({ name }) => name === "Promote");
      // A Promote that lost the race leaves too, with its error.
      const promoted = left
        .map(({ output }) => JSON.parse(output ?? "{}"))
        .findLast(({ version }) => version !== undefined);
      const bundleOf = (version: string) =>
        `${stack.FileSystemId}:models/${placeOf(model)}versions/${version}`;
      if (promoted) {
        const { generation, version } = promoted as PromotionRecord;
        return { generation, bundle: bundleOf(version), forced: null };
      }
      // A model that was judged may have been promoted by hand since, which only the log of generations tells.
      if (!leftWith.some(({ name }) => name === "QualityGate")) return null;
      const entry = (await history(model)).generations.find((one) => one.execution === execution);
      return entry ? promotionOf(entry, bundleOf(entry.version)) : null;
    },
    history,
    async rollback({ model, to = null, reason }) {
      const named = model !== undefined && { model };
      const output = await ask({ action: "rollback", ...named, to, reason });
      return (output as { promotion: PromotionRecord }).promotion;
    },
    async forcePromotion(request) {
      const output = await ask({ action: "promote", ...request });
      return (output as { promotion: PromotionRecord }).promotion;
    },
    async fileSystem() {
      const { fileSystemStatus } = await import("./file-system.ts");
      return fileSystemStatus(stack.FileSystemId, stack.AccessPointId);
    },
  };
}

async function namesFrom(
  steps: SFNClient,
  { StateMachineArn: stateMachineArn }: Stack,
  beginning: string,
  limit: number,
): Promise<string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const maxResults = beginning === "" ? limit : 1000;
    const page = await steps.send(new ListExecutionsCommand({ stateMachineArn, maxResults, nextToken }));
    const found = (page.executions ?? []).map(({ name }) => name!);
    if (found.includes(beginning)) return [beginning];
    names.push(...found.filter((name) => name.startsWith(beginning)));
    nextToken = page.nextToken;
    // A whole name may still come, on a later page.
  } while (nextToken && !(beginning === "" && names.length >= limit));
  return names.slice(0, limit);
}

async function list(
  steps: SFNClient,
  stack: Stack,
  limit: number,
  model?: string,
): Promise<ListedExecution[]> {
  const listed: ListedExecution[] = [];
  let page: ListExecutionsCommandOutput | undefined;
  do {
    page = await steps.send(
      new ListExecutionsCommand({
        stateMachineArn: stack.StateMachineArn,
        // Of which model one is, only its input tells.
        maxResults: model === undefined ? Math.min(limit - listed.length, 1000) : inputsAtOnce,
        nextToken: page?.nextToken,
      }),
    );
    const executions = page.executions ?? [];
    for (let at = 0; at < executions.length && listed.length < limit; at += listedAtOnce) {
      const several = executions.slice(at, at + listedAtOnce);
      const described = several.map((execution) => describeListed(steps, execution, model));
      listed.push(...(await Promise.all(described)).filter((one) => one !== null));
    }
  } while (page.nextToken && listed.length < limit);
  return listed.slice(0, limit);
}

/** null for one of another model than the one that is asked for. */
async function describeListed(
  steps: SFNClient,
  execution: ExecutionListItem,
  model: string | undefined,
): Promise<ListedExecution | null> {
  const input = await inputOf(steps, execution.executionArn!);
  if (model !== undefined && modelAskedFor(input) !== model) return null;
  return {
    name: execution.name!,
    status: execution.status as ListedExecution["status"],
    startDate: execution.startDate!.toISOString(),
    stopDate: execution.stopDate?.toISOString() ?? null,
    input,
    progress: [],
    ...(await lastNews(steps, execution.executionArn!)),
  };
}

async function inputOf(steps: SFNClient, executionArn: string): Promise<unknown> {
  const { input } = await steps.send(new DescribeExecutionCommand({ executionArn }));
  return JSON.parse(input ?? "null");
}

/** The state entered last, and what a failed execution failed with, which ListExecutions does not tell. */
async function lastNews(
  steps: SFNClient,
  executionArn: string,
): Promise<Pick<ListedExecution, "lastState" | "error">> {
  let error: string | null = null;
  let isFirst = true;
  for await (const event of newestFirst(steps, executionArn, recentEvents)) {
    if (isFirst)
      error =
        (
          event.executionFailedEventDetails ??
          event.executionAbortedEventDetails ??
          event.executionTimedOutEventDetails
        )?.error ?? null;
    isFirst = false;
    const lastState = event.stateEnteredEventDetails?.name;
    if (lastState && event.type !== "ChoiceStateEntered") return { lastState, error };
  }
  return { lastState: "", error };
}
