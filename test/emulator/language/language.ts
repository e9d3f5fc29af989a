import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  GetActivityTaskCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  SFNServiceException,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import type { Json } from "../../../pipeline/local/engine/definition.ts";
import type { Answer, Case } from "../../engine/cases.ts";
import { account } from "../emulator.ts";
import { endOf } from "../executions.ts";

/** What came of a case, in the words of the table. */
export type Outcome = {
  status?: string | undefined;
  output?: Json;
  error?: string | null;
  cause?: string | null;
  attempts?: Record<string, number>;
  calls?: Record<string, Json[]>;
  /** The definition was refused, and why. */
  invalid?: string;
};

const roleArn = `arn:aws:iam::${account}:role/cases`;

/**
 * Runs one case of the table on the emulator. Its tasks become activities, one a state, with the same Arguments, Retry
 * and Catch, and are answered as the table says.
 */
export async function runCase(steps: SFNClient, one: Case, id: string): Promise<Outcome> {
  const activities: Record<string, string> = {};
  for (const state of taskNames(one.definition)) {
    const name = `${id}-${Object.keys(activities).length}`;
    activities[state] = (await steps.send(new CreateActivityCommand({ name }))).activityArn!;
  }
  const definition = JSON.stringify(withActivities(one.definition, activities));
  let stateMachineArn: string | undefined;
  try {
    ({ stateMachineArn } = await steps.send(
      new CreateStateMachineCommand({ name: id, definition, roleArn }),
    ));
  } catch (error) {
    if (error instanceof SFNServiceException) return { invalid: error.message };
    throw error;
  }
  const calls: Record<string, Json[]> = {};
  const stopping = new AbortController();
  const workers = Object.entries(activities).map(([state, activityArn]) =>
    answerTasks(steps, activityArn, one.tasks?.[state] ?? [], stopping.signal, (args) => {
      calls[state] = [...(calls[state] ?? []), args];
    }),
  );
  try {
    const { executionArn } = await steps.send(
      new StartExecutionCommand({ stateMachineArn, name: "case", input: JSON.stringify(one.input) }),
    );
    const ended = await endOf(steps, executionArn!);
    const attempts = Object.fromEntries(Object.entries(calls).map(([state, made]) => [state, made.length]));
    const output = ended.status === "SUCCEEDED" ? (JSON.parse(ended.output ?? "null") as Json) : null;
    const { status, error = null, cause = null } = ended;
    return { status, output, error, cause, attempts, calls };
  } finally {
    stopping.abort();
    await Promise.all(workers);
  }
}

/** Plays one activity's worker until `signal` is aborted. */
async function answerTasks(
  steps: SFNClient,
  activityArn: string,
  answers: readonly Answer[],
  signal: AbortSignal,
  onCall: (args: Json) => void,
): Promise<void> {
  for (let call = 0; !signal.aborted; ) {
    try {
      const poll = new GetActivityTaskCommand({ activityArn });
      const { taskToken, input } = await steps.send(poll, { abortSignal: signal });
      if (taskToken === undefined) continue;
      onCall(JSON.parse(input!) as Json);
      await answer(steps, taskToken, answers[call++]);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

async function answer(steps: SFNClient, taskToken: string, given: Answer | undefined): Promise<void> {
  if (given === undefined)
    await steps.send(new SendTaskFailureCommand({ taskToken, error: "Test.UnexpectedCall" }));
  else if ("error" in given)
    await steps.send(new SendTaskFailureCommand({ taskToken, error: given.error, cause: given.cause }));
  else {
    const result = "result" in given ? given.result : "x".repeat(given.resultCharacters);
    await steps.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(result) }));
  }
}

function isState(value: Json): value is { Type: string; Resource: string } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && value.Type === "Task";
}

/** Names of the Task states of a definition, at any depth. */
function taskNames(value: Json): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => [
    ...(isState(part as Json) ? [name] : []),
    ...taskNames(part as Json),
  ]);
}

function withActivities(value: Json, activities: Record<string, string>): Json {
  return JSON.parse(JSON.stringify(value), (name, part) =>
    isState(part) ? { ...part, Resource: activities[name] } : part,
  ) as Json;
}
