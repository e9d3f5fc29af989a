import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Installation } from "../../pipeline/installation.ts";
import { localInstallation } from "../../pipeline/local/installation.ts";
import { openPipeline, type Pipeline } from "../../pipeline/local/pipeline.ts";
import { type Console, startConsole } from "../../pipeline/web/server.ts";

export type Answer = { status: number; headers: IncomingHttpHeaders; text: string };

export type Asking = {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  /** Leaves the Host header as given in `headers`, or out. */
  setHost?: boolean;
};

type Options = {
  /** A home that is there; absent: one of its own. */
  home?: string;
  showNotes?: boolean;
  port?: number;
  /** What the console shows instead of the home as it is. */
  wrap?: (installation: Installation) => Installation;
};

/** A console in this process. */
export async function openConsole({ home, showNotes = false, port = 0, wrap = (one) => one }: Options = {}) {
  const folder = home ?? mkdtempSync(join(tmpdir(), "pbp-web-"));
  const pipeline: Pipeline = await openPipeline(folder);
  const ending = new AbortController();
  const faults: unknown[] = [];
  const said: string[] = [];
  const served: Console = await startConsole({
    installation: wrap(localInstallation(pipeline)),
    port,
    showNotes,
    ending: ending.signal,
    say: (sentence) => said.push(sentence),
    onFault: (error) => faults.push(error),
  });
  const browser = await browse(served.link);

  return {
    folder,
    pipeline,
    served,
    faults,
    said,
    ...browser,
    async close(): Promise<void> {
      ending.abort();
      await served.close();
      if (home === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type OpenConsole = Awaited<ReturnType<typeof openConsole>>;

/** A browser that has opened the link of a console. */
export async function browse(link: string) {
  const { host, port, searchParams } = new URL(link);
  const token = searchParams.get("token")!;

  /** Not fetch, which writes Host itself and sends no Origin of one's own. */
  function ask(
    path: string,
    { method = "GET", headers = {}, body, setHost = true }: Asking = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = request({ host: "127.0.0.1", port, path, method, headers, setHost }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, text }));
        response.on("error", reject);
      });
      call.on("error", reject).end(body);
    });
  }

  const opened = await ask(`/?token=${token}`);
  const cookie = opened.headers["set-cookie"]![0]!.split(";")[0]!;

  return {
    host,
    token,
    cookie,
    ask,
    /** As a browser that has opened the link. */
    look: (path: string, headers: OutgoingHttpHeaders = {}) => ask(path, { headers: { cookie, ...headers } }),
    /** As one of the console's own forms. */
    async send(
      path: string,
      fields: Record<string, string>,
      headers: OutgoingHttpHeaders = {},
    ): Promise<Answer> {
      const body = new URLSearchParams(fields).toString();
      return ask(path, {
        method: "POST",
        body,
        headers: {
          cookie,
          origin: `http://${host}`,
          "content-type": "application/x-www-form-urlencoded",
          ...headers,
        },
      });
    },
  };
}
