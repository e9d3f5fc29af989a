import { expect, it } from "vitest";
import type { EngineError } from "../../pipeline/local/engine/engine-error.ts";
import { loadDefinition } from "../../pipeline/local/engine/load-definition.ts";

const LAMBDA = "arn:aws:states:::lambda:invoke";
type Fields = Record<string, unknown>;

const pass = (fields: Fields = {}) => ({ Type: "Pass", End: true, ...fields });
const task = (fields: Fields = {}) => ({ Type: "Task", Resource: LAMBDA, End: true, ...fields });
const machine = (States: Fields, fields: Fields = {}) => ({
  QueryLanguage: "JSONata",
  StartAt: Object.keys(States)[0],
  States,
  ...fields,
});
const branch = (States: Fields) => ({ StartAt: Object.keys(States)[0], States });

/** What is wrong with a definition, in the loader's words. */
function problems(definition: unknown): string {
  try {
    loadDefinition(definition, [LAMBDA]);
    return "";
  } catch (error) {
    expect((error as EngineError).name).toBe("InvalidDefinition");
    return (error as EngineError).message;
  }
}

it.each<[string, unknown, string]>([
  ["no object", "text", "definition must be an object"],
  [
    "another query language",
    { ...machine({ A: pass() }), QueryLanguage: "JSONPath" },
    "QueryLanguage must be JSONata",
  ],
  ["no query language", { StartAt: "A", States: { A: pass() } }, "QueryLanguage must be JSONata"],
  ["no states", { QueryLanguage: "JSONata", StartAt: "A" }, "definition needs StartAt and States"],
  ["a start that is missing", machine({ A: pass() }, { StartAt: "B" }), "definition.StartAt leads to B"],
  ["a Next that is missing", machine({ A: { Type: "Pass", Next: "B" } }), "A leads to B"],
  [
    "a Default that is missing",
    machine({ A: { Type: "Choice", Choices: [{ Condition: true, Next: "A" }], Default: "Z" } }),
    "A leads to Z",
  ],
  [
    "a catcher's Next that is missing",
    machine({ A: task({ Catch: [{ ErrorEquals: ["E"], Next: "Z" }] }) }),
    "A leads to Z",
  ],
  ["a state that nothing leads to", machine({ A: pass(), B: pass() }), "B is never reached"],
  ["neither Next nor End", machine({ A: { Type: "Pass" } }), "A needs either Next or End: true"],
  ["both Next and End", machine({ A: pass({ Next: "A" }) }), "A needs either Next or End: true"],
  [
    "a next state in another branch",
    machine({
      P: {
        Type: "Parallel",
        Branches: [branch({ A: { Type: "Pass", Next: "B" } }), branch({ B: pass() })],
        End: true,
      },
    }),
    "A leads to B",
  ],
  [
    "one name twice",
    machine({ P: { Type: "Parallel", Branches: [branch({ P: pass() })], End: true } }),
    "P[0].P needs a unique name of at most 80 characters",
  ],
  ["an unknown type", machine({ A: { Type: "Sleep" } }), "A.Type must be one of Task, Parallel, Map"],
  ["an unknown field", machine({ A: pass({ Outputs: 1 }) }), "A.Outputs is not supported"],
  ["an unknown machine field", machine({ A: pass() }, { States2: 1 }), "definition.States2 is not supported"],
  ["heartbeats", machine({ A: task({ HeartbeatSeconds: 1 }) }), "A.HeartbeatSeconds is not supported"],
  ["a JSONPath field", machine({ A: task({ ResultPath: "$.x" }) }), "A.ResultPath belongs to JSONPath"],
  [
    "a JSONPath choice",
    machine({ A: { Type: "Choice", Choices: [{ Variable: "$.x", Condition: true, Next: "A" }] } }),
    "A.Choices[0].Variable belongs to JSONPath",
  ],
  ["a JSONPath key", machine({ A: pass({ Output: { "x.$": "$.y" } }) }), "A.Output.x.$ belongs to JSONPath"],
  [
    "Catch on a Choice",
    machine({ A: { Type: "Choice", Choices: [{ Condition: true, Next: "A" }], Catch: [] } }),
    "A.Catch is not supported",
  ],
  ["Catch on a Pass", machine({ A: pass({ Catch: [] }) }), "A.Catch is not supported"],
  [
    "Retry on a Wait",
    machine({ A: { Type: "Wait", Seconds: 1, End: true, Retry: [] } }),
    "A.Retry is not supported",
  ],
  ["Assign on a Succeed", machine({ A: { Type: "Succeed", Assign: { x: 1 } } }), "A.Assign is not supported"],
  ["a Choice without rules", machine({ A: { Type: "Choice", Choices: [] } }), "A needs Choices"],
  [
    "a rule without Next",
    machine({ A: { Type: "Choice", Choices: [{ Condition: true }], Default: "A" } }),
    "A.Choices[0] needs Condition and Next",
  ],
  [
    "a Wait without a time",
    machine({ A: { Type: "Wait", End: true } }),
    "A needs either Seconds or Timestamp",
  ],
  [
    "a Wait with two",
    machine({ A: { Type: "Wait", Seconds: 1, Timestamp: "x", End: true } }),
    "A needs either Seconds or Timestamp",
  ],
  [
    "a Parallel without branches",
    machine({ A: { Type: "Parallel", Branches: [], End: true } }),
    "A needs Branches",
  ],
  ["a Map without processor", machine({ A: { Type: "Map", End: true } }), "A needs an ItemProcessor"],
  [
    "a distributed Map",
    machine({
      A: {
        Type: "Map",
        ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED" }, ...branch({ B: pass() }) },
        End: true,
      },
    }),
    "A[0].ProcessorConfig.Mode must be INLINE",
  ],
  [
    "a resource without runner",
    machine({ A: task({ Resource: "arn:aws:states:::sqs:sendMessage" }) }),
    "A.Resource arn:aws:states:::sqs:sendMessage has no runner here",
  ],
  [
    "a fractional timeout",
    machine({ A: task({ TimeoutSeconds: 1.5 }) }),
    "A.TimeoutSeconds must be a whole number from 1",
  ],
  [
    "a machine timeout of 0",
    machine({ A: pass() }, { TimeoutSeconds: 0 }),
    "definition.TimeoutSeconds must be a whole number from 1",
  ],
  [
    "States.ALL with others",
    machine({ A: task({ Retry: [{ ErrorEquals: ["States.ALL", "E"] }] }) }),
    "A.Retry[0] States.ALL must stand alone and last",
  ],
  [
    "States.ALL before others",
    machine({
      A: task({
        Catch: [
          { ErrorEquals: ["States.ALL"], Next: "B" },
          { ErrorEquals: ["E"], Next: "B" },
        ],
      }),
      B: pass(),
    }),
    "A.Catch[0] States.ALL must stand alone and last",
  ],
  ["no ErrorEquals", machine({ A: task({ Retry: [{}] }) }), "A.Retry[0] needs ErrorEquals"],
  [
    "an error that is never caught",
    machine({ A: task({ Retry: [{ ErrorEquals: ["States.Runtime"] }] }) }),
    "A.Retry[0] cannot match States.Runtime",
  ],
  [
    "an unknown States error",
    machine({ A: task({ Retry: [{ ErrorEquals: ["States.TaskFail"] }] }) }),
    "A.Retry[0] cannot match States.TaskFail",
  ],
  [
    "a shrinking backoff",
    machine({ A: task({ Retry: [{ ErrorEquals: ["E"], BackoffRate: 0.5 }] }) }),
    "A.Retry[0].BackoffRate must be at least 1",
  ],
  [
    "an unknown jitter",
    machine({ A: task({ Retry: [{ ErrorEquals: ["E"], JitterStrategy: "SOME" }] }) }),
    "A.Retry[0].JitterStrategy must be FULL or NONE",
  ],
  [
    "an expression that does not parse",
    machine({ A: pass({ Output: { x: ["{% 1 + %}"] } }) }),
    "A.Output.x[0] is not a JSONata expression (S0207",
  ],
  [
    "an expression without its end",
    machine({ A: pass({ Output: "{% 1" }) }),
    "A.Output starts with {% but does not end with %}",
  ],
  ["$eval", machine({ A: pass({ Output: "{% $eval('1') %}" }) }), "A.Output calls $eval"],
  [
    "a branch that assigns an outer variable",
    machine({
      A: { ...pass({ Assign: { x: 1 } }), End: undefined, Next: "P" },
      P: { Type: "Parallel", Branches: [branch({ B: pass({ Assign: { x: 2 } }) })], End: true },
    }),
    "P[0] assigns $x, which belongs to a scope around it",
  ],
  ["the reserved variable", machine({ A: pass({ Assign: { states: 1 } }) }), "cannot assign $states"],
  ["a variable with no name", machine({ A: pass({ Assign: { "a-b": 1 } }) }), "cannot assign $a-b"],
])("refuses %s", (_title, definition, expected) => {
  expect(problems(definition)).toContain(expected);
});

it("names every problem at once", () => {
  const found = problems(machine({ A: pass({ Parameters: {}, Next: "Z" }), B: { Type: "?" } })).split("; ");
  expect(found).toEqual([
    "A.Parameters belongs to JSONPath",
    "A needs either Next or End: true",
    "B.Type must be one of Task, Parallel, Map, Pass, Wait, Choice, Succeed, Fail",
    "A leads to Z, which is not a state on the same level",
    "B is never reached",
  ]);
});

it("takes what it supports", () => {
  const definition = machine(
    {
      A: task({
        Comment: "c",
        TimeoutSeconds: "{% 1 %}",
        End: undefined,
        Next: "M",
        Retry: [
          {
            ErrorEquals: ["E"],
            IntervalSeconds: 1,
            MaxAttempts: 0,
            MaxDelaySeconds: 2,
            JitterStrategy: "FULL",
          },
        ],
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "F", Assign: { e: "{% $states.errorOutput %}" } }],
      }),
      M: {
        Type: "Map",
        Items: "{% $states.input %}",
        MaxConcurrency: 2,
        ItemProcessor: branch({ I: pass() }),
        End: true,
      },
      F: { Type: "Fail", Error: "E", Cause: "{% $e.Cause %}" },
    },
    { Comment: "c", TimeoutSeconds: 3600, Version: "1.0" },
  );
  expect(problems(JSON.parse(JSON.stringify(definition)))).toBe("");
});
