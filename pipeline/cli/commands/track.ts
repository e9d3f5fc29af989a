import { runPrefix } from "../../../schemas/bucket.ts";
import { mlflowAt } from "../../../tasks/tracking/mlflow.ts";
import { defaultExperiment, type Tracked, trackExecution } from "../../../tasks/tracking/track.ts";
import type { Installation } from "../../installation.ts";
import { type Command, UsageError } from "../command.ts";
import { executionName } from "../execution-name.ts";
import { openInstallation } from "../installation.ts";
import { note, printJson, printText } from "../output/output.ts";

export const track: Command = {
  name: "track",
  summary: "send executions that have ended to an MLflow server",
  details: `Sends settings, scores, trials with their curves, verdict and report; no text of a note, see docs/tracking.md.
An execution that was sent before is not sent twice; one whose sending was cut short is completed. A token is taken
from MLFLOW_TRACKING_TOKEN, or a name and password from MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.`,
  arguments: [{ name: "execution", help: "its name, the beginning of it, latest, or all that have ended" }],
  options: {
    to: { value: "URL", help: "the MLflow server (default: MLFLOW_TRACKING_URI)" },
    experiment: { value: "NAME", help: `the experiment there (default ${defaultExperiment})` },
  },
  examples: [
    "track latest --to http://127.0.0.1:5000",
    "track all --to https://mlflow.example.org --experiment billing",
    "track latest --to https://mlflow.example.org --cloud",
  ],
  nothing: { tracked: [] },
  async run({ arguments: [word = ""], options }) {
    const uri = options.to ?? process.env.MLFLOW_TRACKING_URI;
    if (!uri) throw new UsageError("pbp track needs --to URL, or MLFLOW_TRACKING_URI.");
    if (options.experiment === "") throw new UsageError("--experiment takes a name, or leave it out.");
    const server = serverAt(uri);
    const installation = await openInstallation(options);
    const names = word === "all" ? await ended(installation) : [await executionName(installation, word)];
    const tracked: Tracked[] = [];
    for (const name of names) {
      if (word !== "all") await installation.describe(name);
      const one = await trackExecution(installation.store, name, server, options.experiment);
      tracked.push(one);
      if (options.json === undefined)
        printText(`${name}: ${one.before ? "is there already" : "sent"}, run ${one.runId}.`);
      for (const warning of one.warnings) note(warning);
    }
    if (options.json !== undefined) printJson({ tracked });
    else if (names.length === 0) printText("No execution has ended yet.");
    return 0;
  },
};

/** With what MLflow's own clients take from the environment. */
function serverAt(uri: string) {
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: user } = process.env;
  const password = process.env.MLFLOW_TRACKING_PASSWORD ?? "";
  if (token) return mlflowAt(uri, { authorization: `Bearer ${token}` });
  if (!user) return mlflowAt(uri);
  return mlflowAt(uri, { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` });
}

/** The oldest first, as they came. */
async function ended(installation: Installation): Promise<string[]> {
  const listed = await installation.list(Number.POSITIVE_INFINITY, {
    is: async ({ name, status }) =>
      status !== "RUNNING" && (await installation.store.head(`${runPrefix(name)}receipt.json`)) !== null,
  });
  return listed.map(({ name }) => name).reverse();
}
