import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { TaskError, type TaskRunners } from "../../pipeline/local/engine/task-runner.ts";
import type { Clock } from "../../pipeline/local/machine/clock.ts";

/** What a mocked task does on one of its calls; without `afterSeconds` it answers at once. */
export type Answer = { afterSeconds?: number } & (
  | { result: Json }
  /** Text of so many characters. */
  | { resultCharacters: number }
  | { error: string; cause: string }
);

/**
 * One small machine and what Step Functions' documentation says comes of it. The table knows nothing of this engine,
 * so that any other can run it: tasks answer by state name, one answer a call; times are the machine's own.
 */
export type Case = {
  name: string;
  /** The rule in AWS's documentation, where the name does not say it. */
  rule?: string;
  definition: Json;
  input: Json;
  tasks?: Record<string, Answer[]>;
  expect: {
    status?: "SUCCEEDED" | "FAILED" | "TIMED_OUT";
    output?: Json;
    error?: string | null;
    cause?: string | null;
    /** Simulated seconds from start to end, exactly or at most. */
    seconds?: number;
    maximumSeconds?: number;
    /** Calls by state; states that are left out were never called. */
    attempts?: Record<string, number>;
    /** The arguments of each call by state. */
    calls?: Record<string, Json[]>;
    /** The definition is refused, and the message says this. */
    invalid?: string;
  };
};

const folder = join(import.meta.dirname, "cases");

export function readCases(): { topic: string; cases: Case[] }[] {
  return readdirSync(folder).map((file) => ({
    topic: file.replace(".json", ""),
    cases: JSON.parse(readFileSync(join(folder, file), "utf8")) as Case[],
  }));
}

/** Runners that answer as the table says, and the calls they got, by state. */
export function mockTasks(answers: Record<string, Answer[]>, clock: Clock) {
  const calls: Record<string, Json[]> = {};
  const tasks: TaskRunners = {
    "arn:aws:states:::lambda:invoke": async (args, { stateName, signal }) => {
      const made = [...(calls[stateName] ?? []), args as Json];
      calls[stateName] = made;
      const answer = answers[stateName]?.[made.length - 1];
      if (answer === undefined)
        throw new TaskError("Test.UnexpectedCall", `call ${made.length} of ${stateName}`);
      if (answer.afterSeconds !== undefined) await clock.sleep(answer.afterSeconds * 1000, signal);
      if ("error" in answer) throw new TaskError(answer.error, answer.cause);
      return "result" in answer ? answer.result : "x".repeat(answer.resultCharacters);
    },
  };
  return { tasks, calls };
}
