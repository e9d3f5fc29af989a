import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { saveFile, saveFolder } from "../../pipeline/cli/save.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pbp-save-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const content = async () => Readable.from([Buffer.from("whole")]);
const cutOff = async () =>
  Readable.from(
    (function* () {
      yield Buffer.from("half");
      throw new Error("the connection is gone");
    })(),
  );

test("a file gets the name that is asked for, or its own in a folder", async () => {
  expect(await saveFile(join(folder, "a.json"), "report.json", content)).toBe(join(folder, "a.json"));
  expect(await saveFile(folder, "report.json", content)).toBe(join(folder, "report.json"));
  expect(readFileSync(join(folder, "report.json"), "utf8")).toBe("whole");
});

test("nothing is overwritten, neither by name nor in a folder", async () => {
  writeFileSync(join(folder, "report.json"), "mine");
  for (const out of [folder, join(folder, "report.json")])
    await expect(saveFile(out, "report.json", content)).rejects.toThrow("is there already");
  expect(readFileSync(join(folder, "report.json"), "utf8")).toBe("mine");
  expect(readdirSync(folder)).toEqual(["report.json"]);
});

test("a name as long as names can be is no longer while it is written", async () => {
  const longest = join(folder, "a".repeat(255));
  expect(await saveFile(longest, "a", content)).toBe(longest);
});

test("a folder that is not there is what the error names", async () => {
  const absent = join(folder, "absent");
  const fill = async () => {};
  for (const save of [
    () => saveFile(join(absent, "a"), "a", content),
    () => saveFolder(join(absent, "a"), fill),
  ])
    await expect(save()).rejects.toMatchObject({ code: "ENOENT", path: absent });
});

test("a file that breaks off leaves nothing", async () => {
  await expect(saveFile(join(folder, "a"), "a", cutOff)).rejects.toThrow("the connection is gone");
  expect(readdirSync(folder)).toEqual([]);
});

test("a folder appears when it is filled, in place of an empty one at most", async () => {
  const fill = async (draft: string) => writeFileSync(join(draft, "config.json"), "{}");
  mkdirSync(join(folder, "empty"));
  for (const name of ["new", "empty"]) {
    expect(await saveFolder(join(folder, name), fill)).toBe(join(folder, name));
    expect(readdirSync(join(folder, name))).toEqual(["config.json"]);
  }
  await expect(saveFolder(join(folder, "new"), fill)).rejects.toThrow("is there already");
  const failing = () => Promise.reject(new Error("damaged"));
  await expect(saveFolder(join(folder, "other"), failing)).rejects.toThrow("damaged");
  expect(readdirSync(folder).sort()).toEqual(["empty", "new"]);
});
