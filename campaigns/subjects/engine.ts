import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { describeExecution, readHistory } from "../../pipeline/local/engine/describe.ts";
import { resumeExecution, startExecution } from "../../pipeline/local/engine/executions.ts";
import type { TaskContext } from "../../pipeline/local/engine/task-runner.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import { names, noProcess } from "./models.ts";
import type { Subject } from "./subject.ts";

const resource = "arn:aws:states:::lambda:invoke";
const task = (next: Record<string, Json>) => ({ Type: "Task", Resource: resource, ...next });
const name = "run-1";

// What the pipeline's own definition has: a task, a Parallel of two, a choice, and variables that outlive a state.
const definition: Json = {
  QueryLanguage: "JSONata",
  StartAt: "First",
  States: {
    First: task({ Assign: { first: "{% $states.result %}" }, Next: "Jobs" }),
    Jobs: {
      Type: "Parallel",
      Branches: [
        {
          StartAt: "Embed",
          States: { Embed: task({ Next: "EmbedCheck" }), EmbedCheck: task({ End: true }) },
        },
        { StartAt: "Train", States: { Train: task({ End: true }) } },
      ],
      Assign: { jobs: "{% $states.result %}" },
      Next: "Verdict",
    },
    Verdict: {
      Type: "Choice",
      Choices: [{ Condition: "{% $count($jobs) = 2 %}", Next: "Last" }],
      Default: "Never",
    },
    Last: task({ Output: "{% [$first, $jobs, $states.result] %}", End: true }),
    Never: { Type: "Fail", Error: "Never" },
  },
};
// An array constructor takes an array's items.
const output = ["First", "EmbedCheck", "Train", "Last"];

/** One execution in the local engine: its journal, lock and folder are disturbed, the tasks' own work is not. */
export const engine: Subject = {
  mayBeRemote: false,
  root: (folder) => join(folder, "home"),
  async prepare(folder) {
    mkdirSync(join(folder, "home"));
  },
  async act(folder) {
    const home = homeAt(join(folder, "home"));
    const tasks = {
      [resource]: async (_: unknown, { stateName }: TaskContext) => {
        appendFileSync(join(folder, "effects"), `${stateName}\n`);
        return stateName;
      },
    };
    const options = { home, name, tasks };
    // As `pbp run` and `pbp resume` do.
    const isThere = existsSync(join(home.executions, name, "history.jsonl"));
    const { status, output } = isThere
      ? await resumeExecution(options).catch((error: Error) => {
          // Killed after its last event: `pbp resume` says that it has succeeded.
          if (error.name !== "ExecutionNotRedrivable") throw error;
          return describeExecution(home, name);
        })
      : await startExecution({ ...options, definition, input: {} });
    if (status !== "SUCCEEDED") throw new Error(`the execution is ${status}`);
    writeFileSync(join(folder, "output"), JSON.stringify(output));
  },
  async inspect(folder, acknowledged) {
    const home = homeAt(join(folder, "home"));
    if (!existsSync(join(home.executions, name, "history.jsonl")))
      return acknowledged ? ["the execution is gone"] : [];
    const { status } = describeExecution(home, name);
    const problems = finishedTwice(folder);
    if (acknowledged && status !== "SUCCEEDED")
      problems.push(`the execution had succeeded, and is ${status}`);
    return problems;
  },
  async recover(folder) {
    const home = homeAt(join(folder, "home"));
    endProcess(join(home.executions, name));
    const isThere = existsSync(join(home.executions, name, "history.jsonl"));
    if (!isThere || describeExecution(home, name).status !== "SUCCEEDED") await engine.act(folder);
    const ended = describeExecution(home, name);
    const problems = finishedTwice(folder);
    if (JSON.stringify(ended.output) !== JSON.stringify(output)) problems.push("the output is another one");
    return problems;
  },
  // The engine's own trouble has the system's name; no data is in its messages.
  mayEndBy: (error) =>
    error instanceof Error && /^E[A-Z]+$/.test((error as NodeJS.ErrnoException).code ?? ""),
};

/** An engine whose disk failed ends with its command. Ours continues, and only looks as if it had ended. */
function endProcess(execution: string): void {
  for (const file of names(execution).filter((name) => name.startsWith("lock."))) {
    const owner = readFileSync(join(execution, file), "utf8");
    writeFileSync(join(execution, file), owner.replace(`"pid":${process.pid},`, `"pid":${noProcess},`));
  }
}

/** A state whose end is in the journal must not have been entered, and its work not been done, again. */
function finishedTwice(folder: string): string[] {
  const finished = readHistory(homeAt(join(folder, "home")), name).flatMap(({ type, ...event }) =>
    type === "TaskStateExited" ? [event.stateExitedEventDetails?.name ?? ""] : [],
  );
  const effects = existsSync(join(folder, "effects"))
    ? readFileSync(join(folder, "effects"), "utf8").split("\n").slice(0, -1)
    : [];
  const twice = finished.filter((state, index) => finished.indexOf(state) !== index);
  const undone = finished.filter((state) => !effects.includes(state));
  return [
    ...twice.map((state) => `${state} finished twice`),
    ...undone.map((state) => `${state} finished without its work`),
  ];
}
