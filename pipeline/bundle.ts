import { createHash, randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, version } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Where the bundles of the functions lie: one folder a function, each with index.mjs, as Lambda wants them. */
export const bundlesFolder = join(root, "dist", "tasks");

/** One deployable function. `files` are absolute; the first is index.mjs. `sizeBytes` counts no source map. */
export type Bundle = { name: string; folder: string; files: string[]; sizeBytes: number; rebuilt: boolean };

export const buildOptions: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  // Lambda brings the SDK's clients; leaving them out keeps a bundle small enough to be read in the console.
  external: ["@aws-sdk/client-*"],
  // The S3 driver is imported lazily: as a separate chunk, the SDK slows no cold start that does not need it.
  splitting: true,
  outExtension: { ".js": ".mjs" },
  entryNames: "index",
  chunkNames: "chunk-[hash]",
  // Not names and not white space: a stack trace in CloudWatch stays readable without its map.
  minifySyntax: true,
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "none",
  metafile: true,
  write: false,
  logLevel: "silent",
};

/** The states' functions and triggers, and those of the operators' machine. */
const isFunction = /^(operators\/)?[^/]+\.ts$/;

/**
 * Bundles every file of `tasks` and `tasks/operators` that exports a `handler` into `out`/<name>/index.mjs, the artefact that Lambda and the
 * local engine run. What is up to date is left alone (a few milliseconds); two processes may bundle at once.
 *
 * @throws Error with esbuild's findings when a task does not compile.
 */
export async function bundleTasks(
  options: { tasks?: string; out?: string } = {},
): Promise<[Bundle, ...Bundle[]]> {
  const tasks = options.tasks ?? join(root, "tasks");
  const out = options.out ?? bundlesFolder;
  const [first, ...rest] = await Promise.all(
    (await functionFiles(tasks)).map(({ name, path }) => bundle(name, path, join(out, name))),
  );
  if (!first) throw new Error(`Expected files that export a handler in ${tasks}, found none.`);
  return [first, ...rest];
}

/** Every file that exports a `handler`, sorted by name. */
export async function functionFiles(tasks = join(root, "tasks")): Promise<{ name: string; path: string }[]> {
  const found: { name: string; path: string }[] = [];
  for (const file of await readdir(tasks, { recursive: true })) {
    const path = join(tasks, file);
    if (isFunction.test(file) && /^export const handler\b/m.test(await readFile(path, "utf8")))
      found.push({ name: basename(file, ".ts"), path });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Bundles the script that hosts a function in its own process, and returns its path: compiled once, it starts in
 * half the time that Node takes to strip types at every invocation.
 */
export async function bundleLambdaHost(out = join(root, "dist", "local")): Promise<string> {
  const { files } = await bundle(
    "lambda-host",
    join(root, "pipeline", "local", "functions", "lambda-host.ts"),
    join(out, "lambda-host"),
  );
  return files[0]!;
}

/** What a bundle was made of and from: enough to see, by a stat of each input, that nothing has changed. */
type Stamp = { settings: string; inputs: Record<string, string>; outputs: Record<string, number> };

const settings = createHash("sha256")
  .update(JSON.stringify([version, buildOptions]))
  .digest("hex");

async function bundle(name: string, entry: string, folder: string): Promise<Bundle> {
  // Beside the folder, not in it: the folder is what gets deployed.
  const stampFile = join(dirname(folder), `.${name}.stamp.json`);
  const known = await readStamp(stampFile);
  if (known && isUpToDate(known, folder)) return describe(name, folder, known, false);

  // Relative, since esbuild takes a * for a pattern, also in the name of a folder above this clone.
  const result = await build({ ...buildOptions, entryPoints: [relative(root, entry)], outdir: folder });
  const inputs: Record<string, string> = {};
  for (const input of Object.keys(result.metafile!.inputs)) inputs[input] = fingerprint(input);
  // index.mjs last: whoever finds it finds all that it imports.
  const files = result.outputFiles!.sort((a, b) => rank(a.path) - rank(b.path));
  const outputs: Record<string, number> = {};
  await mkdir(folder, { recursive: true });
  for (const file of files) {
    await replaceFile(file.path, file.contents);
    outputs[relative(folder, file.path)] = file.contents.length;
  }
  for (const file of await readdir(folder))
    if (!(file in outputs) && !file.endsWith(".tmp")) await rm(join(folder, file), { force: true });
  const stamp: Stamp = { settings, inputs, outputs };
  await replaceFile(stampFile, JSON.stringify(stamp));
  return describe(name, folder, stamp, true);
}

const rank = (path: string) => (path.endsWith("index.mjs") ? 1 : 0);

async function readStamp(file: string): Promise<Stamp | null> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Stamp;
  } catch {
    return null; // never built, or torn: build
  }
}

function isUpToDate(stamp: Stamp, folder: string): boolean {
  return (
    stamp.settings === settings &&
    Object.entries(stamp.inputs).every(([path, was]) => fingerprint(path) === was) &&
    Object.entries(stamp.outputs).every(([path, sizeBytes]) => sizeOf(join(folder, path)) === sizeBytes)
  );
}

// Synchronous: hundreds of stats take a few milliseconds, and ten times as many through the thread pool.
function fingerprint(path: string): string {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  return found ? `${found.size} ${found.mtimeMs}` : "missing";
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** A process that reads `path` at that moment sees the old bytes or the new ones. */
async function replaceFile(path: string, contents: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(temporary, contents);
  await rename(temporary, path);
}

function describe(name: string, folder: string, stamp: Stamp, rebuilt: boolean): Bundle {
  const names = Object.keys(stamp.outputs).sort((a, b) => rank(b) - rank(a));
  const code = Object.entries(stamp.outputs).filter(([file]) => !file.endsWith(".map"));
  return {
    name,
    folder,
    files: names.map((file) => join(folder, file)),
    sizeBytes: code.reduce((sum, [, sizeBytes]) => sum + sizeBytes, 0),
    rebuilt,
  };
}
