// The states of a run as rows: those that the machine has, in its order, with what became of each.
import { machinesIn, type State, type StateMachine } from "../../../states/asl.ts";
import type { StateVisit } from "../../execution.ts";

export type Kind =
  | "Function"
  | "Processing job"
  | "Training job"
  | "Fargate task"
  | "Topic"
  | "Parallel"
  | "Map"
  | "Choice"
  | "End";

export type Row = {
  name: string;
  kind: Kind;
  /** Names whose error the state explains, and which it stands beside. */
  explains: boolean;
  /** 0: the machine itself and the first branch of a Parallel; 1: its second branch. */
  lane: number;
  visits: StateVisit[];
};

/** Rows of the states that do something, and of those that tell why an execution took its way. */
export function rowsOf(machine: StateMachine, visits: readonly StateVisit[]): Row[] {
  const byName = Map.groupBy(visits, ({ name }) => name);
  const rows = rowsIn(machine, 0, byName);
  const known = new Set(namesIn(machine));
  // Of an earlier version's machine.
  const others = [...byName].filter(([name, [first]]) => !known.has(name) && isShown(first!.type, name));
  return [
    ...rows,
    ...others.map(([name, own]): Row => ({ name, kind: "Function", explains: false, lane: 0, visits: own })),
  ];
}

function rowsIn({ States }: StateMachine, lane: number, byName: ReadonlyMap<string, StateVisit[]>): Row[] {
  return Object.entries(States).flatMap(([name, state]) => {
    const visits = byName.get(name) ?? [];
    const inside = machinesIn(state).flatMap((machine, at) => rowsIn(machine, lane + at, byName));
    const explains = name.endsWith("Failed");
    // What explains a failure is no part of the way before there is one.
    if (!isShown(state.Type, name) || (explains && visits.length === 0)) return inside;
    return [{ name, kind: kindOf(state), explains, lane, visits }, ...inside];
  });
}

/** Not what only hands on: a Pass, and the question whether a job was completed. */
const isShown = (type: string, name: string) =>
  type !== "Pass" && !(type === "Choice" && name.endsWith("Ended"));

function namesIn({ States }: StateMachine): string[] {
  return Object.entries(States).flatMap(([name, state]) => [name, ...machinesIn(state).flatMap(namesIn)]);
}

function kindOf(state: State): Kind {
  switch (state.Type) {
    case "Task":
      if (state.Resource.includes("createTrainingJob")) return "Training job";
      if (state.Resource.includes("createProcessingJob")) return "Processing job";
      if (state.Resource.includes("runTask")) return "Fargate task";
      return state.Resource.includes(":sns:") ? "Topic" : "Function";
    case "Parallel":
    case "Map":
    case "Choice":
      return state.Type;
    default:
      return "End";
  }
}
