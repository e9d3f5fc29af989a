import { machinesIn, type State, type StateMachine } from "../asl.ts";
import { startDot, type Transition, transitionsOf, wayOf } from "./transitions.ts";

export type Point = { x: number; y: number };

/** A state, or the dot at which a machine starts or ends; `x` and `y` are its centre. */
export type Box = {
  name: string;
  state: State | "start" | "end";
  x: number;
  y: number;
  width: number;
  height: number;
  /** What runs inside: the branches of a Parallel, side by side, or a Map's one; each with its left edge and its top. */
  branches: { picture: Picture; left: number; top: number }[];
};
export type Line = Transition & { points: Point[]; labelAt: Point | null };
export type Picture = { width: number; height: number; boxes: Box[]; lines: Line[] };

const letterWidth = { name: 8.6, label: 7 };
const stateSize = { leastWidth: 124, height: 48, air: 32 };
const dotSize = { width: 14, height: 14 };
/** Between rows, between the states of a row, between lines that run beside the states. */
const gap = { row: 24, column: 30, lane: 18 };
const margin = 6;
/** Room inside a Parallel or Map: its name above, air around. */
const branchInset = { side: 8, above: 32, below: 8, between: 12 };

/**
 * Where every state and transition of a machine goes. The way of an execution in which nothing fails runs straight
 * down; every other state stands beside it, and a line that skips rows runs beside them: back on the left, on at the
 * right. The same machine always gives the same picture.
 *
 * Why no layout library: dagre, tried before, bends the main way around the states that catch its errors.
 */
export function layOut(machine: StateMachine): Picture {
  const transitions = transitionsOf(machine);
  const rows = rowsOf(machine, transitions);
  placeRows(rows, transitions);
  const boxes = rows.flat();
  const lines = drawLines(rows, transitions);
  return framed(boxes, lines);
}

/** The boxes of each row, the one on the main way first. */
function rowsOf({ States }: StateMachine, transitions: readonly Transition[]): Box[][] {
  const rowOf = new Map(wayOf(transitions).map((name, row) => [name, row]));
  // A state off the way stands in the row of the state whose error it explains, else below whatever leads to it.
  for (let open = true; open; ) {
    open = false;
    for (const { from, to, caught } of transitions) {
      const row = rowOf.get(from);
      if (row === undefined || rowOf.has(to)) continue;
      rowOf.set(to, caught ? row : row + 1);
      open = true;
    }
  }
  const rows: Box[][] = [];
  for (const [name, row] of rowOf) {
    rows[row] ??= [];
    rows[row].push(boxOf(name, States[name]));
  }
  return rows;
}

function boxOf(name: string, state: State | undefined): Box {
  const nowhere = { x: 0, y: 0, branches: [] };
  if (!state) return { ...nowhere, ...dotSize, name, state: name === startDot ? "start" : "end" };
  const machines = machinesIn(state);
  if (machines.length > 0) return { ...nowhere, name, state, ...sideBySide(machines) };
  const width = Math.max(stateSize.leastWidth, name.length * letterWidth.name + stateSize.air);
  return { ...nowhere, name, state, width, height: stateSize.height };
}

function sideBySide(machines: readonly StateMachine[]): Pick<Box, "width" | "height" | "branches"> {
  const { side, above, below, between } = branchInset;
  let left = side;
  const branches = machines.map((machine) => {
    const branch = { picture: layOut(machine), left, top: above };
    left += branch.picture.width + between;
    return branch;
  });
  return {
    width: left - between + side,
    height: above + Math.max(...branches.map(({ picture }) => picture.height)) + below,
    branches,
  };
}

/**
 * The first box of each row is centred on x = 0; the others go right, left, right, … of what is there. What catches the
 * error of one of those stands beyond it, so that no way from one to the other leads through the first.
 */
function placeRows(rows: readonly Box[][], transitions: readonly Transition[]): void {
  let top = 0;
  for (const row of rows) {
    const height = Math.max(...row.map((box) => box.height));
    let [left, right] = [-row[0]!.width / 2, row[0]!.width / 2];
    for (const [index, box] of row.entries()) {
      box.y = top + height / 2;
      if (index === 0) continue;
      const caughtFrom = row
        .slice(1, index)
        .find(({ name }) =>
          transitions.some(({ from, to, caught }) => caught && from === name && to === box.name),
        );
      if (caughtFrom ? caughtFrom.x > 0 : index % 2 === 1) {
        box.x = right + gap.column + box.width / 2;
        right = box.x + box.width / 2;
      } else {
        box.x = left - gap.column - box.width / 2;
        left = box.x - box.width / 2;
      }
    }
    top += height + gap.row;
  }
}

function drawLines(rows: readonly Box[][], transitions: readonly Transition[]): Line[] {
  const rowOf = new Map(rows.flatMap((row, index) => row.map((box) => [box.name, { box, index }])));
  const lanes = { left: 0, right: 0 };
  const rowsBetween = ({ from, to }: Transition) => Math.abs(rowOf.get(to)!.index - rowOf.get(from)!.index);
  // The shortest first: it runs nearest to the states, and a longer one around it.
  const drawn = transitions.toSorted((a, b) => rowsBetween(a) - rowsBetween(b));
  return drawn.map((transition) => {
    const from = rowOf.get(transition.from)!;
    const to = rowOf.get(transition.to)!;
    if (from.index === to.index) return { ...transition, ...sideways(from.box, to.box, transition.caught) };
    const isBeside = to.index === from.index - 1 && to.box.x !== from.box.x;
    const isCovered = (box: Box) => box !== from.box && Math.abs(box.x - to.box.x) < box.width / 2;
    if (isBeside && rows[from.index]!.some(isCovered))
      return { ...transition, ...betweenRows(from.box, to.box, transition.label) };
    if ((to.index === from.index + 1 && !transition.caught) || isBeside)
      return { ...transition, ...toNextRow(from.box, to.box, transition.label) };
    // Back on the left, unless the line would first have to get past the way; and where other states are in the way, on
    // the other side.
    const usual = to.index < from.index && from.box.x <= to.box.x ? "left" : "right";
    const other = usual === "left" ? "right" : "left";
    const isFree = (side: "left" | "right") =>
      ![from, to].some(({ box, index }) =>
        rows[index]!.some(({ x }) => (side === "left" ? x < box.x : x > box.x)),
      );
    const side = isFree(usual) || !isFree(other) ? usual : other;
    const spanned = rows.slice(Math.min(from.index, to.index), Math.max(from.index, to.index) + 1).flat();
    const room = Math.max(gap.lane, transition.label.length * letterWidth.label + 2 * gap.lane);
    return { ...transition, ...beside(from.box, to.box, spanned, side, room, lanes[side]++) };
  });
}

type Way = Pick<Line, "points" | "labelAt">;

/** Between two states of a row: the error above, the way back below. */
function sideways(from: Box, to: Box, caught: boolean): Way {
  const direction = Math.sign(to.x - from.x);
  const y = from.y + (caught ? -10 : 10);
  const points = [
    { x: from.x + (direction * from.width) / 2, y },
    { x: to.x - (direction * to.width) / 2, y },
  ];
  return { points, labelAt: null };
}

/** Up to a state that has another one below it: between the two, beside the arrows that lead down. */
function betweenRows(from: Box, to: Box, label: string): Way {
  const aside = Math.sign(to.x - from.x) * gap.lane;
  const y = from.y - from.height / 2 - gap.row / 2;
  const [start, end] = [from.x + aside, to.x - aside];
  const points = [
    { x: start, y: from.y - from.height / 2 },
    { x: start, y },
    { x: end, y },
    { x: end, y: to.y + to.height / 2 },
  ];
  return { points, labelAt: label ? { x: (start + end) / 2, y } : null };
}

function toNextRow(from: Box, to: Box, label: string): Way {
  const down = Math.sign(to.y - from.y);
  const [top, bottom] = [from.y + (down * from.height) / 2, to.y - (down * to.height) / 2];
  if (from.x === to.x) {
    const labelAt = label
      ? { x: from.x + 8 + (label.length * letterWidth.label) / 2, y: (top + bottom) / 2 }
      : null;
    return {
      points: [
        { x: from.x, y: top },
        { x: to.x, y: bottom },
      ],
      labelAt,
    };
  }
  if (!label && Math.abs(to.x - from.x) < from.width / 2)
    return {
      points: [
        { x: to.x, y: top },
        { x: to.x, y: bottom },
      ],
      labelAt: null,
    };
  // Out of the side of the one, then straight onto the other.
  const side = { x: from.x + (Math.sign(to.x - from.x) * from.width) / 2, y: from.y };
  const labelAt = label ? { x: (side.x + to.x) / 2, y: from.y - 10 } : null;
  return { points: [side, { x: to.x, y: from.y }, { x: to.x, y: bottom }], labelAt };
}

/** Out of the side of the one, past everything in the rows between, into the side of the other. */
function beside(
  from: Box,
  to: Box,
  spanned: readonly Box[],
  side: "left" | "right",
  room: number,
  before: number,
): Way {
  const sign = side === "left" ? -1 : 1;
  const edge = ({ x, width }: Box) => x + (sign * width) / 2;
  const farthest = Math.max(...spanned.map((box) => sign * edge(box)), sign * edge(from) + room - gap.lane);
  const lane = sign * (farthest + gap.lane * (1 + before * 3));
  // Several lines may end at one state: each at its own height.
  const into = to.y - 4 + 12 * (before % 2);
  const points = [
    { x: edge(from), y: from.y },
    { x: lane, y: from.y },
    { x: lane, y: into },
    { x: edge(to), y: into },
  ];
  // Of two lines that leave on one side, one goes up and one down.
  const labelAt = { x: (edge(from) + lane) / 2, y: to.y < from.y ? from.y - 10 : from.y + 10 };
  return { points, labelAt };
}

/** Moves everything to where x and y begin at 0. */
function framed(boxes: Box[], lines: Line[]): Picture {
  const xs = [
    ...boxes.flatMap(({ x, width }) => [x - width / 2, x + width / 2]),
    ...lines.flatMap(({ points }) => points.map(({ x }) => x)),
  ];
  const left = Math.min(...xs) - margin;
  const moved = ({ x, y }: Point) => ({ x: x - left, y: y + margin });
  return {
    width: Math.max(...xs) - left + margin,
    height: Math.max(...boxes.map(({ y, height }) => y + height / 2)) + 2 * margin,
    boxes: boxes.map((box) => ({ ...box, ...moved(box) })),
    lines: lines.map(({ points, labelAt, ...line }) => ({
      ...line,
      points: points.map(moved),
      labelAt: labelAt && moved(labelAt),
    })),
  };
}
