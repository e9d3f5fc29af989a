// What `auto` takes files for, whatever lies beside them and whatever is broken in them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { detect } from "../../importers/detect.ts";
import { filesAt } from "../../importers/files.ts";
import { jsonValuesOf } from "../../importers/json-values.ts";
import { linesOf } from "../../importers/text.ts";
import { imported, sources } from "./sources.ts";

const canary = "zqxCANARYzqx";
const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");
const named = async (files: Parameters<typeof sources>[0]) =>
  (await detect(sources(files, 65_536))).format.name;
const record = { id: 1, text: "Kidney stone", label: [[0, 6, "P"]] };

test.each([
  ["doccano", { "a.jsonl": `${lines(record)}{"id":2,"text":"${canary}\n` }, /^a.jsonl, line 2: /],
  [
    "doccano",
    { "a.jsonl": `{"text":"${canary}","label":[],"score":NaN}\n${lines(record)}` },
    /^a.jsonl, line 1: /,
  ],
  ["conll", { "a.txt": `-DOCSTART- O\n\na B-X\n${canary}\n\n-DOCSTART- O\n\ne O\n` }, /^a.txt, line 4: /],
])(
  "a file of %s with a broken line is known by the others, and refused at the line",
  async (format, files, place) => {
    expect(await named(files)).toBe(format);
    const error = await imported(format, files).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: "InvalidExport", message: expect.stringMatching(place) });
    expect((error as Error).message).not.toContain(canary);
  },
);

test("a list of tasks on one line is known by its beginning, however long it is", async () => {
  const task = (id: number) => ({ id, data: { text: "Kidney stone ".repeat(400) }, annotations: [] });
  const line = JSON.stringify(Array.from({ length: 2000 }, (_, index) => task(index)));
  expect(line.length).toBeGreaterThan(8 * 2 ** 20);
  let opened = 0;
  const [file] = sources({ "p.json": line }, 65_536);
  const counted = {
    ...file!,
    open: async () => {
      const stream = await file!.open();
      stream.on("data", (chunk: Buffer) => {
        opened += chunk.length;
      });
      return stream;
    },
  };
  expect((await detect([counted])).format.name).toBe("label-studio");
  expect(opened).toBeLessThan(6 * 2 ** 20);
});

test("a long line is put together once", async () => {
  const [file] = sources({ "a.txt": `${"x".repeat(8 * 2 ** 20)}\nend` }, 1024);
  const lengths: number[] = [];
  const began = process.cpuUsage();
  for await (const { text } of linesOf(file!)) lengths.push(text.length);
  expect(lengths).toEqual([8 * 2 ** 20, 3]);
  // Searched anew with each piece it would be 32 GB.
  expect(process.cpuUsage(began).user).toBeLessThan(5_000_000);
});

test.each([
  [
    "comprehend",
    {
      "Notes.txt": "Kidney stone\r\n",
      "annotations.csv": "File,Line,Begin Offset,End Offset,Type\nNotes.txt,0,0,6,P\n",
    },
  ],
  [
    "ground-truth",
    {
      ...Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`a/${index}.txt`, "Kidney"])),
      "output.manifest": lines({
        "source-ref": "s3://b/a/1.txt",
        j: { annotations: { entities: [] } },
        "j-metadata": { type: "groundtruth/text-span" },
      }),
    },
  ],
  [
    "ground-truth",
    {
      "output.manifest": lines(...Array.from({ length: 200 }, (_, index) => ({ source: `t${index}` })), {
        source: "a",
        j: 1,
        "j-metadata": { type: "groundtruth/text-classification", "class-name": "x" },
      }),
    },
  ],
])("%s is found among what lies beside it", async (format, files) => {
  expect(await named(files as Record<string, string>)).toBe(format);
});

test("what explains a folder is no part of it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pbp-detect-test-"));
  try {
    writeFileSync(join(folder, "README.md"), "# Data\nabout\n");
    writeFileSync(join(folder, "train.jsonl"), lines(record));
    expect((await filesAt([folder])).map(({ name }) => name)).toEqual(["train.jsonl"]);
    expect(await filesAt([join(folder, "README.md")])).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [{ "a.xls": Buffer.from("d0cf11e0a1b11ae100000000", "hex") }, /^a.xls: .*Save it as xlsx/],
  [
    { "a.json": `{"data": [{"id": "0", "tokens": ["${canary}"], "ner_tags": ["O"]}]}` },
    /^a.json: .*jq -c '\.data\[\]'/,
  ],
  [{ "a.txt": `${canary}\n` }, /^a.txt: expected a file of a known format. Name its format: /],
])("what is not read says what helps: %j", async (files, message) => {
  const error = await detect(sources(files)).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ name: "InvalidExport", message: expect.stringMatching(message) });
  expect((error as Error).message).not.toContain(canary);
});

test.each([
  [`[${JSON.stringify(record)}, null]`, 1],
  [`[${JSON.stringify(record)},\n"${canary}"]`, 2],
  [`[${JSON.stringify(record)}, 5 x ${JSON.stringify(record)}]`, 1],
  [`[\n${JSON.stringify(record)}\n]\n{"a":1}`, 4],
  [`[\n${JSON.stringify(record)}]]`, 2],
])("between the objects of a list there is nothing: %j", async (content, line) => {
  const read = async () => {
    for await (const _ of jsonValuesOf(sources({ "a.json": content })[0]!));
  };
  const error = await read().catch((thrown: Error) => thrown);
  expect((error as Error).message).toMatch(new RegExp(`^a.json, line ${line}: expected`));
  expect((error as Error).message).not.toContain(canary);
});

test.each([
  ["table", { "mails.csv": "Subject;Mail;Queue\nHi;Where is my bill?;billing\n" }],
  [
    "hugging-face",
    { "mails.jsonl": lines({ Subject: "Hi", Mail: "Where is my bill?", a: 1, b: 2, Queue: "billing" }) },
  ],
])("fields with names of their own are known by what a person says of them: %s", async (format, files) => {
  expect((await detect(sources(files), { textField: "Mail", labelField: "Queue" })).format.name).toBe(format);
  await expect(detect(sources(files))).rejects.toThrow("expected a file of a known format");
});
