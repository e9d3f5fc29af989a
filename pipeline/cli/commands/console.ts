import { oneLine } from "../../../schemas/printable.ts";
import { type Command, portOf, portOption } from "../command.ts";
import { openInstallation } from "../installation.ts";
import { note, printJson, printText } from "../output/output.ts";

const defaultPort = 8700;

export const console: Command = {
  name: "console",
  summary: "show it all in a browser: what is in use, runs, and actions on them",
  details: `Serves pages on 127.0.0.1, for this machine alone, until Ctrl-C. The printed link has a secret in it: whoever opens
it may do what pbp may. From another machine: ssh -L ${defaultPort}:127.0.0.1:${defaultPort} <host>.

On this machine, what is started from the console runs in its process: Ctrl-C stops it, and pbp resume continues it. An
export that is dropped on a page goes to the incoming folder, which the console then watches like pbp watch. With --cloud
executions run in AWS. Text of notes is shown only with --show-notes.`,
  arguments: [],
  options: {
    port: portOption(defaultPort),
    "show-notes": { help: "also show text of notes, to whoever has the link" },
  },
  examples: ["console", "console --port 0 --home /srv/pbp", "console --cloud"],
  async run({ options }) {
    const port = portOf(options, defaultPort);
    const installation = await openInstallation(options);
    const { startConsole } = await import("../../web/server.ts");
    const ending = new AbortController();
    const served = await startConsole({
      installation,
      port,
      showNotes: options["show-notes"] !== undefined,
      ending: ending.signal,
      say: (sentence) => note(oneLine(sentence)),
      onFault: (error) => note(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    });
    // Before it is said that Ctrl-C ends it.
    const ended = new Promise<void>((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
    if (options.json !== undefined) printJson({ link: served.link, port: served.port });
    else printText(`Console of ${installation.place}:\n  ${served.link}\nCtrl-C ends it.`);
    await ended;
    note("Ending the console …");
    ending.abort();
    await served.close();
    return 0;
  },
};
