/**
 * What Preprocess costs on a large export: seconds and memory of the deployed bundle, in its own process as the
 * local engine runs it, over an object store in a folder. The export is that of samples/generate.ts, only longer.
 *
 *   node bench/preprocess.ts [megabytes] [--gzip] [--lines] [--kind multi-label]      default: 1000 MB, one plain JSON object
 *
 * The aim: 1 GB in 60 s under 300 MB. Needs five times the export's size on the disk: the export
 * while it is made and in the store, its rows in /tmp and in the store.
 */
import {
  createReadStream,
  createWriteStream,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
} from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import { bundleLambdaHost, bundleTasks } from "../pipeline/bundle.ts";
import { lambda } from "../pipeline/local/functions/lambda-runner.ts";
import { homeAt } from "../pipeline/local/machine/home.ts";
import { sampleExport } from "../samples/generate.ts";
import { labels } from "../samples/vocabulary.ts";
import runSchema from "../schemas/execution/run.schema.json" with { type: "json" };
import type { Dataset, ExportRecord, Run, TrainingExport } from "../schemas/types.ts";
import { openFileStore } from "../tasks/store/fs.ts";
import { keepFigure } from "./recording/record.ts";
import { notesIn } from "./sample-size.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gzip: { type: "boolean", default: false },
    lines: { type: "boolean", default: false },
    kind: { type: "string", default: "keyphrases" },
  },
});
const megabytes = Number(positionals[0] ?? 1000);
const records = notesIn(megabytes);
const bucket = "bench";

/** The sample's notes with keyphrases, or in JSON Lines with the labels of these as classes. */
function* exported(): Generator<string> {
  const options = { records, extra: 0, seed: "7" };
  if (values.kind === "keyphrases") return yield* sampleExport(options, values.lines ? "lines" : "object");
  for (const line of sampleExport(options, "lines")) {
    const { offsetUnit, keyphrases, ...rest } = JSON.parse(line) as Partial<TrainingExport & ExportRecord>;
    if (offsetUnit) yield `${JSON.stringify({ ...rest, schemaVersion: "1.1", kind: values.kind })}\n`;
    else yield `${JSON.stringify({ ...rest, classes: classesOf(rest.text!, keyphrases) })}\n`;
  }
}

/** In single-label the text decides which class a note has, so that copies agree. */
function classesOf(text: string, keyphrases: ExportRecord["keyphrases"] = []): string[] {
  if (values.kind === "single-label") return [labels[text.length % labels.length]!];
  return [...new Set(keyphrases.map(({ label }) => label))];
}

/**
 * Bytes that the function's process holds in /tmp right now. Its files have no name there, so they are found among its
 * open ones; on Linux only.
 */
function temporaryBytes(folder: string): number {
  let bytes = 0;
  for (const child of readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" "))
    try {
      for (const descriptor of readdirSync(`/proc/${child}/fd`)) {
        const file = `/proc/${child}/fd/${descriptor}`;
        if (readlinkSync(file).startsWith(folder)) bytes += statSync(file).size;
      }
    } catch {} // closed, or ended, since it was listed
  return bytes;
}

const root = await mkdtemp(join(tmpdir(), "bench-preprocess-"));
const home = homeAt(root);
try {
  const file = join(root, "export");
  let bytes = 0;
  async function* counted() {
    for (const text of exported()) {
      bytes += Buffer.byteLength(text);
      yield text;
    }
  }
  const gzip = values.gzip ? [createGzip({ level: 1 })] : [];
  await pipeline([Readable.from(counted()), ...gzip, createWriteStream(file)]);
  const store = await openFileStore(home.store, bucket);
  const { key, versionId, etag, sizeBytes } = await store.write("incoming/export", createReadStream(file));
  await rm(file);

  const [host] = await Promise.all([bundleLambdaHost(), bundleTasks()]);
  const variables = { OBJECT_STORE: `file:${home.store}`, DATA_BUCKET: bucket };
  const invoke = lambda({ host, home, variables });
  const run: Run = {
    ...(runSchema.examples[0] as Run),
    source: { bucket, key, versionId, etag, sizeBytes },
  };
  const load = loadavg()[0] as number;
  const started = performance.now();
  let temporary = 0;
  const look = () => {
    temporary = Math.max(temporary, temporaryBytes(home.temporary));
  };
  const timer = process.platform === "linux" ? setInterval(look, 20) : undefined;
  const dataset = (await invoke("preprocess", { run })) as Dataset;
  const seconds = (performance.now() - started) / 1000;
  clearInterval(timer);
  const memory = /Max Memory Used: (\d+) MB/.exec(
    await readFile(join(home.logs, "preprocess.log"), "utf8"),
  )?.[1];

  const form = `${values.lines ? "JSON Lines" : "one JSON object"}, ${values.gzip ? "gzip" : "plain"}`;
  console.log(`export    ${(bytes / 1e6).toFixed(0)} MB (${form}), ${records} records`);
  console.log(
    `dataset   ${dataset.train.rows + (dataset.validation?.rows ?? 0) + dataset.test.rows} rows, ${dataset.embedding.texts} texts`,
  );
  console.log(`time      ${seconds.toFixed(1)} s, ${(bytes / 1e6 / seconds).toFixed(1)} MB/s`);
  console.log(`memory    ${memory} MB at most`);
  console.log(
    temporary > 0
      ? `/tmp      ${(temporary / 1e6).toFixed(0)} MB at most, ${(temporary / bytes).toFixed(2)} times the export`
      : "/tmp      not measured: only Linux lists a process's open files",
  );
  console.log(`machine   ${availableParallelism()} cores, load ${load.toFixed(1)} before the start`);
  keepFigure({ what: `Preprocess of ${(bytes / 1e6).toFixed(0)} MB, ${form}`, figure: seconds, unit: "s" });
  keepFigure({ what: "a second", figure: bytes / 1e6 / seconds, unit: "MB" });
  keepFigure({ what: "memory at most", figure: Number(memory), unit: "MB" });
  if (temporary > 0)
    keepFigure({ what: "in /tmp at most, of the export", figure: temporary / bytes, unit: "times" });
} finally {
  await rm(root, { recursive: true });
}
