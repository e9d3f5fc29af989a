import { downloadBaseModel, findBaseModel, listBaseModels } from "../../../base-models.ts";
import { InstallationError } from "../../../installation.ts";
import { addBaseModel, defaultBaseModel } from "../../../local/base-models.ts";
import { python } from "../../../python.ts";
import { type Command, UsageError } from "../../command.ts";
import { openInstallation } from "../../installation.ts";
import { note, printJson, printText } from "../../output/output.ts";
import { moment, table } from "../../output/tables.ts";
import { saveFolder } from "../../save.ts";

export const baseModelAdd: Command = {
  name: "base-model add",
  summary: "convert a BERT model folder and make it usable as a base model",
  details: `The folder is in the Hugging Face or sentence-transformers layout. Weights become safetensors; casing, pooling
and length are recorded in a manifest. On this machine ${defaultBaseModel.name} need not be added: the first run
does it. With --cloud the folder is converted here and uploaded, the manifest last.`,
  arguments: [
    { name: "name", help: "how executions refer to it: lower-case letters, digits and hyphens" },
    { name: "folder", help: "the model folder" },
  ],
  options: {
    "learning-rate": {
      value: "X",
      help: "peak learning rate that suits the model (default 0.00005; for one that was added before, its own)",
    },
  },
  examples: [
    "base-model add bio-clinicalbert ~/Bio_ClinicalBERT",
    "base-model add bio-clinicalbert ~/Bio_ClinicalBERT --cloud",
  ],
  async run({ arguments: [name = "", folder = ""], options }) {
    const installation = await openInstallation(options, { makesHome: true });
    note(`Converting ${folder} …`);
    const given = options["learning-rate"];
    const before = await findBaseModel(installation.store, name);
    const manifest = await addBaseModel({
      ...installation,
      python,
      name,
      source: { folder, learningRate: given ?? before?.learningRate.toString() },
    });
    if (options.json !== undefined) printJson(manifest);
    else
      printText(
        `Base model ${name} is in the store. ${rateInWords(manifest.learningRate, before?.learningRate, given !== undefined)}\nUse it: pbp run <export> --base-model ${name}${installation.options}`,
      );
    return 0;
  },
};

/** What adding a model again does to the rate that it had is said either way. */
function rateInWords(rate: number, before: number | undefined, isGiven: boolean): string {
  if (before === undefined) return `Its learning rate is ${rate}.`;
  if (isGiven)
    return before === rate
      ? `Its learning rate is ${rate}, as before.`
      : `Its learning rate is ${rate} now (before: ${before}).`;
  return `It keeps its learning rate, ${rate}; --learning-rate changes it.`;
}

export const baseModelGet: Command = {
  name: "base-model get",
  summary: "save a base model's files into a new folder",
  details: `For the reader's Embedder, and for any program that loads a BERT model in Hugging Face's layout. Every file is
checked against its digest in the manifest; the folder appears when all are there.`,
  arguments: [{ name: "name", help: "name of the base model, see pbp base-model list" }],
  options: { out: { value: "FOLDER", help: "folder to make (required)" } },
  examples: ["base-model get minilm --out minilm", "base-model get bio-clinicalbert --out bert --cloud"],
  async run({ arguments: [name = ""], options }) {
    const { out } = options;
    if (!out) throw new UsageError("pbp base-model get needs --out FOLDER: the folder to make.");
    const { store, options: place } = await openInstallation(options);
    const manifest = await findBaseModel(store, name);
    if (!manifest)
      throw new InstallationError(
        "NoSuchBaseModel",
        `There is no base model ${name}. See pbp base-model list${place}`,
      );
    const folder = await saveFolder(out, (draft) => downloadBaseModel(store, manifest, draft));
    if (options.json !== undefined) printJson({ ...manifest, folder });
    else
      printText(
        `Base model ${name}, ${Object.keys(manifest.files).length} files and the manifest: ${folder}`,
      );
    return 0;
  },
};

export const baseModelList: Command = {
  name: "base-model list",
  summary: "list the base models",
  arguments: [],
  options: {},
  examples: ["base-model list"],
  async run({ options }) {
    const { store, ownBaseModel, options: place } = await openInstallation(options);
    const models = await listBaseModels(store);
    if (options.json !== undefined) {
      printJson({ baseModels: models });
      return 0;
    }
    if (models.length === 0) {
      printText(
        ownBaseModel === null
          ? `None yet. Add one: pbp base-model add <name> <folder>${place}`
          : `None yet. The first pbp run adds ${ownBaseModel}.`,
      );
      return 0;
    }
    const columns = [
      { head: "Name" },
      { head: "Weights" },
      { head: "Dimension", numeric: true },
      { head: "Case" },
      { head: "Learning rate", numeric: true },
      { head: "Added" },
    ];
    const rows = models.map((model) => [
      model.name,
      model.weightsSha256.slice(0, 12),
      String(model.dimension),
      model.lowerCase ? "lower" : "kept",
      String(model.learningRate),
      moment(model.addedAt).slice(0, 10),
    ]);
    printText(table(columns, rows));
    return 0;
  },
};
