// Where the emulator (ministack 1.5.33) does otherwise than the table of test/engine/cases says, and who is right.

/** Cases that differ for one reason. */
export type Difference = {
  /** What the emulator does. */
  emulator: string;
  /** What Step Functions does, in the words of this page of its developer guide. */
  rule: string;
  page: string;
  cases: readonly string[];
};

/** Cases that cannot be asked there. */
export const notCarried: readonly { why: string; cases: readonly string[] }[] = [
  {
    why: "time passes in them: the emulator has no clock to be set, and its waits are skipped",
    cases: [
      "a timeout is caught as States.Timeout",
      "the machine's TimeoutSeconds ends everything",
      "the machine's TimeoutSeconds interrupts a backoff",
      "outputs come in the order of the branches",
      "the first failure is the Parallel's, and stops the others",
      "an inner failure ends all levels",
      "States.TaskFailed does not match a timeout",
      "States.Timeout matches a timeout",
      "States.ALL matches a timeout",
      "a task that ends in time is no timeout",
    ],
  },
  {
    why: "with one set of variables for all branches, the result depends on which thread comes first",
    cases: ["two branches may use one name for their own variables"],
  },
];

/** In all of them the documentation is on the side of the table, and so of the local engine. */
export const differences: readonly Difference[] = [
  {
    emulator: "ignores the Output of a Succeed",
    rule: "Output is a field of Succeed, evaluated as in every other state.",
    page: "Transforming data with JSONata",
    cases: [
      "the first rule that holds decides",
      "no rule holds: Default",
      "a rule's own Assign counts, the state's does not",
      "the state's Assign counts with Default",
      "states follow Next, the output of one is the input of the next",
      "a Succeed in a branch ends only the branch",
    ],
  },
  {
    emulator: "ignores Arguments, Assign and Output of a Parallel",
    rule: "A Parallel takes Arguments for its branches, and Assign and Output for its result.",
    page: "Parallel workflow state",
    cases: ["each branch gets the input, or the Arguments", "a Parallel assigns from its branches' outputs"],
  },
  {
    emulator: "knows no limit for payloads and variables",
    rule: "256 KiB for input, output and one variable; beyond it States.DataLimitExceeded, which States.ALL does not match.",
    page: "Handling errors in Step Functions workflows",
    cases: [
      "an output over 262,144 bytes fails by name",
      "bytes count, not characters",
      "States.DataLimitExceeded passes States.ALL",
      "Arguments over the limit never reach the task",
      "branches whose outputs are too large together",
      "a variable over the limit",
      "a task's answer over the limit fails by name, and cannot be caught",
    ],
  },
  {
    emulator:
      "says States.NoChoiceMatched, as the language's specification does, and lets States.ALL catch it",
    rule: "No rule holds and there is no Default: an error due to a failure to transition out of the state, which the service reports as States.Runtime; States.ALL does not match that.",
    page: "Choice workflow state",
    cases: ["no rule holds and no Default: States.Runtime", "States.Runtime passes States.ALL"],
  },
  {
    emulator: "takes any value for true or false",
    rule: "Condition is an expression that evaluates to true or false; a value of another type is a States.QueryEvaluationError.",
    page: "Choice workflow state",
    cases: ["a condition that is no boolean fails by name"],
  },
  {
    emulator: "calls a result that is no JSON States.Runtime",
    rule: "What goes wrong in an expression, a result that JSON cannot represent too, is a States.QueryEvaluationError.",
    page: "Transforming data with JSONata",
    cases: ["a function is no result"],
  },
  {
    emulator: "accepts $eval",
    rule: "$eval is not supported; $parse takes its place.",
    page: "Transforming data with JSONata",
    cases: ["$eval is not there"],
  },
  {
    emulator: "makes up an error name, States.Fail",
    rule: "Error and Cause of a Fail are optional.",
    page: "Fail workflow state",
    cases: ["a Fail state without Error"],
  },
  {
    emulator: "has no RedriveCount in the context object, and no redrive",
    rule: "Execution.RedriveCount is part of the context object, 0 before the first redrive.",
    page: "Accessing execution data from the Context object in Step Functions",
    cases: ["the context object names execution, state and machine"],
  },
  {
    emulator: "does not read TimeoutSeconds of an activity",
    rule: "An expression whose value does not fit its field, TimeoutSeconds for one, is a States.QueryEvaluationError.",
    page: "Transforming data with JSONata",
    cases: ["a TimeoutSeconds that is no whole number fails by name"],
  },
  {
    emulator: "evaluates Output after Assign, with the new values, and one assignment after the other",
    rule: "All references in a state use the values as they were on entry.",
    page: "Passing data between states with variables",
    cases: ["Assign and Output see the variables as they were on entry"],
  },
  {
    emulator: "keeps one set of variables for all branches and the machine",
    rule: "Variables of a branch belong to the branch, and end with it.",
    page: "Passing data between states with variables",
    cases: ["a branch's variables end with it"],
  },
];

/** The differences as docs/independent-engines.md shows them. */
export function differencesTable(): string {
  const rows = differences.map(
    ({ emulator, rule, page, cases }) => `| ${emulator} | ${rule} (${page}) | ${cases.join(" · ")} |`,
  );
  return ["| the emulator | Step Functions | cases |", "|---|---|---|", ...rows].join("\n");
}

/** And what was not asked. */
export function notCarriedList(): string {
  return notCarried.map(({ why, cases }) => `- ${why}: ${cases.join(" · ")}`).join("\n");
}
