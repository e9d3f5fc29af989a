// What every bench in TypeScript shares. record.py is its counterpart.
import { appendFileSync } from "node:fs";

export type Measurement = {
  what: string;
  figure: number;
  unit: string;
  /** What it was measured beside, and how many times as good it is: as fast, as small. */
  against?: string;
  ratio?: number;
};

/** Leaves a figure for docs/measured.md, if bench/run.ts runs this bench. What a bench prints is for people. */
export function keepFigure(measurement: Measurement): void {
  const file = process.env.BENCH_RECORD;
  if (file) appendFileSync(file, `${JSON.stringify(measurement)}\n`);
}

export type Spread = { median: number; min: number; max: number };

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export function spread(figures: readonly number[]): Spread {
  return { median: median(figures), min: Math.min(...figures), max: Math.max(...figures) };
}
