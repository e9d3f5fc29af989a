import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { folderOf, runPrefix } from "../../../schemas/bucket.ts";
import { printable } from "../../../schemas/printable.ts";
import type { RunReceipt } from "../../../schemas/types.ts";
import { count } from "../../../tasks/report/format.ts";
import type { ObjectStore, StoredObject } from "../../../tasks/store/store.ts";
import { type Installation, InstallationError } from "../../installation.ts";
import { readStored } from "../../results/stored.ts";
import { type Call, type Command, UsageError } from "../command.ts";
import { executionName } from "../execution-name.ts";
import { openInstallation } from "../installation.ts";
import { note, printJson, printText } from "../output/output.ts";
import { table } from "../output/tables.ts";
import { askedModel, modelOption } from "../registered-model.ts";
import { saveFile } from "../save.ts";

export const get: Command = {
  name: "get",
  summary: "print or save a file that an execution wrote, or any object of the store",
  details: `<what> is the end of a path below runs/<execution>/ (report.json, rejects.jsonl, verdict.json, model.tar.gz,
dataset/manifest.json, …), or the whole key of an object. With a slash at its end it lists what is there: pbp get
runs/ or, for one execution, pbp get /. Files below dataset/ hold text of notes; report.json and rejects.jsonl do not.`,
  arguments: [{ name: "what", help: "a file of an execution, or a key of the store" }],
  options: {
    trial: {
      value: "N",
      help: "of this trial: what lies below trials/N/ (default: of the one that was taken)",
    },
    execution: { value: "NAME", help: "whose file: a name, its beginning, or latest (default latest)" },
    ...modelOption("whose latest execution is meant"),
    out: { value: "PATH", help: "new file, or folder to put it into (default: print it)" },
  },
  examples: [
    "get rejects.jsonl",
    "get report.json --execution sample-export-5f0c6d3a9b21",
    "get model.tar.gz --execution latest --out .",
    "get verdict.json --model specialty",
    "get exports/ --cloud",
  ],
  async run({ arguments: [what = ""], options }) {
    const installation = await openInstallation(options);
    if (what.endsWith("/")) return list(installation, what, options);
    const object = await find(installation, what, options);
    const { store } = installation;
    const read = () => store.read(object.key, { versionId: object.versionId });
    if (options.out !== undefined) {
      const file = await saveFile(options.out, object.key.split("/").at(-1)!, read);
      if (options.json !== undefined) printJson({ ...object, file });
      else note(`${object.key}, ${count(object.sizeBytes)} bytes: ${file}`);
      return 0;
    }
    if (options.json !== undefined) throw new UsageError("With --json the file goes to --out PATH.");
    if (process.stdout.isTTY) {
      if (!/\.(jsonl?|md|txt)$/.test(object.key))
        throw new UsageError(
          `${object.key} is not text for a terminal. Save it with --out PATH, or pipe it.`,
        );
      note(object.sizeBytes === 0 ? `${object.key} is empty.` : object.key);
    }
    await print(store, object);
    return 0;
  },
};

async function list(installation: Installation, what: string, options: Call["options"]): Promise<0> {
  const isOfOne = what === "/" || options.execution !== undefined || options.model !== undefined;
  const prefix = isOfOne ? `${await runOf(installation, options)}${what === "/" ? "" : what}` : what;
  const objects: StoredObject[] = [];
  for await (const object of installation.store.list(prefix)) objects.push(object);
  if (options.json !== undefined) printJson({ prefix, objects });
  else if (objects.length === 0) printText(`There is nothing below ${prefix}.`);
  else {
    const rows = objects.map(({ key, sizeBytes }) => [count(sizeBytes), key]);
    printText(table([{ head: "Bytes", numeric: true }, { head: "Key" }], rows));
  }
  return 0;
}

/** The object that is meant. Throws NoSuchFile with what there is, or AmbiguousFile with the candidates. */
async function find(
  installation: Installation,
  what: string,
  options: Call["options"],
): Promise<StoredObject> {
  const { store } = installation;
  if (options.execution === undefined && options.model === undefined && what.includes("/")) {
    const exact = await store.head(what);
    if (exact) return exact;
    if (folderOf(what))
      throw new InstallationError(
        "NoSuchFile",
        `There is no object ${what} in ${installation.place}. To list what is there: pbp get ${what.replace(/[^/]*$/, "")}${installation.options}`,
      );
  }
  const run = await runOf(installation, options);
  const folder = options.trial === undefined ? run : `${run}trials/${options.trial}/`;
  const found: StoredObject[] = [];
  const keys: string[] = [];
  for await (const object of store.list(folder)) {
    const path = object.key.slice(folder.length);
    keys.push(path);
    if (path === what || path.endsWith(`/${what}`)) found.push(object);
  }
  // Of a second evaluation after a lost race, or a second training, the whole path tells.
  const [object = null, ...others] = found.filter(({ key }) => key === folder + what).concat(found);
  if (object && (object.key === folder + what || others.length === 0)) return object;
  const ofTaken = object ? await takenOf(store, run, found) : [];
  if (ofTaken.length === 1) return ofTaken[0]!;
  if (object)
    throw new InstallationError(
      "AmbiguousFile",
      `${folder} has several ${what}: ${found.map(({ key }) => key.slice(folder.length)).join(", ")}. Type the whole path, or of a trial's files --trial N.`,
    );
  throw new InstallationError(
    "NoSuchFile",
    keys.length === 0
      ? `There is nothing below ${folder} yet.`
      : `There is no ${what} below ${folder}. There are: ${keys.slice(0, 20).join(", ")}${keys.length > 20 ? ", …" : ""}.`,
  );
}

/** Of the trials' files, those of the one whose model was taken. */
async function takenOf(store: ObjectStore, run: string, found: readonly StoredObject[]) {
  const receipt = await readStored<RunReceipt>(store, `${run}receipt.json`);
  const taken = receipt?.trials?.find(({ chosen }) => chosen);
  return taken ? found.filter(({ key }) => key.startsWith(`${run}trials/${taken.trial}/`)) : [];
}

async function runOf(installation: Installation, options: Call["options"]) {
  const { execution = "latest" } = options;
  return runPrefix(await executionName(installation, execution, askedModel(options)));
}

/** Bytes as they are for a pipe; for a terminal, characters that it would obey as their escapes. */
async function print(store: ObjectStore, { key, versionId }: StoredObject): Promise<void> {
  const bytes = await store.read(key, { versionId });
  const decoder = new TextDecoder();
  const safe = new Transform({
    transform: (chunk: Buffer, _, done) => done(null, printable(decoder.decode(chunk, { stream: true }))),
    flush: (done) => done(null, printable(decoder.decode())),
  });
  try {
    if (process.stdout.isTTY) await pipeline(bytes, safe, process.stdout, { end: false });
    else await pipeline(bytes, process.stdout, { end: false });
  } catch (error) {
    // A reader that has seen enough (`| head`).
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}
