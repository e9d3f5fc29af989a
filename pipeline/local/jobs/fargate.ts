// Fargate's counterpart: the runner of `ecs:runTask.sync`.
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TaskError, type TaskRunner } from "../engine/task-runner.ts";
import { ensureFolder } from "../machine/durable.ts";
import type { Home } from "../machine/home.ts";
import { ACCOUNT_ID, REGION } from "../machine/identity.ts";
import { runJobProcess } from "./job-process.ts";
import { nodeJobs } from "./node-jobs.ts";
import { fields, list, refusalOf, text } from "./request-fields.ts";

/** What a task definition says: its program below containers/, and the name of its one container. */
export type TaskDefinition = { program: string; container: string };

export type FargateOptions = {
  home: Home;
  taskDefinitions: Readonly<Record<string, TaskDefinition>>;
  /** What a task needs of this engine: where its store and its models are. In AWS its role and its mount are enough. */
  variables: () => Readonly<Record<string, string>>;
  /** Between SIGTERM and SIGKILL. */
  graceSeconds: number;
};

const refuse = refusalOf("ECS.InvalidParameterException", "AmazonECS");
// What a container's process ended with, where it was not the process that said so.
const killed = 128 + 9;
const longestSeconds = 24 * 3600;

/**
 * Runs a task's one container as a process group with the variables of the request and nothing else of ours. Answers in
 * the shape of DescribeTasks; a task whose container did not end with 0 is States.TaskFailed with that as its cause.
 */
export function fargateRunner({
  home,
  taskDefinitions,
  variables,
  graceSeconds,
}: FargateOptions): TaskRunner {
  return async (args, { signal, onSubmitted }) => {
    const asked = readRequest(args, taskDefinitions);
    const id = randomUUID().replaceAll("-", "");
    const arn = (resource: string) => `arn:aws:ecs:${REGION}:${ACCOUNT_ID}:${resource}`;
    const task = { TaskArn: arn(`task/${asked.cluster}/${id}`), TaskDefinitionArn: asked.taskDefinition };
    onSubmitted({ Tasks: [{ ...task, LastStatus: "PROVISIONING" }], Failures: [] });
    // With readonlyRootFilesystem there is no place to write but the mounted file system.
    const folder = join(home.temporary, `task-${id}`);
    await ensureFolder(folder);
    await ensureFolder(home.logs);
    const end = await runJobProcess(nodeJobs(asked.command), {
      script: asked.script,
      cwd: folder,
      environment: {
        PATH: "/usr/local/bin:/usr/bin:/bin",
        AWS_REGION: REGION,
        AWS_EC2_METADATA_DISABLED: "true",
        TMPDIR: folder,
        ...asked.environment,
        ...variables(),
      },
      log: join(home.logs, `${asked.container}-task.log`),
      note: join(folder, "process.json"),
      graceMs: graceSeconds * 1000,
      maxRuntimeSeconds: longestSeconds,
      signal,
    });
    await rm(folder, { recursive: true, force: true });
    signal.throwIfAborted();
    const ExitCode = end.how === "exited" ? end.exitCode : killed;
    const stopped = {
      ...task,
      LastStatus: "STOPPED",
      StopCode: "EssentialContainerExited",
      StoppedReason: "Essential container in task exited",
      Containers: [{ Name: asked.container, ExitCode, LastStatus: "STOPPED" }],
    };
    if (ExitCode !== 0) throw new TaskError("States.TaskFailed", JSON.stringify(stopped));
    return stopped;
  };
}

function readRequest(args: unknown, taskDefinitions: FargateOptions["taskDefinitions"]) {
  const request = fields(
    args,
    "the request",
    {
      needed: ["Cluster", "TaskDefinition", "LaunchType", "Overrides"],
      without: ["NetworkConfiguration", "PlatformVersion", "PropagateTags"],
    },
    refuse,
  );
  if (request.LaunchType !== "FARGATE") refuse("LaunchType", "must be FARGATE");
  const taskDefinition = text(request.TaskDefinition, "TaskDefinition", refuse);
  const known = Object.hasOwn(taskDefinitions, taskDefinition) ? taskDefinitions[taskDefinition] : undefined;
  if (!known) return refuse("TaskDefinition", "does not exist");
  const overrides = fields(request.Overrides, "Overrides", { needed: ["ContainerOverrides"] }, refuse);
  const where = "Overrides.ContainerOverrides";
  const [override, ...more] = list(overrides.ContainerOverrides, where, refuse);
  const container = fields(override, where, { needed: ["Name", "Command"], known: ["Environment"] }, refuse);
  if (more.length > 0 || container.Name !== known.container)
    refuse(`${where}.Name`, "must be the task definition's one container");
  return {
    cluster: text(request.Cluster, "Cluster", refuse),
    taskDefinition,
    container: known.container,
    script: fileURLToPath(new URL(`../../../containers/${known.program}`, import.meta.url)),
    command: list(container.Command, `${where}.Command`, refuse).map((one) =>
      text(one, `${where}.Command`, refuse),
    ),
    environment: Object.fromEntries(
      list(container.Environment, `${where}.Environment`, refuse).map((one) => {
        const pair = fields(one, `${where}.Environment`, { needed: ["Name", "Value"] }, refuse);
        return [text(pair.Name, "Name", refuse), text(pair.Value, "Value", refuse)];
      }),
    ),
  };
}
