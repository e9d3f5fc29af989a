import type { RequestListener, Server, ServerOptions } from "node:http";

/** node:http is loaded by what opens a server, and not before: its import, of which Node makes a module, also loads fetch and WebSocket, which is 40 ms for every command. */
export async function createServer(options: ServerOptions, listener?: RequestListener): Promise<Server> {
  const http = await import("node:http");
  return http.createServer(options, listener);
}
