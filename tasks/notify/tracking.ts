import { readFile } from "node:fs/promises";
import trackingSchema from "../../schemas/installation/tracking.schema.json" with { type: "json" };
import { shellWord } from "../../schemas/shell-word.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { RunReceipt, Tracking } from "../../schemas/types.ts";
import { parseObject } from "../formats/parse-object.ts";
import { door } from "../lambda/door.ts";
import type { ObjectStore } from "../store/store.ts";
import { mlflowAt, TrackingError } from "../tracking/mlflow.ts";
import { trackExecution } from "../tracking/track.ts";

// Notify has a minute, and its pages may take half of it.
const longestMs = 15_000;

const beginning = "It is not whole in MLflow: ";

const checkTracking = door<Tracking>(trackingSchema, { what: "tracking.json", name: "InvalidInput" });

/**
 * Sends a run to the MLflow server that the installation names. Never throws: a run that could not be sent is a warning,
 * and `pbp track` sends it later.
 *
 * @param where JSON of the server, or the path of a file with it, which may be absent; null: there is none.
 * @param options What each `pbp` command that is told ends with.
 * @returns the receipt's warnings.
 */
export async function sendRun(
  store: ObjectStore,
  { execution, warnings = [] }: RunReceipt,
  { where, options }: { where: string | null; options: string },
): Promise<string[]> {
  let tracking: Tracking | null = null;
  const others = warnings.filter((warning) => !warning.startsWith(beginning));
  try {
    tracking = await readTracking(where);
    if (!tracking) return others;
    const server = mlflowAt(tracking.uri, { signal: AbortSignal.timeout(longestMs) });
    const sent = await trackExecution(store, execution, server, tracking.experiment);
    return [...others, ...sent.warnings.map((warning) => beginning + warning)];
  } catch (error) {
    const command = `pbp track ${execution}${placeOf(tracking)}${options}`;
    return [...others, `${beginning}${whyOf(error)} To send it: ${command}`];
  }
}

/** As `pbp track` takes it. */
function placeOf(tracking: Tracking | null): string {
  if (tracking === null) return " --to URL";
  const { uri, experiment } = tracking;
  return ` --to ${shellWord(uri)}${experiment ? ` --experiment ${shellWord(experiment)}` : ""}`;
}

/** Our own words, or an error's name alone. */
const whyOf = (error: unknown) =>
  error instanceof NamedError || error instanceof TrackingError
    ? error.message
    : `${error instanceof Error ? error.name : "Error"}.`;

/** Throws InvalidInput for what is not as its schema says. */
async function readTracking(where: string | null): Promise<Tracking | null> {
  if (where === null) return null;
  if (where.startsWith("{")) return checkTracking(parseObject(where));
  try {
    const named = parseObject(await readFile(where, "utf8"));
    if (named === null)
      throw new NamedError("InvalidInput", 'tracking.json must hold one JSON object: {"uri": "https://…"}.');
    return checkTracking(named);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
