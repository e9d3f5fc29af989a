import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isModelName, modelNameExpectation } from "../../../../schemas/models/registered-models.ts";
import { registeredModels } from "../../../../tasks/models/registered.ts";
import { downloadBaseModel, listBaseModels } from "../../../base-models.ts";
import { homeAt } from "../../../local/machine/home.ts";
import { python, serviceEnvironment, started } from "../../../python.ts";
import { type Call, type Command, portOf, portOption, UsageError, wholeNumber } from "../../command.ts";
import { openInstallation } from "../../installation.ts";
import { note } from "../../output/output.ts";
import { requireKnown } from "../../registered-model.ts";
import { saveFolder } from "../../save.ts";

const defaultPort = 8600;
const mostWorkers = 256;

export const serve: Command = {
  name: "serve",
  summary: "serve the models in use over HTTP",
  details: `Serves on 127.0.0.1 until Ctrl-C: keyphrases, classes and past notes that are alike, with one process a core. A model
that is promoted or rolled back to is taken up within seconds, without a request being lost. What it takes and answers
is at /docs. The log on stdout has counts and times, and nothing of a note.`,
  arguments: [],
  options: {
    model: { value: "NAMES", help: "registered models, separated by commas (default: all that are in use)" },
    models: { value: "DIR", help: "a models folder without a home, such as a mounted /mnt/pbp/models" },
    port: portOption(defaultPort),
    "review-below": {
      value: "X",
      help: "list answers with a lower confidence by the ids that callers gave (0.01 to 1)",
    },
    capture: { help: "keep of every answer labels, confidences, digest, length and facets" },
    "capture-text": { help: "with --capture: keep the texts too, which is patient data" },
    workers: { value: "N", help: "processes (default: one a core)" },
  },
  examples: ["serve", "serve --model specialty --port 8601", "serve --models /mnt/pbp/models --workers 2"],
  async run({ options }) {
    if (options.cloud !== undefined)
      throw new UsageError("pbp serve runs on this machine: leave --cloud out.");
    const environment = {
      ...serviceEnvironment(),
      // It ends with this process, also when that is killed.
      PBP_SERVE_PARENT: String(process.pid),
      PBP_SERVE_HOST: "127.0.0.1",
      PBP_SERVE_PORT: String(portOf(options, defaultPort)),
      ...(options.workers === undefined
        ? {}
        : { PBP_SERVE_WORKERS: String(wholeNumber(options, "workers", { to: mostWorkers, usual: 1 })) }),
      ...served(options.model),
      ...kept(options),
      ...(await places(options)),
    };
    const known = await registeredModels(environment.PBP_MODELS);
    for (const model of options.model?.split(",") ?? []) requireKnown(model, known);
    note(`Serving ${environment.PBP_MODELS} on 127.0.0.1:${environment.PBP_SERVE_PORT} …`);
    const service = await started(
      spawn(python, ["-m", "serve"], { env: environment, stdio: ["ignore", "inherit", "inherit"] }),
    );
    // Of a terminal, the service gets Ctrl-C too; it ends once, when what it has begun is answered.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => service.kill("SIGTERM"));
    const [code] = (await once(service, "exit")) as [number | null];
    return code === 0 ? 0 : 1;
  },
};

/** The models folder, and what lies in a home beside it. */
async function places({ models, home, ...others }: Call["options"]): Promise<{ PBP_MODELS: string }> {
  if (models !== undefined) {
    if (home !== undefined) throw new UsageError("--models and --home name two places; give one.");
    const folder = resolve(models);
    if (!(await stat(folder).catch(() => null))?.isDirectory())
      throw new UsageError(`--models takes a folder; there is none at ${folder}.`);
    return { PBP_MODELS: folder };
  }
  const { store } = await openInstallation({ ...others, home });
  const folders = homeAt(home);
  await mkdir(folders.baseModels, { recursive: true });
  for (const manifest of await listBaseModels(store)) {
    const folder = join(folders.baseModels, `${manifest.name}-${manifest.weightsSha256.slice(0, 12)}`);
    // By /v1/similar: the vectors of new notes.
    if (!(await stat(folder).catch(() => null)))
      await saveFolder(folder, (draft) => downloadBaseModel(store, manifest, draft));
  }
  const environment = {
    PBP_MODELS: folders.models,
    PBP_SERVED: folders.served,
    PBP_BASE_MODELS: folders.baseModels,
  };
  return environment;
}

function served(models: string | undefined): { PBP_SERVED_MODELS?: string } {
  if (models === undefined) return {};
  if (!models.split(",").every(isModelName))
    throw new UsageError(`--model takes names, separated by commas; each is ${modelNameExpectation}.`);
  return { PBP_SERVED_MODELS: models };
}

/** What is kept of answers beside counts. */
function kept(options: Call["options"]): Record<string, string> {
  const { "review-below": below, capture, "capture-text": text } = options;
  if (below !== undefined && !/^(?:0?\.\d{1,6}|1(?:\.0{1,6})?)$/.test(below))
    throw new UsageError("--review-below takes a number above 0, up to 1.");
  if (text !== undefined && capture === undefined)
    throw new UsageError("--capture-text goes with --capture.");
  if (options.models !== undefined && (below !== undefined || capture !== undefined))
    throw new UsageError(
      "With --models there is no home to keep answers in: leave --review-below and --capture out.",
    );
  return {
    ...(below !== undefined && { PBP_REVIEW_BELOW: below }),
    ...(capture !== undefined && { PBP_CAPTURE: "on" }),
    ...(text !== undefined && { PBP_CAPTURE_TEXT: "on" }),
  };
}
