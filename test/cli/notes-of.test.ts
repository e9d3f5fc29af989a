// The notes that pbp predict answers: an export's own, and other tools', with or without annotations.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { type Note, notesIn } from "../../pipeline/cli/notes-of.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-notes-"));
afterAll(() => rmSync(folder, { recursive: true }));

const header = {
  schemaVersion: "1.1",
  kind: "multi-label",
  exportId: "e",
  exportedAt: "2026-11-20T12:00:00Z",
  source: "s",
  labels: ["a"],
};
const records = [
  { recordId: "r-1", text: "fever" },
  { recordId: "r-2", text: 7 },
  { recordId: "r-3", text: "a \ud83d\ude00 cough", classes: ["a"] },
];
const wanted: Note[] = [
  { recordId: "r-1", text: "fever" },
  { recordId: "r-2", refused: "/records/1/text: must be string" },
  { recordId: "r-3", text: "a \ud83d\ude00 cough" },
];

async function read(name: string, content: string | Buffer, textField?: string) {
  const file = join(folder, name);
  writeFileSync(file, content);
  const { sha256, notes } = await notesIn(file, textField);
  const found: Note[] = [];
  for await (const note of notes) found.push(note);
  return { sha256, notes: found };
}

test("an export is read as it is, as an object or as lines, packed or not", async () => {
  const lines = [header, ...records].map((line) => `${JSON.stringify(line)}\n`).join("");
  for (const [name, content] of [
    ["a.json", JSON.stringify({ ...header, records })],
    ["b.jsonl", lines],
    ["c.jsonl.gz", gzipSync(lines)],
  ] as const)
    expect((await read(name, content)).notes, name).toEqual(wanted);
});

test("what is cut off is refused in words, an export like any other file", async () => {
  const lines = [header, ...records].map((line) => `${JSON.stringify(line)}\n`).join("");
  const cut = (text: string) => gzipSync(text).subarray(0, -12);
  for (const content of [cut(lines), cut("text,id\nfever,7\n")])
    await expect(read("cut.gz", content)).rejects.toMatchObject({
      name: "InvalidExport",
      message: "cut: expected whole gzip data. Download it again.",
    });
});

test("a file or a folder without anything in it is said to be empty", async () => {
  await expect(read("empty.json", "")).rejects.toThrow("empty.json: expected notes, found no byte.");
  await expect(read("empty.gz", gzipSync(""))).rejects.toThrow("empty.gz: expected notes, found no byte.");
  const nothing = join(folder, "nothing");
  mkdirSync(nothing);
  await expect(notesIn(nothing, undefined)).rejects.toThrow(`There is no file to read in ${nothing}.`);
});

test("what another tool wrote needs no annotations", async () => {
  expect((await read("d.csv", 'text,id,ward\nfever,7,B\n"cough, dry",8,C\n')).notes).toEqual([
    { recordId: "7", text: "fever" },
    { recordId: "8", text: "cough, dry" },
  ]);
  expect((await read("e.csv", "narrative,text\nfever,x\n", "narrative")).notes).toMatchObject([
    { text: "fever" },
  ]);
  expect((await read("f.jsonl", '{"id":1,"text":"fever","label":[]}\n')).notes).toEqual([
    { recordId: "1", text: "fever" },
  ]);
});

test("a note without a text is refused in its line, and no line of notes is taken for a header", async () => {
  expect((await read("i.csv", 'text,id\nfever,7\n"",8\n,\ncough,9\n')).notes).toEqual([
    { recordId: "7", text: "fever" },
    { recordId: "8", refused: "i.csv, line 3: expected a text" },
    { recordId: "9", text: "cough" },
  ]);
  const bare = '{"text":"fever","id":"a"}\n{"text":"","id":"b"}\n{"id":"c"}\n';
  expect((await read("j.jsonl", bare)).notes).toEqual([
    { recordId: "a", text: "fever" },
    { recordId: "b", refused: "j.jsonl, line 2: expected a text" },
    { recordId: "c", refused: "j.jsonl, line 3: expected a text" },
  ]);
  await expect(read("k.jsonl", '{"note":"fever"}\n{"note":"cough"}\n')).rejects.toThrow(
    /^k\.jsonl: expected an export, .*--text-field/,
  );
});

test("another file, or another column of it, is told apart", async () => {
  const { sha256 } = await read("g.csv", "text,more\nfever,x\n");
  expect((await read("g.csv", "text,more\nfever,x\n")).sha256).toBe(sha256);
  expect((await read("g.csv", "text,more\nfever,y\n")).sha256).not.toBe(sha256);
  expect((await read("g.csv", "text,more\nfever,x\n", "more")).sha256).not.toBe(sha256);
});

test("a file that is nothing of the kind is refused by name", async () => {
  await expect(read("h.txt", "hello")).rejects.toThrow(expect.objectContaining({ name: "InvalidExport" }));
  await expect(notesIn(join(folder, "absent"), undefined)).rejects.toThrow("Cannot read");
});
