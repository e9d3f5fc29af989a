import { readFile } from "node:fs/promises";
import trackingSchema from "../../schemas/installation/tracking.schema.json" with { type: "json" };
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
 * @returns the receipt's warnings.
 */
export async function sendRun(
  store: ObjectStore,
  { execution, warnings = [] }: RunReceipt,
  where: string | null,
): Promise<string[]> {
  const others = warnings.filter((warning) => !warning.startsWith(beginning));
  try {
    const tracking = await readTracking(where);
    if (!tracking) return others;
    const server = mlflowAt(tracking.uri, { signal: AbortSignal.timeout(longestMs) });
    const sent = await trackExecution(store, execution, server, tracking.experiment);
    return [...others, ...sent.warnings.map((warning) => beginning + warning)];
  } catch (error) {
    return [...others, `${beginning}${whyOf(error)} To send it: pbp track ${execution}`];
  }
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
    return checkTracking(parseObject(await readFile(where, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
