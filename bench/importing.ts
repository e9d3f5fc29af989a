// How fast and in how much memory pbp import reads, format by format. The yardstick is the same machine parsing the same
// lines of JSON without doing anything.
//
//   node bench/importing.ts [--megabytes 100]
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { prepare } from "../importers/convert.ts";
import { filesAt } from "../importers/files.ts";
import { formats } from "../importers/formats.ts";
import { keepFigure } from "./recording/record.ts";

const { values } = parseArgs({ options: { megabytes: { type: "string", default: "100" } } });
const bytes = Number(values.megabytes) * 1e6;
const text = `Caf\u00e9 visit: ${"the patient reports pain in the left flank since Monday. ".repeat(12)}kidney stone seen \u{1f600}`;
const start = text.indexOf("kidney");
const end = start + "kidney stone".length;

/** One record as a tool writes it, and what is around all of them. */
const written: Record<
  string,
  { record: (id: number) => string; around?: [string, string, string]; ends: string }
> = {
  doccano: { record: (id) => JSON.stringify({ id, text, label: [[start, end, "problem"]] }), ends: ".jsonl" },
  "label-studio": {
    record: (id) =>
      JSON.stringify(
        {
          id,
          data: { text },
          annotations: [
            {
              id,
              result: [
                { id: "a", type: "labels", value: { start, end, text: "kidney stone", labels: ["problem"] } },
              ],
            },
          ],
        },
        null,
        2,
      ),
    around: ["[", ",", "]"],
    ends: ".json",
  },
  prodigy: {
    record: (id) =>
      JSON.stringify({ text, _input_hash: id, spans: [{ start, end, label: "problem" }], answer: "accept" }),
    ends: ".jsonl",
  },
  conll: {
    record: () =>
      `-DOCSTART- O\n\n${text
        .split(" ")
        .map((word) => `${word} ${word === "kidney" ? "B-problem" : "O"}`)
        .join("\n")}\n`,
    ends: ".conll",
  },
  table: { record: (id) => `${id},"${text}",billing`, around: ["id,text,label\n", "\n", "\n"], ends: ".csv" },
};

const folder = mkdtempSync(join(tmpdir(), "pbp-bench-"));
try {
  for (const [name, { record, around = ["", "\n", "\n"], ends }] of Object.entries(written)) {
    const file = join(folder, `notes${ends}`);
    await pipeline(Readable.from(content(record, around)), createWriteStream(file));
    const size = statSync(file).size / 1e6;
    const yardstick = await seconds(async () => {
      for await (const line of createInterface({ input: createReadStream(file) }))
        if (line.startsWith('{"')) JSON.parse(line);
    });
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 50);
    const took = await seconds(async () => {
      const format = formats.find((one) => one.name === name)!;
      const options = { offsets: "codepoint", map: new Map(), discontinuous: "refuse" } as const;
      const { records } = await prepare(format, await filesAt([file]), {
        ...options,
        offsets: name === "doccano" ? "utf16" : "auto",
      });
      for await (const { record: one } of records()) JSON.stringify(one);
    });
    clearInterval(watch);
    console.log(
      `${name.padEnd(14)} ${size.toFixed(0).padStart(5)} MB  ${took.toFixed(1).padStart(6)} s  ${(size / took).toFixed(1).padStart(6)} MB/s  ` +
        `${(took / yardstick).toFixed(1).padStart(5)} times reading its lines  peak ${(peak / 1e6).toFixed(0)} MB`,
    );
    const rate = { figure: size / took, unit: "MB/s" };
    keepFigure({ what: name, ...rate, against: "reading its lines", ratio: yardstick / took });
    keepFigure({ what: `${name}: memory at most`, figure: peak / 1e6, unit: "MB" });
    rmSync(file);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function* content(record: (id: number) => string, [head, between, tail]: readonly string[]) {
  yield head!;
  let written = 0;
  for (let id = 1; written < bytes; id++) {
    const one = record(id);
    yield id === 1 ? one : between + one;
    written += Buffer.byteLength(one);
  }
  yield tail!;
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}
