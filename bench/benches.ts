// The benches that `npm run bench` runs. What one needs is named in its command: <keyphrases>, an option of bench/run.ts.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { python } from "../pipeline/python.ts";

export type Bench = {
  /** What is measured, as a heading of docs/measured.md. */
  what: string;
  /** As a person types it, at the size that the pages claim. */
  command: string;
  /** Of one run on two quiet cores. */
  minutes: number;
  /** It has jobs run as `pbp run` does: no children of the bench's, so what else ran meanwhile is not known. */
  runsJobs?: true;
};

export type Inputs = Readonly<Record<Input, readonly string[]>>;
export type Input = keyof typeof inputs;

/** What a command may ask for, in its words. */
export const inputs = {
  keyphrases: "an export with keyphrases: of the NCBI disease corpus, for the figures here",
  "long-notes": "an export of notes longer than the base model reads: of MTSamples, for the figures here",
  classes: "exports of classes; may be given several times",
  "long-classes":
    "an export of classes of texts longer than the base model reads: of MTSamples, for the figures here",
  checkout: "the folder of another commit, set up, to compare with: of d1cfc02, for the figures here",
  home: "a home whose latest run was promoted; by default that of `npm run demo`, where it has run",
} as const;
export const inputNames = Object.keys(inputs) as Input[];

/** Runs of a bench: three, but of one that takes longer than this only one. */
const longMinutes = 5;
export const repetitionsOf = ({ minutes }: Bench): number => (minutes > longMinutes ? 1 : 3);
/** Above this a bench runs only when it is named. */
export const namedOnlyMinutes = 15;

export const benches: Readonly<Record<string, Bench>> = {
  setup: { what: "Set-up of a bare clone", command: "node bench/setup.ts", minutes: 1.5 },
  "whole-run": {
    what: "The demo, and where its time goes",
    command: "node bench/whole-run/whole-run.ts",
    minutes: 3,
    runsJobs: true,
  },
  train: {
    what: "Training, beside transformers' Trainer (padding to 128, fp32)",
    command:
      ".venv/bin/python bench/jobs/train_bench.py <keyphrases> --rows 1000 --epochs 3 --learning-rate 5e-4",
    minutes: 4,
  },
  "train-beside": {
    what: "Training, beside another commit",
    command:
      ".venv/bin/python bench/jobs/train_bench.py <keyphrases> --rows 1000 --epochs 3 --learning-rate 5e-4 --beside <checkout>",
    minutes: 1.3,
  },
  embed: {
    what: "Embedding sentences, beside SentenceTransformer.encode",
    command: ".venv/bin/python bench/jobs/embed_bench.py <keyphrases> --texts 2500",
    minutes: 0.6,
  },
  "embed-long": {
    what: "Embedding notes longer than the model reads, beside SentenceTransformer.encode",
    command: ".venv/bin/python bench/jobs/embed_bench.py <long-notes> --texts 500",
    minutes: 1.5,
  },
  linear: {
    what: "The linear model, beside scikit-learn's TF-IDF with logistic regression",
    command: ".venv/bin/python bench/jobs/linear_bench.py <classes>",
    minutes: 4,
  },
  classes: {
    what: "The algorithms for classes side by side",
    command: ".venv/bin/python bench/jobs/classes_bench.py <classes>",
    minutes: 40,
  },
  tuning: {
    what: "Tuning, beside Optuna",
    command: ".venv/bin/python bench/jobs/tuning_bench.py <classes> --algorithm linear",
    minutes: 30,
  },
  pooling: {
    what: "Ways to pool the windows of long texts",
    command: ".venv/bin/python bench/jobs/pooling_bench.py <long-classes>",
    minutes: 5,
  },
  "many-labels": {
    what: "Memory for many labels",
    command: ".venv/bin/python bench/jobs/many_labels_bench.py --texts 10000",
    minutes: 2,
  },
  preprocess: {
    what: "Preprocess, an export of 1 GB with keyphrases",
    command: "node bench/preprocess.ts",
    minutes: 2,
  },
  "preprocess-classes": {
    what: "Preprocess, an export of 1 GB with classes",
    command: "node bench/preprocess.ts 1700 --kind multi-label",
    minutes: 3,
  },
  "preprocess-beside": {
    what: "Preprocess, beside another commit",
    command: "node bench/preprocess-beside.ts <checkout>",
    minutes: 5,
  },
  importing: {
    what: "`pbp import`, 20 MB of each format",
    command: "node bench/importing/importing.ts --megabytes 20",
    minutes: 5.5,
  },
  receive: {
    what: "A selection of 1 GB at the dashboard's door",
    command: "node bench/receive.ts",
    minutes: 1.5,
  },
  promotion: {
    what: "Promotion and rollback of a bundle of 430 MB",
    command: "node bench/promotion.ts",
    minutes: 1,
  },
  reader: {
    what: "The Python reader, one thread a call beside PyTorch's threads",
    command:
      ".venv/bin/python bench/reader/reader_bench.py <home>/efs/models samples/exports/sample-export.json.gz",
    minutes: 1.5,
  },
  serve: {
    what: "`pbp serve`, beside Starlette around the library's own pipeline",
    command: "npm run bench:serve",
    minutes: 5,
  },
  attribution: {
    what: "Explaining an answer",
    command:
      ".venv/bin/python bench/reader/attribution_bench.py <home>/efs/models samples/exports/sample-export.json.gz",
    minutes: 1,
  },
  lambdas: { what: "The Lambda functions' bundles", command: "node bench/lambdas.ts", minutes: 1 },
  engine: { what: "The local engine", command: "node bench/engine.ts", minutes: 0.2 },
  listing: { what: "Lists and pages of 1,000 executions", command: "node bench/listing.ts", minutes: 1 },
  eyes: {
    what: "What it costs a run that people can look into it",
    command: "node bench/eyes/eyes.ts --home <home>",
    minutes: 0.5,
  },
  drift: {
    what: "How often drift is told where there is none",
    command: "node bench/drift.ts <keyphrases>",
    minutes: 0.5,
  },
  verdicts: {
    what: "The gate on real models",
    command: "node bench/verdicts.ts <keyphrases>",
    minutes: 120,
  },
  suggest: {
    what: "What suggested notes teach, beside notes at random",
    command: "node bench/suggest.ts <keyphrases>",
    minutes: 75,
    runsJobs: true,
  },
  gpu: {
    what: "Embed, Train and Evaluate on a GPU",
    command: ".venv/bin/python bench/gpu/run.py",
    minutes: 8,
  },
};

const root = fileURLToPath(new URL("../", import.meta.url));

export function neededBy({ command }: Bench): Input[] {
  return inputNames.filter((input) => command.includes(`<${input}>`));
}

/** The words to start, where everything is given: a word that names an input once for each value. */
export function wordsOf({ command }: Bench, given: Inputs): string[] {
  const words = command.split(" ").flatMap((word) => {
    const input = /<([\w-]+)>/.exec(word)?.[1] as Input | undefined;
    return input ? given[input].map((value) => word.replace(`<${input}>`, value)) : [word];
  });
  const [program, ...rest] = words;
  if (program === "node") return [process.execPath, ...rest];
  return program === ".venv/bin/python" ? [python, ...rest] : words;
}

/** Why a bench cannot run on this machine with these inputs; null where it can. */
export function obstacle(name: string, given: Inputs): string | null {
  const missing = neededBy(benches[name]!).filter((input) => given[input].length === 0);
  if (missing.length > 0) return missing.map((input) => `--${input}: ${inputs[input]}`).join("; ");
  return name === "gpu" && !existsSync("/dev/nvidia0") ? "a GPU of NVIDIA" : null;
}

/** The demo's home, if there is one. */
export function demoHome(): string[] {
  const home = join(root, ".pbp/demo");
  return existsSync(join(home, "efs/models/current")) ? [home] : [];
}
