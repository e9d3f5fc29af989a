import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { html } from "../../tasks/report/html.ts";
import { createServer } from "../http-server.ts";
import type { Installation } from "../installation.ts";
import { actionRoutes, uploadRoutes } from "./actions/actions.ts";
import { assets } from "./assets.ts";
import { openBackground } from "./background.ts";
import { explain } from "./explain.ts";
import { actOnce, readForm, readUploadForm } from "./forms.ts";
import { refusalOf, securityHeaders } from "./guard.ts";
import { layOut } from "./layout.ts";
import { listen } from "./listen.ts";
import { type Live, openLive } from "./live.ts";
import { bytesRoutes, pageRoutes } from "./pages/pages.ts";
import {
  type Answer,
  type Asked,
  type Bytes,
  type Context,
  findRoute,
  NotFound,
  type Page,
} from "./routes.ts";
import { openSessions } from "./sessions.ts";

export type ConsoleOptions = {
  installation: Installation;
  /** 0: any that is free. */
  port: number;
  /** Whether text of notes may be shown. */
  showNotes: boolean;
  /** Ends what was begun from the console. */
  ending: AbortSignal;
  /** Told what becomes of exports. */
  say: (sentence: string) => void;
  /** Told of what is a fault of ours; never of what a request held. */
  onFault: (error: unknown) => void;
};

export type Console = {
  port: number;
  /** Opens the console in a browser: whoever has it may do what `pbp` may. */
  link: string;
  /** Resolves when no request is under way, and what was begun here has ended. */
  close(): Promise<void>;
};

// A person, a few tabs, their event streams: far fewer.
const mostConnections = 128;
const mostHeaderBytes = 16 * 1024;
const headersTimeoutMs = 10_000;
// An export of gigabytes may come through a slow tunnel.
const requestTimeoutMs = 6 * 3600_000;

/** Serves the console on this machine's loopback address, and nowhere else. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const server = await createServer({
    maxHeaderSize: mostHeaderBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // Answered like any other Host that is not ours.
    requireHostHeader: false,
  });
  server.maxConnections = mostConnections;
  const port = await listen(
    server,
    options.port,
    (code) => `(${code}): another console, perhaps. Choose another: pbp console --port N`,
  );
  const sessions = openSessions(port);
  const { installation, ending, onFault } = options;
  const live = openLive(installation);
  const background = openBackground({ signal: installation.runsHere ? ending : undefined, onFault });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    const { method = "", url = "", headers, headersDistinct } = request;
    const refusal = refusalOf({ method, url, headers, hosts: headersDistinct.host ?? [] }, port);
    if (refusal) return refuse(response, refusal.status, refusal.message);
    const { pathname, searchParams: query } = new URL(url, "http://console");
    // What begins with two would be another host in a Location.
    const path = pathname.replace(/^\/+/, "/");
    const token = query.get("token");
    if (token !== null && method !== "POST") {
      const cookie = sessions.begin(token);
      if (cookie === null)
        return refuse(
          response,
          403,
          "The link is of another console: pbp console prints a new one each time.",
        );
      query.delete("token");
      // So that it stands neither in the address bar nor in the history.
      response.writeHead(303, {
        "Set-Cookie": cookie,
        Location: `${path}${query.size > 0 ? `?${query}` : ""}`,
      });
      response.end();
      return;
    }
    const session = sessions.find(headers.cookie);
    if (!session) return refuse(response, 401, "Open the link that pbp console has printed.");
    const context: Context = { ...options, background, session };
    if (method === "POST") return act(context, request, response, path);
    if (path === "/events") return follow(live, request, response, query);
    const asked: Asked = { path, params: {}, query, headers };
    await send(response, await look(context, asked), { context, asked, method });
  }

  server.on("request", (request, response) => {
    answer(request, response).catch((error: unknown) => {
      // The browser has gone away.
      if (response.destroyed || (error as NodeJS.ErrnoException).code === "ERR_STREAM_PREMATURE_CLOSE")
        return;
      onFault(error);
      if (response.headersSent) response.destroy();
      else refuse(response, 500, "The console has failed. Its terminal says why.");
    });
  });

  return {
    port,
    link: `http://127.0.0.1:${port}/?token=${sessions.token}`,
    async close() {
      live.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
      if (installation.runsHere) await background.idle();
    },
  };
}

/** What a path shows. An error that a person can do something about is a page too. */
async function look(context: Context, asked: Asked): Promise<Answer> {
  const wantsData = asked.path.endsWith(".json");
  const path = wantsData ? asked.path.replace(/(^\/index)?\.json$/, "") || "/" : asked.path;
  try {
    const asset = assets[asked.path];
    if (asset) return asset();
    const bytes = findRoute(bytesRoutes, asked.path);
    if (bytes) return await bytes.route.send(context, { ...asked, params: bytes.params });
    const found = findRoute(pageRoutes, path);
    if (found) return await found.route.show(context, { ...asked, path, params: found.params });
    throw new NotFound("There is no such page.");
  } catch (error) {
    return explain(error);
  }
}

async function act(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const { session } = context;
  try {
    const upload = findRoute(uploadRoutes, path);
    const action = findRoute(actionRoutes, path);
    if (!upload && !action) throw new NotFound("There is no such action.");
    const receive = async () => upload!.route.receive(context, await readUploadForm(request, session));
    const submit = async () => {
      const form = await readForm(request, session);
      return actOnce(session, form, () => action!.route.act(context, form));
    };
    const { to } = await (upload ? receive() : submit());
    response.writeHead(303, { Location: to });
    response.end();
  } catch (error) {
    // What was not read of the form is not waited for.
    if (!request.complete) response.setHeader("Connection", "close");
    const asked = { path, params: {}, query: new URLSearchParams(), headers: request.headers };
    await send(response, explain(error), { context, asked, method: "POST" });
  }
}

function follow(
  live: Live,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): void {
  response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
  live.join(response, {
    run: query.get("run"),
    lastEventId: String(request.headers["last-event-id"] ?? ""),
  });
}

async function send(
  response: ServerResponse,
  answer: Answer,
  { context, asked, method }: { context: Context; asked: Asked; method: string },
): Promise<void> {
  if ("to" in answer) {
    response.writeHead(303, { Location: answer.to });
    response.end();
    return;
  }
  const {
    status = 200,
    type,
    body,
    saveAs,
    headers = {},
  } = "type" in answer ? answer : asBytes(answer, context, asked);
  response.writeHead(status, {
    "Content-Type": type,
    ...(saveAs !== undefined && { "Content-Disposition": `attachment; filename="${saveAs}"` }),
    ...headers,
  });
  if (method === "HEAD") {
    if (typeof body !== "string") body.destroy();
    response.end();
  } else if (typeof body === "string") response.end(body);
  else await pipeline(body, response);
}

function asBytes(page: Page, context: Context, asked: Asked): Bytes {
  const { status = 200 } = page;
  return asked.path.endsWith(".json")
    ? { status, type: "application/json; charset=utf-8", body: `${JSON.stringify(page.data)}\n` }
    : { status, type: "text/html; charset=utf-8", body: String(layOut(page, context, asked)) };
}

/** Without the console's frame, which is for those with a session. */
function refuse(response: ServerResponse, status: number, message: string): void {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>pbp console</title></head>
<body><main><h1>pbp console</h1><p>${message}</p></main></body></html>
`;
  // A body that was not asked for is not waited for either.
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8", Connection: "close" });
  response.end(String(page));
}
