// How fast and in how much memory pbp import reads, format by format: a file or a folder of each is written, and read twice
// as an import does. Seconds are those of the processor, since others may have it too.
//
//   node bench/importing/importing.ts [--megabytes 100] [--formats doccano,table]
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formats } from "../../importers/formats.ts";
import { keepFigure } from "../recording/record.ts";
import { writeNotes } from "./written.ts";

const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "100" },
    formats: { type: "string", default: formats.map(({ name }) => name).join(",") },
  },
});
const reader = fileURLToPath(new URL("read.ts", import.meta.url));
for (const name of values.formats.split(",")) {
  const folder = mkdtempSync(join(tmpdir(), "pbp-bench-"));
  try {
    const size = (await writeNotes(name, folder, Number(values.megabytes) * 1e6)) / 1e6;
    const told = execFileSync(process.execPath, [reader, name, folder], { encoding: "utf8" });
    const { seconds, megabytes, records, annotated } = JSON.parse(told) as Record<string, number>;
    // One in thousands of the sample's spans begins inside a word that another unit has at its edge.
    if (!(annotated! > 0.999 * records!)) throw new Error(`${name}: ${annotated} of ${records} annotated`);
    const rate = size / seconds!;
    console.log(
      `${name.padEnd(16)} ${size.toFixed(0).padStart(5)} MB ${String(records).padStart(8)} texts ${rate.toFixed(1).padStart(6)} MB a CPU second  peak ${megabytes!.toFixed(0)} MB`,
    );
    keepFigure({ what: name, figure: rate, unit: "MB a CPU second" });
    keepFigure({ what: `${name}: memory at most`, figure: megabytes!, unit: "MB" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
