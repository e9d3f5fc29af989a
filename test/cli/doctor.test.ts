import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { examineBaseModel } from "../../pipeline/base-models.ts";
import { type Check, ok } from "../../pipeline/check.ts";
import { reportOf } from "../../pipeline/cli/commands/doctor.ts";
import { examineMemory } from "../../pipeline/local/doctor/capacity.ts";
import { examineHome } from "../../pipeline/local/doctor/home.ts";
import { examinePython } from "../../pipeline/local/doctor/python.ts";
import { homeAt, makeHome } from "../../pipeline/local/machine/home.ts";
import baseModelSchema from "../../schemas/models/base-model.schema.json" with { type: "json" };
import { openFileStore } from "../../tasks/store/fs.ts";
import { lastLine, outcomeOf, startPbp } from "./helpers.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pbp-doctor-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function doctor(home: string, env: NodeJS.ProcessEnv = {}) {
  const child = startPbp(["doctor", "--home", home, "--json"], { env: { ...process.env, ...env } });
  const { code, stdout, stderr } = await outcomeOf(child);
  const { ready, checks } = lastLine(stdout) as { ready: boolean; checks: Check[] };
  return { code, stderr, ready, check: (name: string) => checks.find((one) => one.name === name)! };
}

test("a machine that is set up is fit, and looking makes nothing", async () => {
  const { code, ready, check, stderr } = await doctor(join(folder, "home"));
  expect({ code, ready, stderr }).toEqual({ code: 0, ready: true, stderr: "" });
  expect(check("Python").found).toMatch(/^3\.\d+.* with .*torch \d/);
  expect(check("File system")).toMatchObject({ state: "ok" });
  expect(check("Home").found).toContain("none yet");
  for (const name of ["GPU", "Memory", "Disk", "Base model", "Executions"]) expect(check(name)).toBeDefined();
  expect(readdirSync(folder)).toEqual([]);
});

test("a home that a run makes is for its owner only", async () => {
  const home = homeAt(join(folder, "made"));
  await makeHome(home);
  const checks = await examineHome(home);
  expect(checks[0]).toMatchObject({
    name: "Home",
    state: "ok",
    found: expect.stringContaining("owner only"),
  });
});

test("no hard links would stop a run, and nothing of the trial stays behind", async () => {
  const home = join(folder, "home");
  mkdirSync(home);
  chmodSync(home, 0o755);
  const { code, check } = await doctor(home, {
    NODE_OPTIONS: `--import=${new URL("./refuse-calls.ts", import.meta.url).href}`,
    REFUSED: JSON.stringify({ root: home, call: "link", code: "EPERM" }),
  });
  expect(code).toBe(1);
  expect(check("File system")).toMatchObject({ state: "bad", found: expect.stringContaining("hard links") });
  expect(check("Home")).toMatchObject({ state: "unknown", remedy: expect.stringContaining("chmod 700") });
  expect(readdirSync(home)).toEqual([]);
});

test("a home that is a file would stop a run", async () => {
  writeFileSync(join(folder, "file"), "");
  const { code, check } = await doctor(join(folder, "file"));
  expect(code).toBe(1);
  expect(check("Home")).toMatchObject({ state: "bad", remedy: expect.stringContaining("--home DIR") });
  expect(check("Home").found).toMatch(/file is a file\.$/);
  const below = await doctor(join(folder, "file/below"));
  expect(below.check("Home").found).toMatch(/below: a part of this name is a file, not a folder\.$/);
});

describe("Python", () => {
  test("none", async () => {
    const [check] = await examinePython(join(folder, "python"));
    expect(check).toMatchObject({ state: "bad", remedy: expect.stringContaining("npm run setup") });
    expect(check!.found).toContain("There is none at ");
  });

  test("packages of another version, or that cannot be imported", async () => {
    const program = join(folder, "python");
    const answer = { version: "3.12.1", packages: { torch: "1.0.0", numpy: "ImportError" }, gpus: ["A100"] };
    writeFileSync(program, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, { mode: 0o755 });
    const [check, gpu] = await examinePython(program);
    expect(check).toMatchObject({ state: "bad" });
    expect(check!.found).toMatch(
      /^3\.12\.1 lacks numpy \S+ \(found: ImportError\).*torch \S+ \(found: 1\.0\.0\)/,
    );
    expect(gpu!.found).toBe("A100.");
  });
});

test("little memory is worth a look: swap may do", () => {
  expect(examineMemory(8e9, 1e9)).toMatchObject({ state: "unknown", remedy: expect.stringContaining("137") });
  expect(examineMemory(8e9, 7e9)).toMatchObject({ state: "ok" });
});

describe("base model", () => {
  const absent = ok("Base model", "none");
  const look = async (damage: (store: Awaited<ReturnType<typeof openFileStore>>) => Promise<unknown>) => {
    const store = await openFileStore(folder, "pbp-local");
    const example = baseModelSchema.examples[0]!;
    const texts = Object.keys(example.files).map((file) => [file, `bytes of ${file}`] as const);
    const digest = (text: string) => createHash("sha256").update(text).digest("hex");
    const files = Object.fromEntries(texts.map(([file, text]) => [file, digest(text)]));
    for (const [file, text] of texts) await store.write(example.prefix + file, text);
    await store.write(`base-models/${example.name}/manifest.json`, JSON.stringify({ ...example, files }));
    await damage(store);
    return examineBaseModel(store, example.name, { ifMissing: absent, remedy: "add it again" });
  };
  const { name, prefix } = baseModelSchema.examples[0]!;

  test.each([
    ["intact", () => {}, { state: "ok", found: `${name}: 3 files, there and intact.` }],
    ["a file is gone", "vocab.txt", { state: "bad", found: `${name}: vocab.txt is missing.` }],
    ["a file is damaged", "config.json", { state: "bad", found: `${name}: config.json is damaged.` }],
    ["an old manifest", "manifest", { state: "bad", remedy: "add it again" }],
    ["none", "all", absent],
  ])("%s", async (_, what, expected) => {
    const found = await look(async (store) => {
      if (what === "vocab.txt") await store.remove(`${prefix}vocab.txt`);
      if (what === "config.json") await store.write(`${prefix}config.json`, "other bytes");
      if (what === "manifest") await store.write(`base-models/${name}/manifest.json`, "{}");
      if (what === "all") await store.remove(`base-models/${name}/manifest.json`);
    });
    expect(found).toMatchObject(expected);
  });
});

test("a long finding goes on below itself; a remedy's command stays in one line, to be copied", () => {
  const command = `aws service-quotas ${"--option value ".repeat(6)}`.trim();
  const checks: Check[] = [
    ok("Python", `3.12 with ${"torch 2.13.0, ".repeat(8)}and no more.`),
    { name: "Quota", state: "bad", found: "0.", remedy: `Ask for more: ${command}` },
  ];
  const lines = reportOf(checks).split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([`          → Ask for more: ${command}`]);
  expect(lines[1]).toMatch(/^ {10}\S/);
});

test("people get a sign, a sentence, and what to do below it", () => {
  const checks: Check[] = [
    ok("Python", "3.12."),
    { name: "Disk", state: "bad", found: "full.", remedy: "Free some." },
    { name: "Quota", state: "unknown", found: "not told.", remedy: "Ask." },
  ];
  expect(reportOf(checks)).toBe(
    [
      "✓ Python  3.12.",
      "✗ Disk    full.",
      "          → Free some.",
      "? Quota   not told.",
      "          → Ask.",
      "",
      "1 of 3 would stop a run.",
    ].join("\n"),
  );
});
