import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { ExecutionDescription, HistoryEvent, TaskProgress } from "../../execution.ts";
import { EXECUTION_NAME } from "../../execution-names.ts";
import { type StatusChange, statusChange } from "../events/status-change.ts";
import { type Clock, systemClock } from "../machine/clock.ts";
import { executionFiles, type Home, optionsFor } from "../machine/home.ts";
import { executionArn, MACHINE_ARN, MACHINE_NAME, ROLE_ARN } from "../machine/identity.ts";
import { acquireLock, explainHolder, type Lock } from "../machine/lock.ts";
import type { Definition, Json } from "./definition.ts";
import { describeExecution } from "./describe.ts";
import { Aborted, type Engine, EVENT_LIMIT, record, type Scope } from "./engine.ts";
import { EngineError } from "./engine-error.ts";
import { PAYLOAD_LIMIT_BYTES } from "./fields.ts";
import type { Draft, JournalLine } from "./history.ts";
import { runScope } from "./interpreter.ts";
import { type Journal, openJournal } from "./journal.ts";
import { loadDefinition } from "./load-definition.ts";
import { applyLine, type Positions } from "./positions.ts";
import { listenForStop } from "./stop-request.ts";
import { TaskError, type TaskRunners } from "./task-runner.ts";

/** How an engine runs; everything but the tasks has a default. */
export type EngineOptions = {
  home: Home;
  tasks: TaskRunners;
  clock?: Clock;
  /** In [0, 1): jitter and $random. */
  random?: () => number;
  /** Stops the execution, as a request in its folder does: running tasks are stopped, then it ends as ABORTED. */
  signal?: AbortSignal;
  onEvent?: (event: HistoryEvent) => void;
  onProgress?: (stateName: string, progress: TaskProgress) => void;
  /**
   * Called once the end is journalled, with EventBridge's event for it; run and resume reject if this does. A kill
   * between the two loses the event: describeExecution is the truth about an execution, this only the news of it.
   */
  onStatusChange?: (change: StatusChange) => void | Promise<void>;
};

export type StartOptions = EngineOptions & {
  /** JSONata-mode ASL without placeholders. */
  definition: unknown;
  /** 1 to 80 characters of 0-9 A-Z a-z - _ */
  name: string;
  input: Json;
};

export type StartedExecution = {
  executionArn: string;
  startDate: string;
  /** The same execution was running already; this call started nothing. */
  isDuplicate: boolean;
  /** Resolves when the execution has ended; at once, as it stands, for a duplicate. */
  result: Promise<ExecutionDescription>;
};

/**
 * Starts an execution: it is on the disk when this returns, and runs on by itself. Throws InvalidName, InvalidDefinition,
 * InvalidExecutionInput, or ExecutionAlreadyExists unless an execution of that name and input is running.
 */
export function beginExecution(options: StartOptions): StartedExecution {
  const { home, name, input, clock = systemClock } = options;
  if (!EXECUTION_NAME.test(name)) {
    throw new EngineError("InvalidName", "expected 1 to 80 characters of 0-9, A-Z, a-z, - and _");
  }
  const definition = loadDefinition(options.definition, Object.keys(options.tasks));
  const text = JSON.stringify(input);
  if (Buffer.byteLength(text) > PAYLOAD_LIMIT_BYTES) {
    throw new EngineError("InvalidExecutionInput", `the input is larger than ${PAYLOAD_LIMIT_BYTES} bytes`);
  }
  const startDate = new Date(clock.now()).toISOString();
  const started: JournalLine = {
    id: 1,
    previousEventId: 0,
    timestamp: startDate,
    type: "ExecutionStarted",
    executionStartedEventDetails: { input: text, inputDetails: { truncated: false }, roleArn: ROLE_ARN },
    scope: "",
  };
  const lock = createExecution(home, name, definition, started);
  if (lock !== null) {
    const result = run(options, name, definition, lock);
    return { executionArn: executionArn(name), startDate, isDuplicate: false, result };
  }
  const existing = describeExecution(home, name);
  if (existing.status !== "RUNNING" || !isDeepStrictEqual(existing.input, JSON.parse(text))) {
    throw new EngineError(
      "ExecutionAlreadyExists",
      `${name} is taken by an execution that is ${existing.status}`,
    );
  }
  const result = Promise.resolve(existing);
  return { executionArn: existing.executionArn, startDate: existing.startDate, isDuplicate: true, result };
}

/** Starts an execution and resolves when it has ended, however it ended. */
export async function startExecution(options: StartOptions): Promise<ExecutionDescription> {
  return beginExecution(options).result;
}

/**
 * Continues an execution that failed, timed out, was aborted, or whose engine died, as RedriveExecution does:
 * with its own definition and input, from the states that did not finish. Throws ExecutionDoesNotExist,
 * ExecutionRunning, or ExecutionNotRedrivable if it has succeeded or its history is full.
 *
 * `takeOver`: somebody says that the engine is gone for good, when this process cannot know; an engine that is known to
 * be alive is never taken over.
 */
export async function resumeExecution(
  options: EngineOptions & { name: string; takeOver?: boolean },
): Promise<ExecutionDescription> {
  const { home, name, tasks, takeOver = false } = options;
  describeExecution(home, name);
  const { folder, definition: definitionFile } = executionFiles(home, name);
  const lock = acquireLock(folder, { processes: home.processes, takeOver });
  if (lock === null) {
    const rest = `${name}${optionsFor(home)}`;
    const holder = explainHolder(folder, home.processes, {
      alive: `To see how far it is: pbp show ${rest}`,
      takeOver: `pbp resume ${rest} --take-over`,
    });
    throw new EngineError("ExecutionRunning", `${name} is being run by ${holder}`);
  }
  try {
    const { status, redriveCount, eventCount } = describeExecution(home, name);
    if (status === "SUCCEEDED" || eventCount > EVENT_LIMIT - 2) {
      const why = status === "SUCCEEDED" ? "has succeeded" : "has a full history";
      throw new EngineError("ExecutionNotRedrivable", `${name} ${why}`);
    }
    const definition = loadDefinition(JSON.parse(readFileSync(definitionFile, "utf8")), Object.keys(tasks));
    const executionRedrivenEventDetails = { redriveCount: redriveCount + 1 };
    return await run(options, name, definition, lock, {
      type: "ExecutionRedriven",
      executionRedrivenEventDetails,
    });
  } finally {
    lock.release();
  }
}

/**
 * Makes the execution's folder with its definition, its first event and our lock in it, or returns null if the name
 * is taken. The finished folder is renamed into place: nobody ever sees half an execution.
 */
function createExecution(
  home: Home,
  name: string,
  definition: Definition,
  started: JournalLine,
): Lock | null {
  const made = mkdirSync(home.executions, { recursive: true });
  for (let folder = home.executions; made && folder.length >= made.length; folder = dirname(folder))
    syncFolder(dirname(folder));
  const files = executionFiles(home, name);
  const draft = executionFiles(home, `.new-${randomUUID()}`);
  mkdirSync(draft.folder);
  try {
    const lock = acquireLock(draft.folder, { processes: home.processes, finalFolder: files.folder });
    writeFileSync(draft.definition, JSON.stringify(definition, null, 2), { flush: true });
    writeFileSync(draft.history, `${JSON.stringify(started)}\n`, { flush: true });
    syncFolder(draft.folder);
    renameSync(draft.folder, files.folder);
    syncFolder(home.executions);
    return lock;
  } catch (error) {
    rmSync(draft.folder, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") return null;
    throw error;
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A journal that takes nothing from an engine that lost its execution: one that was declared gone and woke up. */
function openOwnJournal(home: Home, name: string, lock: Lock): Journal {
  const journal = openJournal(executionFiles(home, name).history);
  return {
    ...journal,
    append(lines) {
      if (!lock.isOurs())
        throw new EngineError(
          "ExecutionTakenOver",
          `${name} was taken over by another process; this one stops`,
        );
      journal.append(lines);
    },
  };
}

/** Runs an execution from where its journal ends. The lock is ours, and is released. */
async function run(
  options: EngineOptions,
  name: string,
  definition: Definition,
  lock: Lock,
  redriven?: Draft,
): Promise<ExecutionDescription> {
  const { home, tasks, clock = systemClock, random = Math.random } = options;
  let journal: Journal | undefined;
  const stop = listenForStop(executionFiles(home, name).folder, options.signal);
  try {
    journal = openOwnJournal(home, name, lock);
    const { startDate, redriveCount, ...described } = describeExecution(home, name);
    const input = described.input as Json;
    const positions: Positions = new Map();
    for (const line of journal.lines) applyLine(positions, line);
    const position = positions.get("")!;
    const RedriveCount = redriven?.executionRedrivenEventDetails?.redriveCount ?? redriveCount;
    const Execution = {
      Id: executionArn(name),
      Input: input,
      Name: name,
      RoleArn: ROLE_ARN,
      StartTime: startDate,
      RedriveCount,
      ...(redriven === undefined ? {} : { RedriveTime: new Date(clock.now()).toISOString() }),
    };
    const engine: Engine = {
      definition,
      tasks,
      clock,
      random,
      journal,
      positions,
      lastEventId: journal.lines.length,
      context: { Execution, StateMachine: { Id: MACHINE_ARN, Name: MACHINE_NAME } },
      onEvent: options.onEvent ?? (() => {}),
      onProgress: options.onProgress ?? (() => {}),
    };
    if (redriven !== undefined) {
      record(engine, { key: "", position }, { ...redriven, previousEventId: engine.lastEventId });
    }
    await runToItsEnd(engine, position, input, stop.signal);
  } finally {
    stop.close();
    journal?.close();
    lock.release();
  }
  const description = describeExecution(home, name);
  await options.onStatusChange?.(statusChange(description));
  return description;
}

/** Resolves once the event that ends the execution is journalled; rejects only if the engine itself fails. */
async function runToItsEnd(
  engine: Engine,
  position: Scope["position"],
  input: Json,
  stop?: AbortSignal,
): Promise<void> {
  const ending = new AbortController();
  const finished = new AbortController();
  const abort = () => ending.abort(new Aborted("ABORTED"));
  if (stop?.aborted) abort();
  stop?.addEventListener("abort", abort, { once: true });
  const { TimeoutSeconds } = engine.definition;
  if (TimeoutSeconds !== undefined) {
    engine.clock.sleep(TimeoutSeconds * 1000, finished.signal).then(() => {
      if (!finished.signal.aborted) ending.abort(new Aborted("TIMED_OUT"));
    });
  }
  const root: Scope = { key: "", outer: {}, position, signal: ending.signal, retryCount: 0 };
  try {
    const output = JSON.stringify(await runScope(engine, engine.definition, root, input));
    const executionSucceededEventDetails = { output, outputDetails: { truncated: false } };
    record(engine, root, { type: "ExecutionSucceeded", executionSucceededEventDetails });
  } catch (error) {
    record(engine, root, endingOf(error));
  } finally {
    finished.abort();
    stop?.removeEventListener("abort", abort);
  }
}

/** The event for what ended an execution; throws what is not the execution's failure but the engine's. */
function endingOf(reason: unknown): Draft {
  if (reason instanceof TaskError) {
    const error = reason.error === "" ? {} : { error: reason.error };
    const cause = reason.cause === "" ? {} : { cause: reason.cause };
    return { type: "ExecutionFailed", executionFailedEventDetails: { ...error, ...cause } };
  }
  if (!(reason instanceof Aborted)) throw reason;
  return reason.status === "TIMED_OUT"
    ? { type: "ExecutionTimedOut", executionTimedOutEventDetails: {} }
    : { type: "ExecutionAborted", executionAbortedEventDetails: {} };
}
