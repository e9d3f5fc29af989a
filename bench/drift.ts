/**
 * How often drift is told where there is none: an export is split at random into two halves again and again (a patient's
 * notes stay together), each half gets its profile, and the two are compared as QualityGate would.
 *
 *   node bench/drift.ts export.json.gz [--splits 200] [--share 0.5]
 *
 * The aim: at most one comparison in a hundred with a finding beyond its limit. With --share 0.2, the first has a fifth.
 */
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { createGunzip } from "node:zlib";
import type { ExportRecord, Profile, TrainingExport } from "../schemas/types.ts";
import { driftBetween } from "../tasks/drift/drift.ts";
import { validateExport } from "../tasks/preprocess/validate-export.ts";
import { randomBelow } from "../tasks/quality-gate/random.ts";
import { keepFigure } from "./recording/record.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { splits: { type: "string", default: "200" }, share: { type: "string", default: "0.5" } },
});
const splits = Number(values.splits);
const policy = { minSamples: 1, testFraction: 0.2, identifiedText: "report", conflicts: "allow" } as const;

for (const file of positionals) {
  const packed = createReadStream(file);
  const content = await text(file.endsWith(".gz") ? packed.pipe(createGunzip()) : packed);
  const { records = [], ...header } = JSON.parse(content) as TrainingExport & { records?: ExportRecord[] };
  const groups = [...Map.groupBy(records, groupOf).values()];
  const alarms = new Map<string, number>();
  let comparisons = 0;
  for (let split = 0; split < splits; split++) {
    const next = randomBelow(1000, split);
    const sides: [ExportRecord[], ExportRecord[]] = [[], []];
    for (const group of groups) sides[next() < Number(values.share) * 1000 ? 0 : 1].push(...group);
    const [one, other] = await Promise.all(sides.map((half) => profileOf(header, half)));
    const findings = driftBetween(
      { profile: one!, embeddings: null },
      { profile: other!, embeddings: null },
      { one: "one half", other: "the other" },
    );
    const exceeding = findings.filter(({ exceeds }) => exceeds);
    if (exceeding.length > 0) comparisons++;
    for (const { what } of findings) alarms.set(what, alarms.get(what) ?? 0);
    for (const { what } of exceeding) alarms.set(what, (alarms.get(what) ?? 0) + 1);
  }
  console.log(`${basename(file)}: ${comparisons} of ${splits} comparisons of halves with an alarm`);
  keepFigure({ what: `comparisons of ${splits} with an alarm`, figure: comparisons, unit: "" });
  for (const [what, count] of alarms) {
    console.log(`  ${what}: ${count}`);
    keepFigure({ what: `alarms of ${what}`, figure: count, unit: "" });
  }
}

/** What an export does not divide: a patient, else an encounter, else a text. */
function groupOf({ patientId, encounterId, text }: ExportRecord): string {
  return patientId ?? encounterId ?? text;
}

async function profileOf(header: object, records: ExportRecord[]): Promise<Profile> {
  const stored = Readable.from([Buffer.from(JSON.stringify({ ...header, records }))]);
  return (await validateExport(stored, policy)).profile!;
}
