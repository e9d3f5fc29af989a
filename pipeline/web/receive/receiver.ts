import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "../../http-server.ts";
import { hostsAt } from "../guard.ts";
import { listen } from "../listen.ts";
import { isSame } from "../sessions.ts";
import { bodyOf, TooLarge } from "./body.ts";
import { isPart, keepPart, PartRefused } from "./parts.ts";

/** What the receiver hands requests on to. */
export type Receiving = {
  /** 0: any that is free. */
  port: number;
  /** Whoever has it may send exports and ask what became of them. */
  token: string;
  /** The function receive-export, with the address that takes parts of uploads. */
  invoke: (event: object, uploadsTo: string) => Promise<unknown>;
  /** Called for each export that the function has kept, and again when it is sent again. */
  onKept: (key: string) => Promise<void>;
  /** Keeps a part of an upload. */
  write: Parameters<typeof keepPart>[2];
  /** Told of what is a fault of ours; never of what a request held. */
  onFault: (error: unknown) => void;
};

export type Receiver = { url: string; close(): Promise<void> };

type Answer = { statusCode: number; headers: Record<string, string>; body: string };

// The dashboard's server, and no browser: a few requests at a time.
const mostConnections = 32;

/** What a function URL is in AWS, on this machine's loopback address: the same paths, a token instead of a signature. */
export async function openReceiver(receiving: Receiving): Promise<Receiver> {
  const server = await createServer({
    maxHeaderSize: 16 * 1024,
    headersTimeout: 10_000,
    requireHostHeader: false,
  });
  server.maxConnections = mostConnections;
  const port = await listen(
    server,
    receiving.port,
    (code) => `(${code}). Choose another: pbp receive --port N`,
  );
  const url = `http://127.0.0.1:${port}`;
  server.on("request", (request, response) => {
    answer(request).then(
      (found) => send(response, found),
      (error: unknown) => {
        if (response.destroyed) return;
        // What was not read is not waited for.
        if (!request.complete) response.setHeader("Connection", "close");
        send(response, refusalOf(error) ?? fault(error));
      },
    );
  });

  async function answer(request: IncomingMessage): Promise<Answer> {
    const refused = refuse(request, port, receiving.token);
    if (refused) throw refused;
    const { pathname, searchParams } = new URL(request.url!, url);
    if (request.method === "PUT" && isPart(pathname)) {
      await keepPart(request, pathname.slice(1), receiving.write);
      return { statusCode: 200, headers: {}, body: "" };
    }
    const body = await bodyOf(request);
    const text = isUtf8(body);
    const event = {
      version: "2.0",
      rawPath: pathname,
      queryStringParameters: Object.fromEntries(searchParams),
      requestContext: { http: { method: request.method, path: pathname } },
      ...(body.length > 0 && { body: body.toString(text ? "utf8" : "base64"), isBase64Encoded: !text }),
    };
    const answered = (await receiving.invoke(event, url)) as Answer;
    const kept = keptIn(answered);
    // Before the reply: what was answered for starts an execution, even if this process is killed now.
    if (kept !== null) await receiving.onKept(kept);
    return pathname.endsWith("/uploads") ? withToken(answered, receiving.token) : answered;
  }

  function fault(error: unknown): Answer {
    receiving.onFault(error);
    return problem(500, "Fault", "The receiver has failed. Its log says why; send the same again.");
  }

  return {
    url,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
    },
  };
}

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A loopback port is reachable for every user and program of the machine, and for every page in a browser on it. */
function refuse({ headers, headersDistinct, url = "" }: IncomingMessage, port: number, token: string) {
  const hosts = headersDistinct.host ?? [];
  if (hosts.length !== 1 || !hostsAt(port).includes(hosts[0]!))
    return new Refused(421, "The Host header is not this receiver's address and port.");
  if (headers.origin !== undefined || headers["sec-fetch-site"] !== undefined)
    return new Refused(403, "This address is for the dashboard's server, not for browsers.");
  if (!isSame(headers.authorization ?? "", `Bearer ${token}`))
    return new Refused(401, "Send the header Authorization: Bearer, with the token that pbp receive names.");
  return url.startsWith("/") ? null : new Refused(400, "The request must name a path.");
}

function refusalOf(error: unknown): Answer | null {
  if (error instanceof Refused) return problem(error.status, "Refused", error.message);
  if (error instanceof TooLarge || (error as Error).name === "Lambda.RequestTooLargeException")
    return problem(413, "TooLarge", "A request takes 6 MB, as in AWS. Send the export in parts: /uploads.");
  if (error instanceof PartRefused) return problem(400, "PartRefused", error.message);
  return null;
}

const problem = (status: number, title: string, detail: string): Answer => ({
  statusCode: status,
  headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
  body: JSON.stringify({ title, status, detail }),
});

/** The key of an export that was kept: 201, or 200 for one that was sent again. */
function keptIn({ statusCode, body }: Answer): string | null {
  if (statusCode >= 300) return null;
  const { key, sha256 } = JSON.parse(body) as { key?: string; sha256?: string };
  return key !== undefined && sha256 !== undefined ? key : null;
}

/** In AWS the address of a part carries its own signature; here the token goes along. */
function withToken(answered: Answer, token: string): Answer {
  if (answered.statusCode >= 300) return answered;
  const body = JSON.parse(answered.body) as { parts: { headers: object }[] };
  const parts = body.parts.map((part) => ({
    ...part,
    headers: { ...part.headers, authorization: `Bearer ${token}` },
  }));
  return { ...answered, body: JSON.stringify({ ...body, parts }) };
}

function send(response: ServerResponse, { statusCode, headers, body }: Answer): void {
  response.writeHead(statusCode, { "X-Content-Type-Options": "nosniff", ...headers });
  response.end(body);
}
