// A bench's result: its shape, how it comes of several runs, and where it is kept.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { type Measurement, type Spread, spread } from "./record.ts";
import schema from "./result.schema.json" with { type: "json" };

export type Line = { what: string; unit: string; figure: Spread; against?: string; ratio?: Spread };

export type Result = {
  bench: string;
  command: string;
  machine: string;
  date: string;
  commit: string;
  load: number;
  otherCores: number | null;
  repetitions: number;
  minutes: number;
  lines: Line[];
};

export const resultsFolder = fileURLToPath(new URL("../results/", import.meta.url));

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
addFormats.default(ajv);
const isResult = ajv.compile<Result>(schema);
const isMeasurement = ajv.compile<Measurement>({ $ref: "bench-result#/$defs/measurement" });

/** Throws an error that names the file and the place. */
export function readResult(file: string): Result {
  const result: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!isResult(result))
    throw new Error(`${file}: ${ajv.errorsText(isResult.errors, { dataVar: "result" })}.`);
  return result;
}

export function readResults(): Map<string, Result> {
  const results = globSync(`${resultsFolder}*.json`).map(readResult);
  return new Map(results.map((result) => [result.bench, result]));
}

/** The lines of JSON that one run of a bench has left. Throws when there are none, or one is no measurement. */
export function measurementsIn(lines: string): Measurement[] {
  const found = lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const measurement: unknown = JSON.parse(line);
      if (isMeasurement(measurement)) return measurement;
      throw new Error(`It recorded what is no measurement: ${ajv.errorsText(isMeasurement.errors)}: ${line}`);
    });
  if (found.length === 0) throw new Error("It recorded nothing.");
  const twice = found.find(({ what }, index) => found.findIndex((other) => other.what === what) < index);
  if (twice) throw new Error(`It recorded this twice in one run: ${twice.what}.`);
  return found;
}

/** Median and range over runs of the same bench, which record the same figures. */
export function linesOf(runs: readonly (readonly Measurement[])[]): Line[] {
  return runs[0]!.map(({ what, unit, against }) => {
    const same = runs.map((run) => {
      const found = run.find((other) => other.what === what);
      if (!found) throw new Error(`Not every run recorded this: ${what}.`);
      return found;
    });
    return {
      what,
      unit,
      figure: spread(same.map(({ figure }) => kept(figure))),
      ...(against !== undefined && { against, ratio: spread(same.map(({ ratio }) => kept(ratio!))) }),
    };
  });
}

/** Six digits: more than any clock knows. */
const kept = (figure: number) => Number(figure.toPrecision(6));
