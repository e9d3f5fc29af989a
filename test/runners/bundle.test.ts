import { execFile } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bundle, bundleTasks } from "../../pipeline/bundle.ts";
import { functions } from "../../pipeline/functions.ts";

let folder = "";
let tasks = "";
let out = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pbp-bundle-"));
  tasks = join(folder, "tasks");
  out = join(folder, "out");
  mkdirSync(tasks);
  writeFileSync(
    join(tasks, "greet.ts"),
    'import { word } from "./word.ts";\nexport const handler = () => word;\n',
  );
  writeFileSync(join(tasks, "word.ts"), 'export const word: string = "hello";\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the bundle's handler says, from a copy that no module cache knows. */
async function greeting(bundle: Bundle): Promise<string> {
  const copy = join(folder, `copy-${Math.random()}`);
  mkdirSync(copy);
  for (const file of bundle.files.filter((name) => name.endsWith(".mjs"))) {
    const code = readFileSync(file, "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, "");
    writeFileSync(join(copy, basename(file)), code);
  }
  const loaded = (await import(pathToFileURL(join(copy, "index.mjs")).href)) as { handler(): string };
  return loaded.handler();
}

test("a bundle is built once, and again when something that it is made of changes", async () => {
  const [first] = await bundleTasks({ tasks, out });
  expect(first).toMatchObject({ name: "greet", rebuilt: true });
  expect(await greeting(first)).toBe("hello");
  expect((await bundleTasks({ tasks, out }))[0].rebuilt).toBe(false);
  appendFileSync(join(tasks, "word.ts"), "// longer\n");
  expect((await bundleTasks({ tasks, out }))[0].rebuilt).toBe(true);
  rmSync(join(out, "greet", "index.mjs"));
  expect((await bundleTasks({ tasks, out }))[0].rebuilt).toBe(true);
});

test("what is lazily imported is a chunk of its own, and a chunk that is not needed any more goes", async () => {
  writeFileSync(
    join(tasks, "greet.ts"),
    'export const handler = async () => (await import("./word.ts")).word;\n',
  );
  const [first] = await bundleTasks({ tasks, out });
  expect(first.files.filter((file) => file.endsWith(".mjs"))).toHaveLength(2);
  expect(await greeting(first)).toBe("hello");
  writeFileSync(join(tasks, "greet.ts"), 'export const handler = () => "inline";\n');
  const [second] = await bundleTasks({ tasks, out });
  expect(readdirSync(join(out, "greet")).sort()).toEqual(["index.mjs", "index.mjs.map"]);
  expect(await greeting(second)).toBe("inline");
});

test("processes that bundle at once leave a whole bundle", async () => {
  const module = new URL("../../pipeline/bundle.ts", import.meta.url).href;
  const script = `const { bundleTasks } = await import(${JSON.stringify(module)});
    await bundleTasks(${JSON.stringify({ tasks, out })});`;
  const run = promisify(execFile);
  await Promise.all(
    Array.from({ length: 3 }, () => run(process.execPath, ["--input-type=module", "-e", script])),
  );
  const [bundle] = await bundleTasks({ tasks, out });
  expect(bundle.rebuilt).toBe(false);
  expect(await greeting(bundle)).toBe("hello");
  expect(readdirSync(join(out, "greet")).filter((file) => file.endsWith(".tmp"))).toEqual([]);
});

test("a task that does not compile says where, and the last bundle stays", async () => {
  await bundleTasks({ tasks, out });
  appendFileSync(join(tasks, "word.ts"), "export const = 1;\n");
  await expect(bundleTasks({ tasks, out })).rejects.toThrow(/word\.ts:2/);
  expect(existsSync(join(out, "greet", "index.mjs"))).toBe(true);
});

test("every function has its settings, and brings everything but the SDK", async () => {
  const bundles = await bundleTasks({ out });
  expect(bundles.map(({ name }) => name)).toEqual(Object.keys(functions).sort());
  for (const { files } of bundles)
    for (const file of files.filter((name) => name.endsWith(".mjs"))) {
      const code = readFileSync(file, "utf8");
      const imports = [...code.matchAll(/^import[^"']*["']([^"']+)["'];?$/gm)].map((match) => match[1]!);
      expect(imports.filter((name) => !/^(node:|@aws-sdk\/|\.\/)/.test(name) && !isBuiltin(name))).toEqual(
        [],
      );
      // What esbuild leaves behind for a require() that it could not resolve.
      expect(code).not.toContain("Dynamic require of");
    }
});
