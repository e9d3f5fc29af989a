import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../importers/suggested.ts";
import { lastLine, pbp } from "./helpers.ts";

const canary = "zqxCANARYzqx";
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pbp-import-test-"));
  const record = (index: number) => ({
    id: index,
    text: `${canary} \u{1f600} kidney stone ${index}`,
    label: index % 3 ? [[16, 28, "problem"]] : [],
    relations: index === 1 ? [{ id: 1 }] : undefined,
  });
  const lines = Array.from({ length: 40 }, (_, index) => `${JSON.stringify(record(index))}\n`).join("");
  writeFileSync(join(folder, "all.jsonl"), lines);
  writeFileSync(join(folder, "packed.jsonl.gz"), gzipSync(lines));
  mkdirSync(join(folder, "corpus/deep"), { recursive: true });
  writeFileSync(join(folder, "corpus/deep/one.txt"), `${canary} kidney`);
  writeFileSync(join(folder, "corpus/deep/one.ann"), `T1\tproblem 13 19\tkidney\n`);
  execFileSync("python3", ["-m", "zipfile", "-c", join(folder, "corpus.zip"), join(folder, "corpus/deep")]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const exported = (name: string) =>
  gunzipSync(readFileSync(at(name)))
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test("a file becomes an export that pbp validate takes; what is lost is counted, where each record stood is told", async () => {
  const made = await pbp(
    "import",
    "auto",
    at("all.jsonl"),
    "--out",
    at("a.jsonl.gz"),
    "--places",
    at("a.tsv"),
  );
  expect(made).toMatchObject({ code: 0 });
  expect(made.stderr).toContain('doccano JSONL: objects with "text" and a list "label".');
  expect(made.stdout).toMatch(
    /Kind +keyphrases\nRecords +40, of these 40 annotated\nOffsets +utf16: 26 of the 26 spans/,
  );
  expect(made.stdout).toMatch(/relations +1 +all.jsonl, line 2/);
  for (const line of made.stdout.split("\n"))
    if (!line.includes(folder)) expect([...line].length, line).toBeLessThanOrEqual(80);
  const [header, first] = exported("a.jsonl.gz");
  expect(header).toMatchObject({ offsetUnit: "utf16", labels: ["problem"], source: "pbp import doccano" });
  expect(first).toMatchObject({ recordId: "0", keyphrases: [] });
  expect(readFileSync(at("a.tsv"), "utf8")).toMatch(/^all.jsonl, line 1\t0\nall.jsonl, line 2\t1\n/);
  const checked = await pbp("validate", at("a.jsonl.gz"), "--min-samples", "1");
  expect(checked).toMatchObject({ code: 0 });
  expect(made.stdout + made.stderr + checked.stdout).not.toContain(canary);
});

test("the same files give the same export; nothing is overwritten", async () => {
  const twice = async (name: string) => {
    await pbp("import", "doccano", at("packed.jsonl.gz"), "--out", at(name));
    return readFileSync(at(name));
  };
  expect((await twice("b1.jsonl")).equals(await twice("b2.jsonl"))).toBe(true);
  const again = await pbp("import", "doccano", at("packed.jsonl.gz"), "--out", at("b1.jsonl"));
  expect(again).toMatchObject({ code: 1 });
  expect(again.stderr).toContain("nothing is overwritten");
});

test("a folder and a zip archive of it are the same corpus", async () => {
  const records = async (path: string, out: string) => {
    const { code, stdout } = await pbp("import", "auto", at(path), "--out", at(out), "--json");
    expect(code).toBe(0);
    expect(lastLine(stdout)).toMatchObject({ format: "brat", kind: "keyphrases", records: 1, annotated: 1 });
    return exported(out)[1]!.keyphrases;
  };
  expect(await records("corpus", "c1.jsonl.gz")).toEqual(await records("corpus.zip", "c2.jsonl.gz"));
});

test("what pbp suggest suggested and nobody changed is taken with --reviewed only", async () => {
  const spans = [{ start: 0, end: 6, label: "problem" }];
  const task = { text: "kidney stone", label: [[0, 6, "problem"]], suggested: digestOf({ spans }) };
  const looked = { text: "kidney cyst", label: [[0, 11, "problem"]], suggested: digestOf({ spans }) };
  writeFileSync(at("answers.jsonl"), [task, looked].map((one) => JSON.stringify(one)).join("\n"));
  const annotated = async (out: string, ...options: string[]) => {
    const { code, stdout } = await pbp(
      ...["import", "doccano", at("answers.jsonl"), "--out", at(out), "--json", ...options],
    );
    expect(code).toBe(0);
    return lastLine(stdout).annotated;
  };
  expect(await annotated("s1.jsonl")).toBe(1);
  expect(await annotated("s2.jsonl", "--reviewed")).toBe(2);
});

test("pbp import says how to train on what it has written: classes under a name", async () => {
  const next = async (name: string, ...lines: string[]) => {
    writeFileSync(at(`${name}.jsonl`), lines.join("\n"));
    const { stdout } = await pbp(
      "import",
      "doccano",
      at(`${name}.jsonl`),
      "--out",
      at(`${name}.export.jsonl`),
    );
    return stdout.trimEnd().split("\n").at(-1)!.replace(folder, "");
  };
  expect(await next("spans", '{"text":"kidney stone","label":[[0,6,"problem"]]}')).toMatch(
    /^ {2}pbp run \S+spans\.export\.jsonl$/,
  );
  expect(
    await next("classes", '{"text":"a","label":["billing"]}', '{"text":"b","label":["visits"]}'),
  ).toMatch(/^ {2}pbp run \S+classes\.export\.jsonl --model NAME$/);
});

test("pbp suggest says of another tool's file how it becomes an export", async () => {
  const { code, stderr } = await pbp("suggest", at("all.jsonl"), "--to", "doccano", "--home", at("none"));
  expect(stderr).toContain(`To make one: pbp import auto ${at("all.jsonl")}\n`);
  expect(stderr).not.toContain(canary);
  expect(code).toBe(1);
});

test("what pbp import says to type is a shell's, and of the home that was named", async () => {
  writeFileSync(at("it's mine.jsonl"), '{"text":"kidney stone","label":[[0,6,"problem"]]}');
  const { stdout } = await pbp(
    "import",
    "doccano",
    at("it's mine.jsonl"),
    "--out",
    at("a b.jsonl"),
    "--home",
    at("my home"),
  );
  const lines = stdout.trimEnd().split("\n").slice(-2);
  expect(lines).toEqual([
    `  pbp validate '${at("a b.jsonl")}'`,
    `  pbp run '${at("a b.jsonl")}' --home '${at("my home")}'`,
  ]);
});

test("a pipe is refused: nobody may ever write into it", async () => {
  execFileSync("mkfifo", [at("pipe")]);
  for (const name of ["auto", "doccano"]) {
    const { code, stderr } = await pbp("import", name, at("pipe"));
    expect(stderr).toContain("found a pipe or a device. Write what it gives to a file.");
    expect(code).toBe(1);
  }
  expect((await pbp("validate", at("pipe"))).stderr).toContain("is not a regular file.");
});

test("pbp import names the folder that has nothing to read", async () => {
  mkdirSync(at("bare"));
  writeFileSync(at("bare/README"), "none");
  const { code, stderr } = await pbp("import", "auto", at("bare"));
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining(`no file to read in ${at("bare")}:`),
  });
});

test("pbp validate takes another tool's file as it is, and leaves nothing behind", async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith("pbp-import-")).length;
  const { code, stdout, stderr } = await pbp("validate", at("all.jsonl"), "--min-samples", "1");
  expect(code).toBe(0);
  expect(stderr).toContain("Importing doccano JSONL");
  expect(stdout).toContain("The export is good");
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith("pbp-import-"))).toHaveLength(before);
});

test("pbp validate reads another tool's file as the options of pbp import say", async () => {
  writeFileSync(
    at("queues.jsonl"),
    [1, 2].map((id) => JSON.stringify({ body: `${canary} ${id}`, queue: "billing", mrn: id })).join("\n"),
  );
  writeFileSync(at("map.json"), '{"billing": "invoices"}');
  const read = await pbp(
    ...[
      "validate",
      at("queues.jsonl"),
      "--text-field",
      "body",
      "--label-field",
      "queue",
      "--min-samples",
      "1",
    ],
    ...["--map", at("map.json"), "--kind", "multi-label", "--patient-field", "mrn", "--json"],
  );
  expect(read.stderr).toContain('Importing Hugging Face JSON: objects with "body" and "queue".');
  expect(read.stderr).toMatch(/Kind +multi-label[\s\S]*invoices +2/);
  expect(lastLine(read.stdout)).toMatchObject({
    header: { labels: ["invoices"], source: "pbp import hugging-face" },
  });
  const named = await pbp("validate", at("all.jsonl"), "--format", "doccano", "--offsets", "codepoint");
  expect(named.stderr).toContain("Importing doccano JSONL: as --format says.");
  expect(named.stderr).toContain("codepoint: as asked");
  expect(read.stderr + named.stderr).not.toContain(canary);
});

test.each(["run", "validate"])(
  "pbp %s takes options of reading for another tool's file only",
  async (command) => {
    const exported = fileURLToPath(new URL("../../samples/exports/sample-export.json.gz", import.meta.url));
    const refused = await pbp(command, exported, "--offsets", "utf16", "--lossy", "--home", at("home"));
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain(
      "is an export already. What other tools wrote is read by --offsets, --lossy.",
    );
    writeFileSync(at("note.txt"), `${canary}\nkidney`);
    const unknown = await pbp(command, at("note.txt"), "--lossy", "--home", at("home"));
    expect(unknown.stderr).toContain("note.txt: expected a file of a known format. Name its format: ");
    expect(readdirSync(folder)).not.toContain("home");
  },
);

test.each([
  [["import", "docano", "all.jsonl"], /There is no format "docano".*Did you mean doccano\?/s],
  [["import", "auto", "nowhere.jsonl"], /Cannot read .*nowhere.jsonl: does not exist/],
  [
    ["import", "auto", "all.jsonl", "--offsets", "utf8"],
    /--offsets takes one of auto, codepoint, utf16, grapheme, byte/,
  ],
  [
    ["import", "prodigy", "all.jsonl", "--kind", "multi-label"],
    /expected at least one annotated text|--kind: expected classes/,
  ],
  [["import", "label-studio", "all.jsonl"], /all.jsonl, line 1: expected a task with "data"/],
])("pbp %s is refused in words", async ([command, format, file, ...rest], message) => {
  const out = at("refused.jsonl.gz");
  const refused = await pbp(command!, format!, at(file!), ...rest, "--out", out);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toMatch(message);
  expect(refused.stderr).not.toContain(canary);
  // Not even a half of it.
  expect(
    readdirSync(folder).filter((name) => name.startsWith("refused") || name.startsWith(".pbp-")),
  ).toEqual([]);
});
