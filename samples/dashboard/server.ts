/**
 * A dashboard of three routes, to copy from: a page with records, and what <pbp-send> asks of its own server.
 *
 *   pbp receive                                              on one machine, in another terminal
 *   node samples/dashboard/server.ts --data export.json      its records are those of an export
 *
 *   node samples/dashboard/server.ts --data export.json --url https://….lambda-url.eu-west-1.on.aws/
 *                                                            in AWS, signed by the role of AWS's default credentials
 *
 * What a real one has besides: users, who sign in and may send only what they may see.
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { type Receiver, send } from "./send.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    port: { type: "string", default: "8640" },
    url: { type: "string", default: "http://127.0.0.1:8650" },
    "token-file": { type: "string", default: ".pbp/receive-token" },
  },
});
if (values.data === undefined) stop("--data names an export: its records are this dashboard's.");

type Row = { recordId: string; specialty?: string };
const { records, ...header } = exportAt(values.data);
const database = new Map(records.map((record) => [record.recordId, record]));
const receiver = await receiverAt(values.url);

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}

/** Says nothing of what is wrong with it: that would quote the file, which is text of patients. */
function exportAt(file: string): { records: Row[] } {
  try {
    const bytes = readFileSync(file);
    const found = JSON.parse((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("utf8"));
    if (Array.isArray(found?.records)) return found;
  } catch {
    // said below
  }
  stop(`${file}: expected a file with one JSON object, an export, gzipped or not.`);
}

function tokenIn(file: string): string {
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  stop(
    `There is no ${file}: start pbp receive first, and wait for its address; or name its file with --token-file.`,
  );
}

async function receiverAt(url: string): Promise<Receiver> {
  if (url.startsWith("http://127.0.0.1:")) return { url, token: tokenIn(values["token-file"]) };
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  // https://<id>.lambda-url.<region>.on.aws/
  return { url, region: new URL(url).hostname.split(".")[2]!, credentials: defaultProvider() };
}

/** An export of the records that were selected. A function of the request alone: a repeat is the same selection. */
function exportOf({ selectionId, selectedAt, recordIds }: Record<string, unknown>): string | null {
  if (typeof selectionId !== "string" || typeof selectedAt !== "string" || !Array.isArray(recordIds))
    return null;
  const selected = recordIds.map((id) => database.get(String(id)));
  if (selected.includes(undefined)) return null;
  return JSON.stringify({ ...header, exportId: selectionId, exportedAt: selectedAt, records: selected });
}

type Answer = { status: number; type: string; body: string };
const json = (status: number, value: object): Answer => ({
  status,
  type: "application/json",
  body: JSON.stringify(value),
});
const script = (name: string): Answer => ({
  status: 200,
  type: "text/javascript",
  body: readFileSync(new URL(name, import.meta.url), "utf8"),
});

async function answer(request: IncomingMessage): Promise<Answer> {
  const { method, url = "/", headers } = request;
  if (method === "GET" && url === "/") return { status: 200, type: "text/html; charset=utf-8", body: page() };
  if (method === "GET" && (url === "/pbp-send.js" || url === "/page.js")) return script(`.${url}`);
  // Another site's page cannot make a browser send this: neither the content type nor the origin.
  const isOwn = headers["sec-fetch-site"] === "same-origin" || headers["sec-fetch-site"] === undefined;
  if (
    method === "POST" &&
    url === "/ai/selections" &&
    isOwn &&
    headers["content-type"] === "application/json"
  ) {
    const body = exportOf(JSON.parse((await buffer(request)).toString("utf8")));
    if (body === null) return json(400, { detail: "There is no such record." });
    return passOn(await send(receiver, "POST", "/selections", body));
  }
  const [, selectionId] = /^\/ai\/selections\/([\w.-]+)$/.exec(url) ?? [];
  if (method === "GET" && selectionId)
    return passOn(await send(receiver, "GET", `/selections/${selectionId}`));
  return json(404, { detail: "There is no such page." });
}

/** What the browser may know: status, reasons and places, never a text. */
async function passOn(response: Response): Promise<Answer> {
  return { status: response.status, type: "application/json", body: await response.text() };
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

function page(): string {
  const rows = records.map(
    ({ recordId, specialty = "" }) =>
      `<tr><td><label><input type="checkbox" value="${escaped(recordId)}"> ${escaped(recordId)}</label></td><td>${escaped(specialty)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Notes</title>
<script type="module" src="/page.js"></script></head>
<body><main>
<h1>Notes</h1>
<pbp-send records="#notes" endpoint="/ai/selections" every="1"></pbp-send>
<p><label><input type="checkbox" id="all"> All</label></p>
<table id="notes"><thead><tr><th scope="col">Record</th><th scope="col">Specialty</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table>
</main></body></html>
`;
}

const server = createServer((request, response) => {
  answer(request)
    // Not the error's message, which may quote what was sent.
    .catch((error: Error) => json(502, { detail: `The AI cannot be reached (${error.name}).` }))
    .then(({ status, type, body }) => {
      response.writeHead(status, {
        "content-type": type,
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:",
      });
      response.end(body);
    });
});
server.listen(Number(values.port), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
