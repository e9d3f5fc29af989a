// Jobs whose image is Node's, with the ways of supervisor.ts.
import { fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { signalGroup } from "../machine/process-group.ts";
import type { Supervisor } from "./supervisor.ts";

const program = fileURLToPath(new URL("./node-job.ts", import.meta.url));

/** @param parameters What the script is called with. */
export function nodeJobs(parameters: string[]): Pick<Supervisor, "start"> {
  return {
    start(start, listener) {
      const id = 0;
      const log = openSync(start.log, "a");
      const child = fork(program, [start.script, ...parameters], {
        cwd: start.cwd,
        // A group of its own, whose leader it is.
        detached: true,
        env: start.environment,
        execArgv: ["--enable-source-maps"],
        stdio: ["ignore", log, log, "ipc"],
      });
      closeSync(log);
      let kill: NodeJS.Timeout | undefined;
      child.once("error", (error: NodeJS.ErrnoException) =>
        listener({ id, failed: error.code ?? error.name }),
      );
      child.once("spawn", () => listener({ id, started: child.pid! }));
      child.once("exit", (code, signal) => {
        clearTimeout(kill);
        listener({ id, exited: code ?? -constants.signals[signal!] });
      });
      return {
        go: () => child.send("go", () => {}),
        stop: () => {
          if (child.pid === undefined) return;
          signalGroup(child.pid, "SIGTERM");
          kill = setTimeout(() => signalGroup(child.pid!, "SIGKILL"), start.graceMs);
        },
        forget: () => {},
      };
    },
  };
}
