import { noSummary } from "../../results/summary.ts";
import { type Command, UsageError, wholeNumber } from "../command.ts";
import { inputOptions } from "../execution-input.ts";
import { readingOptions } from "../importing.ts";
import { executeExport } from "./run.ts";

// Neither tuned nor judged.
const notAsked = ["tune", "parallel", "gate", "metric"];
const settings = Object.fromEntries(
  Object.entries(inputOptions).filter(([name]) => !notAsked.includes(name)),
);
const defaultShares = [0.25, 0.5, 1];

export const trainCurve: Command = {
  name: "train-curve",
  summary: "train on shares of an export, to see whether labelling more is worth it",
  details: `Trains on a quarter, a half and all of the training groups (patients, encounters, or texts without either), and
scores each model on the same validation side. It is an execution of the same state machine, which ends after the
trainings: nothing is embedded, judged or promoted. What it ends with is also what pbp show says of it.`,
  arguments: [{ name: "export", help: "the export file, or what another tool wrote (see pbp import)" }],
  options: {
    shares: {
      value: "LIST",
      help: "shares of the training groups, with commas between (default 0.25,0.5,1)",
    },
    seeds: {
      value: "N",
      help: "trainings of each share, 1 to 10, which differ by the seed (default 1); linear and frozen models do not depend on it, and are trained once",
    },
    ...settings,
    ...readingOptions,
  },
  examples: [
    "train-curve export.json.gz",
    "train-curve export.json.gz --seeds 3 --epochs 5",
    "train-curve export.json.gz --shares 0.1,0.3,1 --json | tail -n 1",
    "train-curve mails.json.gz --algorithms linear",
  ],
  nothing: noSummary,
  async run({ arguments: [file = ""], options }) {
    const curve = {
      shares: sharesIn(options.shares),
      seeds: wholeNumber(options, "seeds", { to: 10, usual: 1 }),
    };
    return executeExport(file, options, { curve });
  },
};

function sharesIn(text: string | undefined): number[] {
  if (text === undefined) return defaultShares;
  const shares = text.split(",").map((part) => (/^[0-9.]+$/.test(part) ? Number(part) : Number.NaN));
  const rise = shares.every((share, index) => share > (shares[index - 1] ?? 0));
  if (shares.length < 2 || shares.length > 10 || !rise || !(shares[0]! >= 0.01 && shares.at(-1)! <= 1))
    throw new UsageError(
      "--shares takes two to ten numbers from 0.01 to 1, each above the one before, with commas between.",
    );
  return shares;
}
