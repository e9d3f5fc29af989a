// What the head and the end of a run's page say of a promotion.
import { expect, test } from "vitest";
import { head } from "../../../tasks/report/sections/head.ts";
import { commandsAfter } from "../../../tasks/report/sections/next.ts";
import { fullView } from "./full-view.ts";

test("what overruled the gate is a sentence of its own, however the reason ends", () => {
  const said = (reason: string) => {
    const forced = { actor: "a@ops", reason, overruled: { verdict: "reject", rules: [] } };
    return String(head({ ...fullView, forced } as unknown as typeof fullView));
  };
  expect(said("labels renamed")).toContain("By a@ops: labels renamed. The gate had said reject.");
  expect(said("Really?")).toContain("By a@ops: Really? The gate had said reject.");
});

test("a rollback is offered where there is something to go back to", () => {
  const offered = (generation: number | null) =>
    commandsAfter({ ...fullView, status: "SUCCEEDED", generation }).some(([, command]) =>
      command.startsWith("pbp rollback"),
    );
  expect([null, 1, 2].map(offered)).toEqual([false, false, true]);
});
