import type { State, StateMachine } from "../asl.ts";

/** An arrow of the picture. `label` is empty where the arrow needs no word: the only way on, or any error. */
export type Transition = { from: string; to: string; label: string; caught: boolean };

export const startDot = "(start)";
const endDot = "(end)";

export function transitionsOf({ StartAt, States }: StateMachine): Transition[] {
  return [
    { from: startDot, to: StartAt, label: "", caught: false },
    ...Object.entries(States).flatMap(([from, state]) => onwardOf(state).map((one) => ({ from, ...one }))),
  ];
}

/** The states of an execution in which nothing fails and the first rule of each Choice holds, in order. */
export function wayOf(transitions: readonly Transition[]): string[] {
  const way = [startDot];
  for (;;) {
    const next = transitions.find(({ from, caught }) => from === way.at(-1) && !caught)?.to;
    if (next === undefined || way.includes(next)) return way;
    way.push(next);
  }
}

function onwardOf(state: State): Omit<Transition, "from">[] {
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
          label: ErrorEquals.includes("States.ALL") ? "" : ErrorEquals.join(", "),
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
