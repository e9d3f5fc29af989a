/**
 * What a large selection costs at the dashboard's door: an export in parts through pbp receive's address and the deployed
 * bundle of receive-export, as the local engine runs it. No execution is started.
 *
 *   node bench/receive.ts [megabytes]      default: 1000; needs three times as much on the disk
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { openPipeline } from "../pipeline/local/pipeline.ts";
import { openReceiver } from "../pipeline/web/receive/receiver.ts";
import { sampleExport } from "../samples/generate.ts";
import { keepFigure } from "./recording/record.ts";
import { notesIn } from "./sample-size.ts";

const megabytes = Number(process.argv[2] ?? 1000);
const partBytes = 32 * 1024 * 1024;
const records = notesIn(megabytes);
const root = mkdtempSync(join(tmpdir(), "bench-receive-"));
const token = "bench".repeat(8);
try {
  const file = join(root, "export.json");
  await pipeline(
    Readable.from(sampleExport({ records, extra: 0, seed: "7" }, "object")),
    createWriteStream(file),
  );
  const { size } = statSync(file);
  const home = await openPipeline(join(root, "home"));
  const receiver = await openReceiver({
    port: 0,
    token,
    invoke: (event, uploadsTo) =>
      home.invoke("receive-export", event, { extraVariables: { UPLOADS_TO: uploadsTo } }),
    onKept: async () => {},
    write: (key, body) => home.store.write(key, body),
    onFault: (error) => console.error(error),
  });
  const whole = createHash("sha256");
  const parts: { sizeBytes: number; sha256: string }[] = [];
  for (let at = 0; at < size; at += partBytes) {
    const part = await partAt(file, at, size);
    whole.update(part);
    parts.push({ sizeBytes: part.length, sha256: createHash("sha256").update(part).digest("hex") });
  }
  const body = JSON.stringify({ sha256: whole.digest("hex"), parts });
  // samples/generate.ts names it so.
  const id = `sample-7-${records}`;
  const ask = async (path: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${receiver.url}/selections/${id}/${path}`, {
      method: "POST",
      headers,
      body,
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json() as Promise<{ parts: { url: string; headers: Record<string, string> }[] }>;
  };
  const load = loadavg()[0]!;
  const started = performance.now();
  const { parts: addresses } = await ask("uploads");
  for (const [index, { url, headers }] of addresses.entries()) {
    const part = await partAt(file, index * partBytes, size);
    const put = await fetch(url, { method: "PUT", headers, body: new Uint8Array(part) });
    if (!put.ok) throw new Error(`part ${index + 1}: ${put.status}`);
  }
  const sent = performance.now();
  await ask("complete");
  const joined = performance.now();
  await ask("complete");
  const again = performance.now();
  const log = await readFile(join(home.home.logs, "receive-export.log"), "utf8");
  const memory = Math.max(...[...log.matchAll(/Max Memory Used: (\d+) MB/g)].map(([, used]) => Number(used)));
  console.log(
    `${(size / 1e6).toFixed(0)} MB in ${parts.length} parts: sent in ${((sent - started) / 1000).toFixed(1)} s, completed in ${((joined - sent) / 1000).toFixed(1)} s, again in ${((again - joined) / 1000).toFixed(1)} s, with at most ${memory} MB; load ${load.toFixed(1)}`,
  );
  keepFigure({
    what: `${(size / 1e6).toFixed(0)} MB sent in ${parts.length} parts`,
    figure: (sent - started) / 1000,
    unit: "s",
  });
  keepFigure({ what: "completed", figure: (joined - sent) / 1000, unit: "s" });
  keepFigure({ what: "completed again", figure: (again - joined) / 1000, unit: "s" });
  keepFigure({ what: "memory at most", figure: memory, unit: "MB" });
  await receiver.close();
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function partAt(file: string, start: number, size: number): Promise<Buffer> {
  const end = Math.min(start + partBytes, size) - 1;
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file, { start, end })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
