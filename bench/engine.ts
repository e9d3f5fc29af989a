/**
 * What the local engine itself costs: time per state and per event, with every event on the disk before it takes
 * effect.
 *
 *   node bench/engine.ts [folder]      the folder decides which disk is measured; default: the working directory
 */
import { fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../pipeline/local/engine/definition.ts";
import { describeExecution } from "../pipeline/local/engine/describe.ts";
import { startExecution } from "../pipeline/local/engine/executions.ts";
import { homeAt } from "../pipeline/local/machine/home.ts";
import { keepFigure, median } from "./recording/record.ts";

const RUNS = 5;
const STATES = 40;
const LAMBDA = "arn:aws:states:::lambda:invoke";

const root = mkdtempSync(join(process.argv[2] ?? ".", "bench-engine-"));
process.on("exit", () => rmSync(root, { recursive: true }));

/** A chain of STATES states that all look like `state`, each with an expression to evaluate. */
function chain(state: { [key: string]: Json }): Json {
  const names = Array.from({ length: STATES }, (_, index) => `S${index}`);
  const states = names.map((name, index) => {
    const next = names[index + 1];
    return [name, { ...state, ...(next === undefined ? { End: true } : { Next: next }) }] as const;
  });
  return { QueryLanguage: "JSONata", StartAt: "S0", States: Object.fromEntries(states) };
}

const branch = (name: string): Json => ({ StartAt: name, States: { [name]: { Type: "Pass", End: true } } });
const wide: Json = {
  QueryLanguage: "JSONata",
  StartAt: "P",
  States: {
    P: { Type: "Parallel", Branches: Array.from({ length: STATES }, (_, i) => branch(`B${i}`)), End: true },
  },
};
const Output = "{% $merge([$states.input, {'count': $states.input.count + 1}]) %}";

const machines: [string, Json][] = [
  [`${STATES} Pass states in a row`, chain({ Type: "Pass", Output })],
  [
    `${STATES} Task states in a row`,
    chain({ Type: "Task", Resource: LAMBDA, Arguments: "{% $states.input %}" }),
  ],
  [`${STATES} branches of a Parallel`, wide],
];

const input = {
  count: 0,
  run: { execution: "run-1", keys: Array.from({ length: 30 }, (_, i) => `runs/run-1/${i}`) },
};
const column = (value: number) => value.toFixed(2).padStart(13);

console.log(`${"".padEnd(30)} ms per state  ms per event   events`);
for (const [title, definition] of machines) {
  const home = homeAt(join(root, title.replaceAll(" ", "-")));
  const milliseconds: number[] = [];
  let events = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const began = performance.now();
    const name = `run-${run}`;
    await startExecution({ home, definition, name, input, tasks: { [LAMBDA]: async (args) => args } });
    milliseconds.push(performance.now() - began);
    events = describeExecution(home, name).eventCount;
  }
  const whole = median(milliseconds);
  keepFigure({ what: `a state, of ${title}`, figure: whole / STATES, unit: "ms" });
  console.log(
    `${title.padEnd(30)}${column(whole / STATES)} ${column(whole / events)} ${String(events).padStart(8)}`,
  );
}

const file = openSync(join(root, "sync"), "a");
const syncs: number[] = [];
for (let run = 0; run < 200; run += 1) {
  const began = performance.now();
  writeSync(file, `${"x".repeat(500)}\n`);
  fdatasyncSync(file);
  syncs.push(performance.now() - began);
}
const sync = median(syncs);
console.log(`one write of 500 bytes with fdatasync on this disk: ${sync.toFixed(2)} ms`);
keepFigure({ what: "one write of 500 bytes with fdatasync", figure: sync, unit: "ms" });
