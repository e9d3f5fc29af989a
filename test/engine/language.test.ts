import { describe, expect, it } from "vitest";
import { startExecution } from "../../pipeline/local/engine/executions.ts";
import { type Case, mockTasks, readCases } from "./cases.ts";
import { fakeClock } from "./fake-clock.ts";
import { temporaryHome } from "./journal.ts";

async function run({ definition, input, tasks: answers = {} }: Case) {
  const clock = fakeClock();
  const { tasks, calls } = mockTasks(answers, clock);
  const home = temporaryHome();
  const execution = await startExecution({ home, definition, name: "case", input, tasks, clock });
  const seconds = (Date.parse(execution.stopDate ?? "") - Date.parse(execution.startDate)) / 1000;
  const attempts = Object.fromEntries(Object.entries(calls).map(([state, made]) => [state, made.length]));
  return { ...execution, seconds, attempts, calls };
}

for (const { topic, cases } of readCases()) {
  describe(topic, () => {
    it.each(cases)("$name", async (one) => {
      const { invalid, maximumSeconds, ...expected } = one.expect;
      if (invalid !== undefined) {
        await expect(run(one)).rejects.toThrow(invalid);
        return;
      }
      const ended = await run(one);
      expect(ended).toMatchObject(expected);
      if (expected.output !== undefined) expect(ended.output).toEqual(expected.output);
      if (expected.attempts !== undefined) expect(ended.attempts).toEqual(expected.attempts);
      if (maximumSeconds !== undefined) expect(ended.seconds).toBeLessThanOrEqual(maximumSeconds);
    });
  });
}

it("is a table of all that the engine claims", () => {
  const names = readCases().flatMap(({ cases }) => cases.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(100);
});
