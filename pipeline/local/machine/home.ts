import { mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { shellWord } from "../../../schemas/shell-word.ts";
import { InstallationError } from "../../installation.ts";

/** The folders of one local installation, as absolute paths. */
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
  /** What the service has answered, as counts. */
  served: string;
  /** The base models that pbp serve embeds new notes with, as files of their names. */
  baseModels: string;
  /** By which processes of other containers are known to be alive. */
  processes: string;
  /** What its people say of the models, if they say anything. */
  modelCard: string;
  /** The MLflow server that runs are sent to; a person writes it. */
  tracking: string;
  /** What a deployment's configuration says in AWS, as far as it means something here; a person writes it. */
  settings: string;
  /** What is thrown away: the functions' /tmp. */
  temporary: string;
};

/** The option that names the home on a command line, as it is to be typed: with a blank before, or nothing for `.pbp`. */
export function optionsFor({ root }: Pick<Home, "root">): string {
  return root === homeAt().root ? "" : ` --home ${shellWord(root)}`;
}

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
    served: join(root, "served"),
    baseModels: join(root, "base-models"),
    processes: join(root, "processes"),
    modelCard: join(root, "model-card.json"),
    tracking: join(root, "tracking.json"),
    settings: join(root, "settings.json"),
    temporary: join(root, "tmp"),
  };
}

/**
 * Refuses a home that is not there, so that a command that only looks makes none of a mistyped name.
 *
 * Throws NoHome.
 */
export async function requireHome(home: Home): Promise<void> {
  if (await isFolder(home.root)) {
    if (await isFolder(home.store)) return;
    throw noHome(`${home.root} is not a home of pbp: it has no store/.`);
  }
  throw noHome(`There is no home at ${home.root}.`);
}

/** Makes what is missing of the home's root and the folder of its models, and refuses what cannot be one. */
export async function makeHome(home: Home): Promise<void> {
  // Throws when there is a file of that name. For its owner only: notes of patients will lie in it.
  if (!(await isFolder(home.root))) await makeFolders(home.root, 0o700);
  // Lambda's functions expect their mounted file system to be there.
  await makeFolders(home.models);
}

const noHome = (problem: string) =>
  new InstallationError("NoHome", `${problem} Name another with --home DIR, or make one: pbp run <export>.`);

/** Throws NoHome for what is there and no folder. */
async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (found && !found.isDirectory()) throw noHome(`${path} is a file; a home is a folder.`);
  return found !== null;
}

/** mkdir -p, one folder after the other: Node's own never ends below /proc and its like, where nothing can be made. */
async function makeFolders(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolders(dirname(path), mode);
    await mkdir(path, mode);
  }
}

export type ExecutionFiles = { folder: string; history: string; definition: string };

/** The files of one execution. The name must have been checked: it becomes a folder. */
export function executionFiles(home: Home, name: string): ExecutionFiles {
  const folder = join(home.executions, name);
  return { folder, history: join(folder, "history.jsonl"), definition: join(folder, "definition.json") };
}
