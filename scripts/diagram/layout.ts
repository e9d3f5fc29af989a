import { Graph, layout, type Point } from "@dagrejs/dagre";
import type { State, StateMachine } from "../../states/asl.ts";

/** A state, or the dot at which a machine starts or ends; `x` and `y` are its centre. */
export type Box = {
  name: string;
  state: State | "start" | "end";
  x: number;
  y: number;
  width: number;
  height: number;
  /** The branches of a Parallel, side by side, each with its left edge and its top. */
  branches: { picture: Picture; left: number; top: number }[];
};
export type Transition = { to: string; label: string; caught: boolean };
export type Line = Transition & { points: Point[]; labelAt: Point | null };
export type Picture = { width: number; height: number; boxes: Box[]; lines: Line[] };

const stateSize = { width: 156, height: 42 };
const dotSize = { width: 14, height: 14 };
const labelSize = { letterWidth: 6.2, height: 16 };
const branchGap = 16;
/** Room inside a Parallel: its name above, air around. */
const branchInset = { side: 14, above: 30, below: 12 };
const endDot = "(end)";

/** Where every state and transition of a machine goes, from top to bottom; the same input gives the same picture. */
export function layOut(machine: StateMachine): Picture {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 34, edgesep: 18, ranksep: 26, marginx: 6, marginy: 6 });
  const boxes = boxesOf(machine);
  for (const { name, width, height } of boxes) graph.setNode(name, { width, height });
  const transitions = transitionsOf(machine);
  for (const [index, { from, to, label, caught }] of transitions.entries())
    graph.setEdge(
      from,
      to,
      {
        // The way on is drawn straight, the catchers around it.
        weight: caught ? 1 : 4,
        ...(label && {
          labelpos: "r",
          width: label.length * labelSize.letterWidth,
          height: labelSize.height,
        }),
      },
      String(index),
    );
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    boxes: boxes.map((box) => {
      const { x = 0, y = 0 } = graph.node(box.name);
      return { ...box, x, y };
    }),
    lines: transitions.map(({ from, ...transition }, index) => {
      const { points = [], x, y } = graph.edge(from, transition.to, String(index));
      return { ...transition, points, labelAt: x === undefined || y === undefined ? null : { x, y } };
    }),
  };
}

function boxesOf({ States }: StateMachine): Box[] {
  const nowhere = { x: 0, y: 0, branches: [] };
  const states = Object.entries(States).map(([name, state]): Box => {
    const size = state.Type === "Parallel" ? parallel(state.Branches) : { ...stateSize, branches: [] };
    return { ...nowhere, name, state, ...size };
  });
  const ends = Object.values(States).some((state) => "End" in state);
  return [
    { ...nowhere, ...dotSize, name: "(start)", state: "start" },
    ...states,
    ...(ends ? [{ ...nowhere, ...dotSize, name: endDot, state: "end" } as const] : []),
  ];
}

function parallel(machines: readonly StateMachine[]): Pick<Box, "width" | "height" | "branches"> {
  const { side, above, below } = branchInset;
  let left = side;
  const branches = machines.map((machine) => {
    const branch = { picture: layOut(machine), left, top: above };
    left += branch.picture.width + branchGap;
    return branch;
  });
  return {
    width: left - branchGap + side,
    height: above + Math.max(...branches.map(({ picture }) => picture.height)) + below,
    branches,
  };
}

function transitionsOf({ StartAt, States }: StateMachine): (Transition & { from: string })[] {
  const from = (name: string, onward: Transition[]) => onward.map((one) => ({ from: name, ...one }));
  return [
    ...from("(start)", [{ to: StartAt, label: "", caught: false }]),
    ...Object.entries(States).flatMap(([name, state]) => from(name, onwardOf(state))),
  ];
}

function onwardOf(state: State): Transition[] {
  switch (state.Type) {
    case "Succeed":
    case "Fail":
      return [];
    case "Choice":
      return [
        ...state.Choices.map(({ Condition, Next }) => ({
          to: Next,
          label: compared(Condition),
          caught: false,
        })),
        { to: state.Default, label: "else", caught: false },
      ];
    default: {
      const next = { to: state.Next ?? endDot, label: "", caught: false };
      const catchers = state.Type === "Task" ? (state.Catch ?? []) : [];
      return [
        next,
        ...catchers.map(({ ErrorEquals, Next }) => ({
          to: Next,
          label: ErrorEquals.join(", ").replace("States.ALL", "any error"),
          caught: true,
        })),
      ];
    }
  }
}

/** What a condition compares with, `'promote'`; a condition of another kind as it is. */
function compared(condition: string): string {
  const literals = [...condition.matchAll(/'([^']*)'/g)].map(([, text]) => text!);
  return literals.length === 1 ? literals[0]! : condition.replace(/^\{%\s*|\s*%\}$/g, "");
}
