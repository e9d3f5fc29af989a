import { mkdirSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryEvent } from "../../pipeline/execution.ts";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { describeExecution, listExecutions, readHistory } from "../../pipeline/local/engine/describe.ts";
import { resumeExecution, startExecution } from "../../pipeline/local/engine/executions.ts";
import { TaskError, type TaskRunners } from "../../pipeline/local/engine/task-runner.ts";
import { executionFiles, type Home } from "../../pipeline/local/machine/home.ts";
import { fakeClock } from "./fake-clock.ts";
import { crashedAfter, journalBytes, lineEnds, SLOW_MACHINE_MS, temporaryHome } from "./journal.ts";

const LAMBDA = "arn:aws:states:::lambda:invoke";
const task = (fields: Record<string, Json>) => ({ Type: "Task", Resource: LAMBDA, ...fields });
const step = (payload: Json, fields: Record<string, Json>) => task({ Arguments: { payload }, ...fields });

const machines: Record<string, { definition: Json; input: Json }> = {
  "a chain with variables, a choice and a loop": {
    input: { rounds: 2 },
    definition: {
      QueryLanguage: "JSONata",
      StartAt: "First",
      States: {
        First: step("{% $states.input.rounds %}", {
          Assign: { rounds: "{% $states.result.payload %}", trail: ["first"] },
          Next: "Round",
        }),
        Round: step("{% 'round ' & $count($trail) %}", {
          Assign: { trail: "{% $append($trail, $states.result.payload) %}" },
          Next: "More",
        }),
        More: {
          Type: "Choice",
          Choices: [{ Condition: "{% $count($trail) <= $rounds %}", Next: "Rest", Assign: { rested: true } }],
          Default: "End",
        },
        Rest: { Type: "Wait", Seconds: 30, Next: "Round" },
        End: { Type: "Succeed", Output: { trail: "{% $trail %}", rested: "{% $rested %}" } },
      },
    },
  },
  "nested Parallels beside each other": {
    input: 1,
    definition: {
      QueryLanguage: "JSONata",
      StartAt: "Before",
      States: {
        Before: step("before", { Assign: { base: "{% $states.input %}" }, Output: {}, Next: "Jobs" }),
        Jobs: {
          Type: "Parallel",
          Branches: [
            {
              StartAt: "Embed",
              States: {
                Embed: step("{% 'embed ' & $base %}", {
                  Assign: { key: "{% $states.result.payload %}" },
                  Next: "Check",
                }),
                Check: step("{% 'check ' & $key %}", { End: true }),
              },
            },
            {
              StartAt: "Both",
              States: {
                Both: {
                  Type: "Parallel",
                  Branches: [
                    { StartAt: "Train", States: { Train: step("train", { End: true }) } },
                    {
                      StartAt: "Pause",
                      States: {
                        Pause: { Type: "Wait", Seconds: 5, Next: "Late" },
                        Late: step("late", { End: true }),
                      },
                    },
                  ],
                  Output: "{% $states.result.payload %}",
                  Next: "After",
                },
                After: step("{% $states.input %}", { End: true }),
              },
            },
          ],
          Assign: { all: "{% $states.result.payload %}" },
          Next: "End",
        },
        End: { Type: "Pass", Output: { base: "{% $base %}", all: "{% $all %}" }, End: true },
      },
    },
  },
  "a Map, a retry and a catch": {
    input: ["a", "b", "c"],
    definition: {
      QueryLanguage: "JSONata",
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          Items: "{% $states.input %}",
          MaxConcurrency: 2,
          ItemProcessor: {
            StartAt: "Item",
            States: {
              Item: step("{% 'item ' & $states.input %}", {
                Assign: { own: "{% $states.input %}" },
                Next: "Again",
              }),
              Again: step("{% 'again ' & $own & $states.context.Map.Item.Index %}", { End: true }),
            },
          },
          Output: "{% $states.result.payload %}",
          Next: "Flaky",
        },
        Flaky: step("flaky", {
          Retry: [{ ErrorEquals: ["Flaky"] }],
          Output: "{% $states.input %}",
          Next: "Broken",
        }),
        Broken: step("broken", {
          Catch: [
            { ErrorEquals: ["Broken"], Next: "Mended", Assign: { why: "{% $states.errorOutput.Cause %}" } },
          ],
          End: true,
        }),
        Mended: { Type: "Pass", Output: "{% $why %}", End: true },
      },
    },
  },
};

/** Tasks that answer with their payload; `flaky` fails on every second call, `broken` always. */
function echoTasks(calls: string[]): TaskRunners {
  return {
    [LAMBDA]: async (args) => {
      const { payload } = args as { payload: Json };
      calls.push(JSON.stringify(args));
      const isFirst = calls.filter((call) => call === JSON.stringify(args)).length === 1;
      if (payload === "flaky" && isFirst) throw new TaskError("Flaky");
      if (payload === "broken") throw new TaskError("Broken", "for good");
      return { payload };
    },
  };
}

/** The arguments of every task whose success is in the journal. */
function finishedTasks(events: HistoryEvent[]): string[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return events
    .filter(({ type }) => type === "TaskSucceeded")
    .map((succeeded) => {
      let event: HistoryEvent | undefined = succeeded;
      while (event?.taskScheduledEventDetails === undefined) event = byId.get(event!.previousEventId);
      return event.taskScheduledEventDetails.parameters as string;
    });
}

/** How often each thing was finished; entering, scheduling and aborting may happen again, this may not. */
function finishedThings(events: HistoryEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of events) {
    const isOnce =
      type.endsWith("Exited") || /^(Map|Parallel)(State|Iteration)(Started|Succeeded)$/.test(type);
    if (isOnce) counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

/** The types of the events that led to the last one. */
function chainOf(events: HistoryEvent[]): string[] {
  const types: string[] = [];
  for (let event = events.at(-1); event !== undefined; event = events[event.previousEventId - 1])
    types.push(event.type);
  return types.reverse();
}

async function resumed(home: Home) {
  const before = finishedTasks(readHistory(home, "run"));
  const calls: string[] = [];
  const execution = await resumeExecution({ home, name: "run", tasks: echoTasks(calls), clock: fakeClock() });
  return { execution, repeated: calls.filter((call) => before.includes(call)) };
}

for (const [title, { definition, input }] of Object.entries(machines)) {
  describe(title, { timeout: SLOW_MACHINE_MS }, () => {
    async function undisturbed() {
      const home = temporaryHome();
      const tasks = echoTasks([]);
      const reference = await startExecution({
        home,
        definition,
        name: "run",
        input,
        tasks,
        clock: fakeClock(),
      });
      expect(reference.status).toBe("SUCCEEDED");
      const bytes = journalBytes(home, "run");
      return { home, reference, bytes, ends: lineEnds(bytes) };
    }

    it("ends the same after a crash behind any event, with no finished task run again", async () => {
      const { home, reference, bytes, ends } = await undisturbed();
      const once = finishedThings(readHistory(home, "run"));
      for (const end of ends.slice(0, -1)) {
        const crashed = crashedAfter(home, "run", bytes.subarray(0, end), `at-${end}`);
        expect(describeExecution(crashed, "run")).toMatchObject({ status: "RUNNING", isOwned: false });
        const { execution, repeated } = await resumed(crashed);
        expect(execution).toMatchObject({ status: "SUCCEEDED", redriveCount: 1 });
        expect(execution.output).toEqual(reference.output);
        expect(repeated).toEqual([]);
        const events = readHistory(crashed, "run");
        expect(finishedThings(events)).toEqual(once);
        expect(chainOf(events)).toEqual(expect.arrayContaining(["ExecutionStarted", "ExecutionRedriven"]));
      }
    });

    it("ends the same after several crashes in the middle of a write", async () => {
      const { home, reference, bytes, ends } = await undisturbed();
      let runs = 0;
      const cut = fc.double({ min: 0, max: 1, noNaN: true });
      await fc.assert(
        fc.asyncProperty(fc.array(cut, { minLength: 1, maxLength: 4 }), async (cuts) => {
          let [from, journal, kept] = [home, bytes, ends[0]!];
          for (const share of cuts) {
            // Never back behind what an earlier run had written and gone on from.
            const size = Math.floor(kept + share * (journal.length - 1 - kept));
            runs += 1;
            from = crashedAfter(from, "run", journal.subarray(0, size), `torn-${runs}`);
            const { execution, repeated } = await resumed(from);
            expect(execution.output).toEqual(reference.output);
            expect(repeated).toEqual([]);
            journal = journalBytes(from, "run");
            kept = lineEnds(journal)
              .filter((end) => end <= size + 1)
              .at(-1)!;
          }
        }),
        { numRuns: 25 },
      );
    });
  });
}

it("refuses a journal that is broken before its end", async () => {
  const home = temporaryHome();
  const { definition, input } = machines["nested Parallels beside each other"]!;
  await startExecution({ home, definition, name: "run", input, tasks: echoTasks([]), clock: fakeClock() });
  const bytes = journalBytes(home, "run");
  bytes[lineEnds(bytes)[2]! + 5] = 0;
  const broken = crashedAfter(home, "run", bytes, "broken");
  expect(() => describeExecution(broken, "run")).toThrow("line 4 is not the journal's event 4");
  const empty = crashedAfter(home, "run", Buffer.alloc(0), "empty");
  expect(() => describeExecution(empty, "run")).toThrow("does not begin with ExecutionStarted");
  // It hides no other.
  mkdirSync(executionFiles(home, "torn").folder);
  writeFileSync(executionFiles(home, "torn").history, bytes);
  expect(listExecutions(home).map(({ name }) => name)).toEqual(["run"]);
});
