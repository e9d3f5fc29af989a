import { tmpdir } from "node:os";
import { setTimeout } from "node:timers/promises";
import { RedriveExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { below } from "../../schemas/bucket.ts";
import { isJob } from "../../schemas/execution/jobs.ts";
import { executionLink } from "../../schemas/installation/aws-links.ts";
import { defaultModel, modelAskedFor, placeOf } from "../../schemas/models/registered-models.ts";
import type { PromotionRecord, TrafficRecord } from "../../schemas/types.ts";
import { jobTable } from "../../states/job-table.ts";
import type { BundleLineage } from "../../tasks/models/lineage.ts";
import type { PolicySet, PolicyState } from "../../tasks/models/policy.ts";
import type { Traffic } from "../../tasks/models/traffic.ts";
import { openS3Store } from "../../tasks/store/s3.ts";
import { describeHistory, type ExecutionDescription } from "../execution.ts";
import {
  type BroughtIntoUse,
  type Installation,
  InstallationError,
  type ModelHistory,
  type Published,
  promotionOf,
  type Watching,
} from "../installation.ts";
import { defaultStack, optionsOf } from "../stack-name.ts";
import { caller } from "./caller.ts";
import { eventsAfter } from "./events.ts";
import { list, namesFrom } from "./executions.ts";
import { follow, stop } from "./follow.ts";
import { askModels, type ModelsRequest } from "./models.ts";
import { refusalOf } from "./refusal.ts";
import { findStack } from "./stack.ts";

// A follower must outlast a flaky network: with the SDK's growing waits this is about a minute.
const attempts = 8;
// A stop is a matter of seconds.
const stopPauseMs = 1000;

// What a stack of an earlier version answers of it.
const noTraffic: Traffic = { newest: null, answers: false, problem: null };
const noPolicy: PolicyState = { policy: null, problem: null, withoutRule: [] };

// Whoever watches one execution asks for one page of its history; who watches the list, for two answers an execution.
const describePauseMs = 10_000;
const listPauseMs = 60_000;

/** The deployed stack as the command line sees it. */
export async function openStack(name = defaultStack): Promise<Installation> {
  const stack = await findStack(name);
  const steps = new SFNClient({ maxAttempts: attempts });
  const store = openS3Store(stack.DataBucketName);
  const options = optionsOf(name);
  const arnOf = (execution: string) =>
    `${stack.StateMachineArn.replace(":stateMachine:", ":execution:")}:${execution}`;
  // SageMaker's and EFS's clients are large and seldom wanted.
  const jobs = async (execution: string) => (await import("./jobs.ts")).jobsOf(arnOf(execution));

  async function history(model?: string): Promise<ModelHistory> {
    const output = await ask({ action: "history", ...(model !== undefined && { model }) });
    const {
      generations,
      models = [defaultModel],
      traffic = noTraffic,
      policy = noPolicy,
    } = output as Partial<ModelHistory>;
    // A stack of an earlier version has answered for the default model, whatever it was asked for.
    return {
      generations: models.includes(model ?? defaultModel) ? (generations ?? []) : [],
      models,
      traffic,
      policy,
    };
  }

  const ask = (request: ModelsRequest) => askModels(steps, stack.ModelsStateMachineArn, request);

  async function events(execution: string) {
    return eventsAfter(steps, arnOf(execution), 0).catch((error: Error) => {
      if (!/^(ExecutionDoesNotExist|InvalidArn|InvalidName|ValidationException)$/.test(error.name))
        throw error;
      throw new InstallationError(
        "ExecutionDoesNotExist",
        `There is no execution ${JSON.stringify(execution)} in ${name}. See pbp runs${options}.`,
      );
    });
  }

  async function describe(execution: string): Promise<ExecutionDescription> {
    const identity = {
      name: execution,
      executionArn: arnOf(execution),
      stateMachineArn: stack.StateMachineArn,
    };
    const described = describeHistory(await events(execution), identity);
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
    store,
    bucket: stack.DataBucketName,
    served: null,
    temporary: tmpdir(),
    runsHere: false,
    ownBaseModel: null,
    namesFrom: (beginning, limit) => namesFrom(steps, stack, beginning, limit),
    list: (limit, wanted) => list(steps, stack, limit, wanted),
    describe,
    events,
    onChange(execution, tell, signal) {
      const timer = setInterval(tell, execution === null ? listPauseMs : describePauseMs);
      signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    },
    async receiveExport(file, body) {
      await store.write(below("incoming") + file, body);
    },
    linkTo: (execution) => executionLink(arnOf(execution)),
    async start(execution, input, watching) {
      await steps.send(
        new StartExecutionCommand({
          stateMachineArn: stack.LiveAliasArn,
          name: execution,
          input: JSON.stringify({ ...input, startedBy: await caller() }),
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
      const left = leftWith.filter(({ name }) => name === "Promote" || name === "PromoteAnswer");
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
      return broughtIntoUse(await ask({ action: "rollback", ...named, to, reason }));
    },
    async forcePromotion(request) {
      return broughtIntoUse(await ask({ action: "promote", ...request, by: await caller() }));
    },
    async publish(model) {
      const output = await ask({ action: "publish", ...(model !== undefined && { model }) });
      const { publication, registration } = output as Published;
      return { publication, registration };
    },
    predictions: {
      async answer(asked, tell) {
        const { predict } = await import("./predict.ts");
        return predict(asked, tell, { stackName: name, store, history, ask });
      },
    },
    async setTraffic({ model, arm, reason }) {
      const output = await ask({ action: "traffic", ...(model !== undefined && { model }), arm, reason });
      return (output as { traffic: TrafficRecord }).traffic;
    },
    async setPolicy({ model, policy }) {
      const output = await ask({ action: "policy", ...(model !== undefined && { model }), policy });
      return (output as { policy: PolicySet }).policy;
    },
    async approve(request) {
      return broughtIntoUse(await ask({ action: "approve", ...request, by: await caller() }));
    },
    async decline(request) {
      await ask({ action: "decline", ...request, by: await caller() });
    },
    async lineage({ generation, model }) {
      return (await ask({
        action: "lineage",
        generation,
        ...(model !== undefined && { model }),
      })) as BundleLineage;
    },
    // The model is on EFS, and its answers are a service's.
    explain: async () => null,
    async fileSystem() {
      const { fileSystemStatus } = await import("./file-system.ts");
      return fileSystemStatus(stack.FileSystemId, stack.AccessPointId);
    },
  };
}

function broughtIntoUse(output: unknown): BroughtIntoUse {
  const { promotion, publication, registration } = output as { promotion: PromotionRecord } & Published;
  return { ...promotion, publication, registration };
}
