import { join, resolve } from "node:path";

/** The folders of one local installation, as absolute paths. None is created here: whoever writes first does. */
export type Home = {
  root: string;
  /** The object store's root: one folder per bucket. */
  store: string;
  /** The EFS counterpart: what Lambda sees as MODELS_DIR. */
  models: string;
  /** One folder per execution, with its journal. */
  executions: string;
  /** One folder per job that was started. */
  jobs: string;
  /** Training checkpoints, shared by the attempts at one job. */
  checkpoints: string;
  /** One JSON Lines file per SNS topic. */
  topics: string;
  /** Where people drop exports for `pbp watch`. */
  incoming: string;
  /** EventBridge's counterpart: deliveries that are not done, and dead letters. */
  events: string;
  /** One file per function: what it printed. */
  logs: string;
  /** What is thrown away: the functions' /tmp. */
  temporary: string;
};

/** The paths of the home at `folder`; relative folders count from the working directory. */
export function homeAt(folder = ".pbp"): Home {
  const root = resolve(folder);
  return {
    root,
    store: join(root, "store"),
    models: join(root, "efs", "models"),
    executions: join(root, "executions"),
    jobs: join(root, "jobs"),
    checkpoints: join(root, "checkpoints"),
    topics: join(root, "topics"),
    incoming: join(root, "incoming"),
    events: join(root, "events"),
    logs: join(root, "logs"),
    temporary: join(root, "tmp"),
  };
}

export type ExecutionFiles = { folder: string; history: string; definition: string };

/** The files of one execution. The name must have been checked: it becomes a folder. */
export function executionFiles(home: Home, name: string): ExecutionFiles {
  const folder = join(home.executions, name);
  return { folder, history: join(folder, "history.jsonl"), definition: join(folder, "definition.json") };
}
