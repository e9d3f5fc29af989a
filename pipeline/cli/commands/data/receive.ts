import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { localInstallation } from "../../../local/installation.ts";
import { openPipeline } from "../../../local/pipeline.ts";
import { watch as watchFolder } from "../../../local/watch.ts";
import { openReceiver, type Receiver } from "../../../web/receive/receiver.ts";
import { type Command, portOf, portOption, UsageError } from "../../command.ts";
import { anyExport, buildInput, inputOptions } from "../../execution-input.ts";
import { note, printJson, printText } from "../../output/output.ts";
import { showProgress } from "../../output/progress.ts";
import { takeOverOption } from "../resume.ts";
import { ensureBaseModel } from "../run.ts";
import { tellsOfFiles } from "../watch.ts";

const defaultPort = 8650;

export const receive: Command = {
  name: "receive",
  summary: "take selections of records from a dashboard's server, over HTTP",
  details: `Answers on 127.0.0.1 as the function receive-export does behind its address in AWS: POST /selections takes an
export, GET /selections/<id> says what became of it. Each export that is taken starts an execution with the settings
given here, one after the other; the incoming folder is watched too, as pbp watch does. The token to send along is kept
in the home. docs/dashboard.md has the requests, and samples/dashboard/ a dashboard that sends them.`,
  arguments: [],
  options: {
    port: portOption(defaultPort),
    ...inputOptions,
    ...takeOverOption,
  },
  examples: ["receive", "receive --home /srv/pbp --port 0 --json"],
  async run({ options }) {
    if (options.cloud !== undefined)
      throw new UsageError(
        "In AWS a function receives: the output ReceiveExportUrl of the stack is its address (docs/dashboard.md).",
      );
    const port = portOf(options, defaultPort);
    const { source: _, ...settings } = await buildInput(options, anyExport);
    const pipeline = await openPipeline(options.home);
    await ensureBaseModel(localInstallation(pipeline), settings.baseModel);
    const tokenFile = join(pipeline.home.root, "receive-token");
    const token = await tokenIn(tokenFile);
    const stop = new AbortController();
    const progress = showProgress(process.stderr);
    const end = () => stop.abort();
    process.once("SIGINT", end).once("SIGTERM", end);
    let receiver: Receiver | undefined;
    try {
      await watchFolder({
        pipeline,
        settings,
        takeOver: options["take-over"] !== undefined,
        signal: stop.signal,
        watching: progress,
        async onWatching(announce) {
          receiver = await openReceiver({
            port,
            token,
            invoke: (event, uploadsTo) =>
              pipeline.invoke("receive-export", event, {
                extraVariables: { UPLOADS_TO: uploadsTo, EXECUTION_SETTINGS: JSON.stringify(settings) },
              }),
            onKept: async (key) => announce((await pipeline.store.head(key))!),
            write: (key, body) => pipeline.store.write(key, body),
            onFault: (error) =>
              progress.say(
                `A request failed (${(error as Error).name}): ${join(pipeline.home.logs, "receive-export.log")} says why.`,
              ),
          });
          if (options.json !== undefined) printJson({ url: receiver.url, tokenFile });
          else printText(`Receives at ${receiver.url}, with the token in ${tokenFile}.\nCtrl-C ends it.`);
        },
        ...tellsOfFiles(progress, pipeline.home),
        onEnded: ({ name, status }) => progress.say(`${name}: ${status}`),
        onFinishing: (error) => progress.say((error as Error).message),
      });
    } finally {
      await receiver?.close();
      progress.close();
      process.off("SIGINT", end).off("SIGTERM", end);
    }
    note("Nothing is received any more.");
    return 0;
  },
};

/** The same for every start, so that the dashboard's server need not be told each time. */
async function tokenIn(file: string): Promise<string> {
  const made = randomBytes(32).toString("base64url");
  await writeFile(file, `${made}\n`, { flag: "wx", mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const token = (await readFile(file, "utf8")).trim();
  if (token.length >= 32) return token;
  throw new UsageError(`${file} holds no token of at least 32 characters. Remove it: a new one is made.`);
}
