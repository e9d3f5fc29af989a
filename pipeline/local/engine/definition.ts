/** JSONata-mode Amazon States Language, as far as this engine goes. load-definition.ts refuses the rest by name. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Variables = Record<string, Json>;

/** A graph of states: the whole machine, a Parallel's branch or a Map's processor. */
export type Machine = { StartAt: string; States: Record<string, State> };
export type Definition = Machine & { TimeoutSeconds?: number };

/** What happens on the way out of a state; a missing Next is an End. */
export type Leaving = { Assign?: { [name: string]: Json }; Output?: Json; Next?: string };
export type Retrier = {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: "FULL" | "NONE";
};
export type Catcher = Leaving & { ErrorEquals: string[]; Next: string };
type CanFail = Leaving & { Retry?: Retrier[]; Catch?: Catcher[] };

export type TaskState = CanFail & {
  Type: "Task";
  Resource: string;
  Arguments?: Json;
  TimeoutSeconds?: number | string;
};
export type ParallelState = CanFail & { Type: "Parallel"; Branches: Machine[]; Arguments?: Json };
export type MapState = CanFail & {
  Type: "Map";
  Items?: Json;
  ItemSelector?: Json;
  ItemProcessor: Machine;
  MaxConcurrency?: number | string;
};
export type PassState = Leaving & { Type: "Pass" };
export type WaitState = Leaving & { Type: "Wait"; Seconds?: number | string; Timestamp?: string };
export type ChoiceState = {
  Type: "Choice";
  Choices: (Leaving & { Condition: boolean | string; Next: string })[];
  Default?: string;
  Assign?: { [name: string]: Json };
  Output?: Json;
};
export type SucceedState = { Type: "Succeed"; Output?: Json };
export type FailState = { Type: "Fail"; Error?: string; Cause?: string };
export type State =
  | TaskState
  | ParallelState
  | MapState
  | PassState
  | WaitState
  | ChoiceState
  | SucceedState
  | FailState;

export type CatchableState = TaskState | ParallelState | MapState;

/** The graphs inside a state. */
export function innerMachines(state: State): Machine[] {
  if (state.Type === "Parallel") return state.Branches;
  return state.Type === "Map" ? [state.ItemProcessor] : [];
}
