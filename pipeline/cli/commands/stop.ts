import { adviceOn } from "../../../schemas/execution/advice.ts";
import { InstallationError } from "../../installation.ts";
import type { Command } from "../command.ts";
import { executionArgument, executionName } from "../execution-name.ts";
import { openInstallation } from "../installation.ts";
import { note, printJson, printText } from "../output/output.ts";

export const stop: Command = {
  name: "stop",
  summary: "stop an execution that another terminal, or AWS, runs",
  details: `Its jobs get time to save a checkpoint, then it ends as ABORTED; pbp resume continues it. The command returns once
it has ended.`,
  arguments: [executionArgument],
  options: {},
  examples: ["stop latest", "stop sample-export-5f0c6d3a9b21 --cloud"],
  async run({ arguments: [word = ""], options }) {
    const installation = await openInstallation(options);
    const name = await executionName(installation, word);
    const before = await installation.describe(name);
    if (before.status !== "RUNNING" || !before.isOwned) {
      const how = before.status === "RUNNING" ? "its process is gone" : `it is ${before.status}`;
      throw new InstallationError("ExecutionNotRunning", `${name} is not running: ${how}.`);
    }
    note(`Stopping ${name}: jobs save what they can …`);
    await installation.stop(name);
    const { status } = await installation.describe(name);
    if (options.json !== undefined) printJson({ execution: name, status });
    else if (status === "ABORTED")
      printText(
        `${name} is stopped. ${adviceOn({ execution: name, status: "ABORTED", error: null }, installation.options)}`,
      );
    else printText(`${name} ended by itself: ${status}. See pbp show ${name}${installation.options}`);
    return 0;
  },
};
