import { defaultModel, ofModel } from "../../../../schemas/models/registered-models.ts";
import { oneLine } from "../../../../schemas/printable.ts";
import { isSetting, needsOf } from "../../../../schemas/tables/algorithms.ts";
import { f1Head } from "../../../../schemas/tables/kinds.ts";
import type { Lineage } from "../../../../schemas/types.ts";
import { count } from "../../../../tasks/report/format.ts";
import { provenanceOf } from "../../../results/provenance.ts";
import { type Command, generationIn, UsageError } from "../../command.ts";
import { openInstallation } from "../../installation.ts";
import { printJson, printText } from "../../output/output.ts";
import { moment, pairs, score } from "../../output/tables.ts";
import { askedModel, modelOption, requireModel } from "../../registered-model.ts";

export const lineage: Command = {
  name: "lineage",
  summary: "tell what went into a generation's model, and who agreed to it",
  details: `From the bundle alone, so it can be told when the run's own files are gone. --json prints it in the vocabulary of
W3C PROV (PROV-JSON).`,
  arguments: [{ name: "generation", help: "its number, see pbp history" }],
  options: modelOption(`whose generation is wanted (default ${defaultModel})`),
  examples: ["lineage 3", "lineage 1 --model specialty", "lineage 3 --json"],
  async run({ arguments: [word = ""], options }) {
    const generation = generationIn(word, "lineage");
    const model = askedModel(options);
    const installation = await openInstallation(options);
    await requireModel(installation, model);
    const bundle = await installation.lineage({
      generation,
      ...(model !== undefined && { model }),
    });
    if (bundle.lineage === null)
      throw new UsageError(`${bundle.version} was promoted by a version that wrote no lineage.`);
    if (options.json !== undefined) {
      printJson(provenanceOf(bundle, bundle.lineage, model));
      return 0;
    }
    const head: [string, string][] = [
      ["Generation", `${generation}${ofModel(model ?? defaultModel)}`],
      ["Version", bundle.version],
      ["Digest", bundle.digest],
      ["Execution", bundle.execution],
    ];
    printText(pairs([...head, ...rowsOf(bundle.lineage)]));
    return 0;
  },
};

function rowsOf(lineage: Lineage): [string, string][] {
  const { export: source, trial, verdict, settings } = lineage;
  const sides = [
    `${count(source.train.documents)} documents to train`,
    ...(source.validation ? [`${count(source.validation.documents)} to validate`] : []),
    `${count(source.test.documents)} to test`,
  ];
  const { scores } = verdict;
  const against =
    verdict.championGeneration === null ? "no model in use" : `generation ${verdict.championGeneration}`;
  return [
    ["Started", `${moment(lineage.startedAt)} UTC${lineage.startedBy ? ` by ${lineage.startedBy}` : ""}`],
    ...(lineage.reason ? ([["Because", oneLine(lineage.reason)]] satisfies [string, string][]) : []),
    ["Export", `${oneLine(source.exportId)}, of ${moment(source.exportedAt)} UTC`],
    ["", `${source.key}, version ${source.versionId}`],
    ["", `SHA-256 ${source.sha256}`],
    ["", sides.join(", ")],
    ["Base model", `${lineage.baseModel.name}, weights ${lineage.baseModel.weightsSha256.slice(0, 12)}`],
    ["Trial", trialInWords(trial)],
    ["Settings", inWords(settings)],
    ["Model", `SHA-256 ${trial.modelSha256}`],
    ["Code", lineage.code],
    ...Object.values(lineage.images ?? {}).map(({ uri, digest }, index): [string, string] => [
      index === 0 ? "Images" : "",
      `${uri}${digest ? ` ${digest}` : ""}`,
    ]),
    [
      "Verdict",
      `${verdict.verdict}, against ${against}: ${f1Head(scores.macroF1 !== undefined)} ${score(scores.f1)}, accuracy ${score(scores.accuracy)}`,
    ],
    ...verdict.reasons.map((reason): [string, string] => ["", oneLine(reason)]),
    ...(lineage.approval ? [byHand("Approved", lineage.approval)] : []),
    ...(lineage.forced ? [byHand("Forced", lineage.forced)] : []),
  ];
}

/** `linear, regularization 10, seed 42`: what its algorithm does not learn by is left out. */
function trialInWords({ trial, of, algorithm, epochs, hyperparameters }: Lineage["trial"]): string {
  const { settings } = needsOf(algorithm);
  const learntBy = Object.fromEntries(
    Object.entries({ epochs, ...hyperparameters }).filter(
      ([name]) => !isSetting(name) || settings.includes(name),
    ),
  );
  return `${of > 1 ? `${trial}, of ${of} from 0 on: ` : ""}${algorithm}, ${inWords(learntBy)}`;
}

/** `epochs 3, tuning.trials 4`, which fits into lines. */
const inWords = (settings: object) => fieldsOf(settings).join(", ");

const fieldsOf = (settings: object, path = ""): string[] =>
  Object.entries(settings).flatMap(([name, value]: [string, unknown]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? fieldsOf(value, `${path}${name}.`)
      : [`${path}${name} ${Array.isArray(value) ? value.join(" ") : String(value)}`],
  );

const byHand = (what: string, { by, reason }: NonNullable<Lineage["approval"]>): [string, string] => [
  what,
  `by ${oneLine(by)}: ${oneLine(reason)}`,
];
