// Writes an export of synthetic billing notes, or one of the smaller exports of classes.
//
//   node samples/generate.ts --out samples/exports/sample-export.json.gz      the committed sample
//   node samples/generate.ts --extra 200 --out /tmp/more.json.gz             the same and 200 new records
//   node samples/generate.ts --records 3000000 --jsonl --out /tmp/big.jsonl   about 1 GB, as JSON Lines
//   node samples/generate.ts --classes routing --out /tmp/routing.json.gz    an export of classes, as pbp demo runs it
//
// The same options always write the same notes. No real person, note, name or identifier is in them.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import type { TrainingExport } from "../schemas/types.ts";
import { classExport } from "./classes/sample.ts";
import { classSamples } from "./classes/samples.ts";
import { type SampleOptions, sampleRecords } from "./records.ts";
import { labels } from "./vocabulary.ts";

/** What the committed sample was written with: enough to learn from, and five minutes on two slow cores. */
export const sampleDefaults: SampleOptions = { records: 1600, extra: 0, seed: "1" };

/** An export as text, in pieces of a record each: one JSON object, or JSON Lines. */
export function* sampleExport(options: SampleOptions, form: "object" | "lines"): Generator<string> {
  const header: TrainingExport = {
    schemaVersion: "1.0",
    exportId: `sample-${options.seed}-${options.records}${options.extra > 0 ? `-${options.extra}` : ""}`,
    exportedAt: "2026-11-20T12:00:00Z",
    source: "samples/generate.ts",
    offsetUnit: "utf16",
    labels: [...labels],
  };
  const head = JSON.stringify(header);
  yield form === "lines" ? `${head}\n` : `${head.slice(0, -1)},"records":[`;
  let separator = "\n";
  for (const record of sampleRecords(options)) {
    if (form === "lines") yield `${JSON.stringify(record)}\n`;
    else {
      yield separator + JSON.stringify(record);
      separator = ",\n";
    }
  }
  if (form === "object") yield "\n]}\n";
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      records: { type: "string", default: String(sampleDefaults.records) },
      extra: { type: "string", default: "0" },
      seed: { type: "string", default: sampleDefaults.seed },
      out: { type: "string" },
      jsonl: { type: "boolean", default: false },
      classes: { type: "string" },
    },
  });
  const count = (name: string, text: string) => {
    if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} takes a whole number.`);
    return Number(text);
  };
  if (!values.out) throw new Error("Expected --out FILE.");
  const options = {
    records: count("records", values.records),
    extra: count("extra", values.extra),
    seed: values.seed,
  };
  await mkdir(dirname(values.out), { recursive: true });
  const sample = values.classes === undefined ? undefined : classSamples[values.classes];
  if (values.classes !== undefined && !sample)
    throw new Error(`--classes takes one of ${Object.keys(classSamples).join(", ")}.`);
  const source = Readable.from(
    sample ? classExport(values.classes!, sample) : sampleExport(options, values.jsonl ? "lines" : "object"),
  );
  const target = createWriteStream(values.out);
  if (values.out.endsWith(".gz")) await pipeline(source, createGzip({ level: 9 }), target);
  else await pipeline(source, target);
}
