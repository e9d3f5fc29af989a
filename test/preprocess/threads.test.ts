// A large export is prepared by two threads where there are two cores. What comes of it must be what one makes of it.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { sampleExport } from "../../samples/generate.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-threads-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = fileURLToPath(new URL("./on-cores.ts", import.meta.url));
// One core, as the machine gives it: only Linux lets a process have one.
const isLinux = process.platform === "linux";
const RECORDS = 16_000;
const MOST_RECORD_BYTES = 16 * 1024 * 1024;

type Outcome = { threads: number; outcome: Record<string, unknown>; files: Record<string, string> };

/** What Node is told so that no second thread comes: none may be started, or it ends before it takes anything. */
const threadless = {
  refused: ["--permission", "--allow-fs-read=*", "--allow-fs-write=*"],
  ended: ["--import", 'data:text/javascript,process.on("worker", (thread) => thread.terminate())'],
};

type Host = "all" | "one" | "1769" | keyof typeof threadless;

async function prepared(name: string, file: string, host: Host): Promise<Outcome> {
  // Lambda's own variable: docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
  const env = { ...process.env, ...(host === "1769" && { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: host }) };
  const flags = host in threadless ? threadless[host as keyof typeof threadless] : [];
  const words = [process.execPath, ...flags, script, join(folder, `${name}-${host}`), file];
  const [program, ...rest] = host === "one" ? ["taskset", "--cpu-list", "0", ...words] : words;
  const { stdout } = await promisify(execFile)(program!, rest, { maxBuffer: 1024 * 1024, env });
  return JSON.parse(stdout);
}

/** The sample's header and records, as lines; each record as `changed` has it. */
function lines(changed: (record: Record<string, unknown>, index: number) => unknown): string[] {
  const [header, ...records] = [...sampleExport({ records: RECORDS, extra: 0, seed: "5" }, "lines")];
  return [header!, ...records.map((line, index) => `${toLine(changed(JSON.parse(line), index))}\n`)];
}

const toLine = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** All that an export may hold of what is not usual, too little of it to be refused. */
function odd(record: Record<string, unknown>, index: number): unknown {
  switch (index % 1000) {
    case 100:
      return { ...record, recordId: "r-000001" };
    case 200:
      return "{";
    case 300:
      return { ...record, text: " ", keyphrases: [] };
    case 400:
      return { ...record, keyphrases: [{ start: 1, end: 4, label: "problem" }] };
    case 500:
      return {
        ...record,
        text: `${record.text} mrn 1234567 ${String.fromCodePoint(0x1f600)}`,
        facets: { channel: "fax" },
      };
    case 600:
      return { ...record, keyphrases: undefined };
    case 700:
      return { ...record, split: "test" };
    case 800:
      return index === 9800
        ? `{"text":"${"a".repeat(MOST_RECORD_BYTES)}"}`
        : { ...record, specialty: undefined };
    default:
      return record;
  }
}

test.skipIf(!isLinux)("two threads make of an export what one makes of it", async () => {
  const file = join(folder, "odd.jsonl");
  writeFileSync(file, lines(odd).join(""));
  const one = await prepared("odd", file, "one");
  const two = await prepared("odd", file, "all");
  expect(one.outcome.train).toMatchObject({ documents: expect.any(Number) });
  expect([one.threads, two.threads]).toEqual([0, availableParallelism() > 1 ? 1 : 0]);
  expect({ ...two, threads: 0 }).toEqual(one);
  // A function of this memory has one core, whatever the machine shows.
  expect(await prepared("odd", file, "1769")).toEqual(one);
});

test.skipIf(!isLinux)("where no second thread can be had, one does it all", async () => {
  const file = join(folder, "threadless.jsonl");
  writeFileSync(
    file,
    lines((record) => record)
      .slice(0, 6000)
      .join(""),
  );
  const one = await prepared("threadless", file, "one");
  expect(one.outcome.train).toMatchObject({ documents: expect.any(Number) });
  for (const host of Object.keys(threadless) as (keyof typeof threadless)[])
    expect({ ...(await prepared("threadless", file, host)), threads: 0 }).toEqual(one);
});

test.skipIf(!isLinux)(
  "an export that breaks is refused with the counts up to there, by two threads too",
  async () => {
    const all = lines((record) => record);
    for (const [name, wrong] of [
      ["joined", all[0]!],
      ["latin1", Buffer.from('{"text":"\xe9"}\n', "latin1")],
    ] as const) {
      const file = join(folder, `${name}.jsonl`);
      const [before, behind] = [all.slice(0, 12_000).join(""), all.slice(12_000).join("")];
      writeFileSync(file, Buffer.concat([Buffer.from(before), Buffer.from(wrong), Buffer.from(behind)]));
      const one = await prepared(name, file, "one");
      expect(one.outcome.name).toBe("InvalidExport");
      expect({ ...(await prepared(name, file, "all")), threads: 0 }).toEqual(one);
    }
  },
);
