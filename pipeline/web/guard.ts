// Who may ask the console for anything: decided before a request is looked at any further. A loopback port is reachable
// for every user and program of the machine, and for every page that a browser on it has open.
import type { IncomingHttpHeaders } from "node:http";

/** A request that gets no answer but this one. The sentence never repeats what was sent. */
export type Refusal = { status: 400 | 401 | 403 | 405 | 421; message: string };

/** What a browser's address bar may have in front of the path. */
export const hostsAt = (port: number) => [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];

/**
 * Refuses a request that another site or a rebound name has made, or null.
 *
 * @param hosts Every Host header of the request.
 */
export function refusalOf(
  {
    method,
    url,
    headers,
    hosts,
  }: { method: string; url: string; headers: IncomingHttpHeaders; hosts: string[] },
  port: number,
): Refusal | null {
  // First of all, for every method and path: a page of a name that was rebound to 127.0.0.1 is of the same origin as its
  // requests, so that neither Origin nor Sec-Fetch-Site tells it apart. The port too: another program may listen beside.
  const [host = ""] = hosts;
  if (hosts.length !== 1 || !hostsAt(port).includes(host))
    return { status: 421, message: "The Host header is not this console's address and port." };
  if (!url.startsWith("/")) return { status: 400, message: "The request must name a path." };
  if (!["GET", "HEAD", "POST"].includes(method))
    return { status: 405, message: "The console knows GET, HEAD and POST." };
  // same-site is not enough: every port of localhost is the same site. Programs that are no browser do not send it.
  const site = headers["sec-fetch-site"] ?? "none";
  if (site !== "same-origin" && site !== "none")
    return {
      status: 403,
      message: "The request comes from another site. Type or paste the address instead.",
    };
  if (method === "POST" && headers.origin !== `http://${host}`)
    return { status: 403, message: "A form is taken from the console's own pages only." };
  return null;
}

/** Sent with every answer. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  // Not no-referrer: a browser then sends the forms of these very pages with "Origin: null", which is refused
  // (https://fetch.spec.whatwg.org/#append-a-request-origin-header). Elsewhere it sends nothing either way.
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-store",
};
