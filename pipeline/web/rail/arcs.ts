import type { StateMachine } from "../../../states/asl.ts";
import { transitionsOf } from "../../../states/diagram/transitions.ts";
import type { Row } from "./rows.ts";

/** A transition that passes rows by. */
export type Arc = { from: number; to: number; caught: boolean; taken: boolean };

/**
 * The transitions of the machine between its rows that are not simply the next one; states without a row are passed
 * through.
 */
export function arcsOf(machine: StateMachine, rows: readonly Row[]): Arc[] {
  const transitions = transitionsOf(machine);
  const rowOf = new Map(rows.map(({ name }, index) => [name, index]));
  const top = Object.keys(machine.States).filter((name) => rowOf.has(name));
  const onward = (name: string, seen: ReadonlySet<string>): { to: string; caught: boolean }[] =>
    transitions
      .filter(({ from }) => from === name)
      .flatMap(({ to, caught }) => {
        if (rowOf.has(to)) return [{ to, caught }];
        if (seen.has(to)) return [];
        return onward(to, new Set([...seen, to])).map((one) => ({ ...one, caught: caught || one.caught }));
      });
  const taken = takenIn(top, rows);
  const arcs = new Map<string, Arc>();
  for (const [at, from] of top.entries())
    for (const { to, caught } of onward(from, new Set([from]))) {
      if (to === from || to === top[at + 1]) continue;
      const key = `${from} ${to}`;
      const arc = { from: rowOf.get(from)!, to: rowOf.get(to)!, caught, taken: taken.has(key) };
      // A way that is also there without an error is that.
      if (!arcs.has(key) || !caught) arcs.set(key, arc);
    }
  return [...arcs.values()].sort((a, b) => Math.abs(a.to - a.from) - Math.abs(b.to - b.from));
}

/** Pairs of states that were entered one after the other. */
export function takenIn(top: readonly string[], rows: readonly Row[]): Set<string> {
  const visits = rows
    .filter(({ name }) => top.includes(name))
    .flatMap(({ name, visits }, row) => visits.map(({ enteredDate }) => ({ name, row, at: enteredDate })))
    // Two in one millisecond came in the machine's order.
    .sort((a, b) => a.at.localeCompare(b.at) || a.row - b.row);
  return new Set(visits.slice(1).map(({ name }, at) => `${visits[at]!.name} ${name}`));
}
