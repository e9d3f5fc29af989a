import { stat } from "node:fs/promises";
import { join } from "node:path";
import { adviceOn } from "../../schemas/execution/advice.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { examineApprovals } from "../approvals.ts";
import { examineBaseModel } from "../base-models.ts";
import { type Check, ok, unknown } from "../check.ts";
import { defaultBaseModel } from "./base-models.ts";
import { examineDisk, examineMemory } from "./doctor/capacity.ts";
import { examineHome } from "./doctor/home.ts";
import { examinePython } from "./doctor/python.ts";
import { executionNames, listExecutions } from "./engine/describe.ts";
import { type Home, homeAt, optionsFor } from "./machine/home.ts";
import { bucket } from "./pipeline.ts";

/** What a run on this machine needs. Makes no home; what is tried is tried next to it and removed again. */
export async function examineMachine(folder?: string): Promise<Check[]> {
  const home = homeAt(folder);
  const ifMissing = ok("Base model", `${defaultBaseModel.name} is added by the first run.`);
  const hasStore = (await stat(home.store).catch(() => null))?.isDirectory() ?? false;
  return [
    ...(await examinePython()),
    examineMemory(),
    ...(await examineHome(home)),
    await examineDisk(home),
    hasStore
      ? await examineBaseModel(await openFileStore(home.store, bucket), defaultBaseModel.name, {
          ifMissing,
          // A run adds what has no manifest of this version.
          remedy: `Remove ${join(home.store, bucket, "keys", "base-models")}: the next run adds it again.`,
        })
      : ifMissing,
    ...executions(home),
    ...(hasStore ? await examineApprovals(await openFileStore(home.store, bucket), optionsFor(home)) : []),
  ];
}

function executions(home: Home): Check[] {
  const all = listExecutions(home);
  const interrupted = all.filter(({ status, isOwned }) => status === "RUNNING" && !isOwned);
  const running = all.filter(({ isOwned }) => isOwned);
  const name = "Executions";
  const damaged = executionNames(home).filter((one) => !all.some((other) => other.name === one));
  if (interrupted.length + damaged.length === 0)
    return [ok(name, `${all.length} in all, ${running.length} running, none cut short.`)];
  return [
    ...interrupted.map((execution) =>
      unknown(
        name,
        `${execution.name} was cut short at ${execution.states.at(-1)?.name ?? "its start"}.`,
        adviceOn({ execution: execution.name, status: "INTERRUPTED", error: null }, optionsFor(home)),
      ),
    ),
    ...damaged.map((one) =>
      unknown(
        name,
        `${one} cannot be read, and pbp runs leaves it out.`,
        `What is wrong with it: pbp show ${one}${optionsFor(home)}`,
      ),
    ),
  ];
}
