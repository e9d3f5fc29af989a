// MLflow's tracking server by its REST API: https://mlflow.org/docs/latest/rest-api.html. Six calls, so no client library.
import { oneLine } from "../../schemas/printable.ts";

/** Of one request, or the sum of what is asked for by it. Log Batch, "Request Limits". */
export const batchLimits = { metrics: 1000, params: 100, tags: 100 } as const;
/** "All storage backends are guaranteed to support param values up to size 6000 bytes" (Log Param), tag values 5000 (Set Tag). */
export const valueBytes = { param: 6000, tag: 5000 } as const;

export type Metric = { key: string; value: number; timestamp: number; step: number };
export type Pair = { key: string; value: string };
export type RunStatus = "FINISHED" | "FAILED" | "KILLED";
/** A run as the server knows it. */
export type ServerRun = { id: string; artifactUri: string; tags: Readonly<Record<string, string>> };

/** The server cannot be used, or refused a request. The message says which, and names no content. */
export class TrackingError extends Error {
  override name = "TrackingFailed";
}

export type Mlflow = ReturnType<typeof mlflowAt>;

type ApiRun = { info: { run_id: string; artifact_uri?: string }; data?: { tags?: Pair[] } };

// One request of a thousand metrics takes a server on SQLite a second. Whoever waits is a function that bills by time.
const patienceMs = 20_000;

/**
 * @param uri Where the server is: `https://mlflow.example.org`, or with a path before /api.
 * @param authorization Value of the header of that name.
 * @param signal Ends what is being sent, for whoever has less time than that.
 */
export function mlflowAt(
  uri: string,
  { authorization, signal }: { authorization?: string | undefined; signal?: AbortSignal } = {},
) {
  const base = baseOf(uri);

  async function send(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>, type?: string) {
    let response: Response;
    try {
      response = await fetch(`${base}/api/2.0/${path}`, {
        method,
        headers: {
          ...(type && { "content-type": type }),
          ...(authorization && { authorization }),
        },
        ...(body !== undefined && { body }),
        // A redirection would carry the run somewhere else than was said.
        redirect: "error",
        signal: AbortSignal.any([AbortSignal.timeout(patienceMs), ...(signal ? [signal] : [])]),
      });
    } catch (error) {
      throw new TrackingError(`The MLflow server at ${base} cannot be reached (${reasonOf(error)}).`);
    }
    const said = await response.text();
    if (response.ok) return said;
    const { error_code, message } = parsed(said) as { error_code?: string; message?: string };
    throw Object.assign(
      new TrackingError(
        `The MLflow server at ${base} refuses ${path.replace(/\?.*/, "")}: ${oneLine(`${response.status} ${error_code ?? ""} ${message ?? ""}`.trim()).slice(0, 300)}`,
      ),
      { code: error_code ?? String(response.status) },
    );
  }

  const post = async (call: string, body: object) =>
    parsed(await send("POST", `mlflow/${call}`, JSON.stringify(body), "application/json"));

  return {
    base,

    /** The experiment's id; it is made where there is none. Get Experiment By Name, Create Experiment. */
    async experiment(name: string): Promise<string> {
      const find = async () => {
        const found = parsed(
          await send("GET", `mlflow/experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`),
        ) as { experiment: { experiment_id: string; lifecycle_stage?: string } };
        if (found.experiment.lifecycle_stage === "deleted")
          throw new TrackingError(
            `The experiment ${name} was deleted from ${base}. Restore it there, or name another one.`,
          );
        return found.experiment.experiment_id;
      };
      try {
        return await find();
      } catch (error) {
        if (codeOf(error) !== "RESOURCE_DOES_NOT_EXIST") throw error;
      }
      try {
        return ((await post("experiments/create", { name })) as { experiment_id: string }).experiment_id;
      } catch (error) {
        // Somebody else was faster.
        if (codeOf(error) !== "RESOURCE_ALREADY_EXISTS") throw error;
        return find();
      }
    },

    /** The oldest run with this tag that is not deleted; null: none. Search Runs. */
    async find(experimentId: string, tag: Pair): Promise<ServerRun | null> {
      const { runs = [] } = (await post("runs/search", {
        experiment_ids: [experimentId],
        filter: `tags.\`${tag.key}\` = '${tag.value}'`,
        order_by: ["attributes.start_time ASC"],
        max_results: 1,
      })) as { runs?: ApiRun[] };
      return runs[0] ? serverRun(runs[0]) : null;
    },

    /** Create Run. With its tags, by which it is found again if nothing else arrives. */
    async create(
      experimentId: string,
      run: { name: string; startMs: number; tags: Pair[] },
    ): Promise<ServerRun> {
      const { name, startMs, tags } = run;
      const created = (await post("runs/create", {
        experiment_id: experimentId,
        run_name: name,
        start_time: startMs,
        tags,
      })) as { run: ApiRun };
      return serverRun(created.run);
    },

    /** Log Batch, as often as its limits ask for. Params and tags of the same value, and the same metrics, may be sent again. */
    async log(id: string, sent: { params: Pair[]; tags: Pair[]; metrics: Metric[] }): Promise<void> {
      for (const [kind, limit] of Object.entries(batchLimits) as [keyof typeof batchLimits, number][])
        for (let at = 0; at < sent[kind].length; at += limit)
          await post("runs/log-batch", { run_id: id, [kind]: sent[kind].slice(at, at + limit) });
    },

    /** Update Run. */
    async end(id: string, status: RunStatus, endMs: number): Promise<void> {
      await post("runs/update", { run_id: id, status, end_time: endMs });
    },

    /**
     * Through the server to where it keeps artifacts, which `mlflow server` offers unless told not to. False: it does not,
     * and who sends must write to the storage itself. https://mlflow.org/docs/latest/self-hosting/architecture/artifact-store/
     */
    async putArtifact({ artifactUri }: ServerRun, file: Artifact): Promise<boolean> {
      const [, path] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+)$/.exec(artifactUri) ?? [];
      if (path === undefined) return false;
      await send("PUT", `mlflow-artifacts/artifacts/${path}/${file.name}`, file.content, file.type);
      return true;
    },
  };
}

export type Artifact = { name: string; type: string; content: Uint8Array<ArrayBuffer> };

function serverRun({ info, data }: ApiRun): ServerRun {
  const tags = Object.fromEntries((data?.tags ?? []).map(({ key, value }) => [key, value]));
  return { id: info.run_id, artifactUri: info.artifact_uri ?? "", tags };
}

/** Without a slash at its end. Throws TrackingFailed for what is no place of a server. */
function baseOf(uri: string): string {
  const url = URL.parse(uri);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new TrackingError(
      "An MLflow server is named by an http:// or https:// URL without a user, a query or a fragment.",
    );
  return url.href.replace(/\/+$/, "");
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return {};
  }
}

const codeOf = (error: unknown) => (error as { code?: string }).code;

function reasonOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: string; message?: string }; name: string };
  return cause?.code ?? cause?.message ?? name;
}
