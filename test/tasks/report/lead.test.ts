// What the head and the end of a run's page say of a promotion.
import { expect, test } from "vitest";
import { grid } from "../../../tasks/report/elements.ts";
import { reportOf } from "../../../tasks/report/report.ts";
import { head, headline } from "../../../tasks/report/sections/head.ts";
import { commandsAfter } from "../../../tasks/report/sections/next.ts";
import { verdictSection } from "../../../tasks/report/sections/verdict.ts";
import { fullView, verdict } from "./full-view.ts";

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

test("a learning curve is shown as one, and its run offers nothing that would be refused", () => {
  const curve = {
    ...{ algorithm: "linear", metric: "f1", gain: null, isWorthIt: "unclear", says: "Take a larger export." },
    points: [
      { share: 0.5, documents: 1234, trainings: 1, asked: 2, score: 0.8, standardError: 0.01 },
      { share: 1, documents: 2468, trainings: 0, asked: 2, score: null, standardError: null },
    ],
  } as const;
  const files = { ...fullView.files, verdict: null, evaluation: null, analysis: null, receipt: null };
  const run = { status: "SUCCEEDED", error: null, generation: null, curves: [curve], files } as const;
  const view = { ...fullView, ...run } as unknown as typeof fullView;
  expect(headline(view)).toBe("Measured");
  const page = reportOf(view);
  for (const part of [
    "Learning curve of linear",
    "Take a larger export.",
    "1,234",
    "1 of 2",
    "0.8000",
    "failed",
  ])
    expect(page).toContain(part);
  expect(page).not.toMatch(/pbp (promote|rerun|rollback)|Taken: the simplest/);
});

test("where all resamples have one score, it is written once below the heap", () => {
  const ends = (lower: number, upper: number) => {
    const page = reportOf({ ...fullView, spread: { ...fullView.spread!, lower, upper } });
    const [heap = ""] = /How sure is[\s\S]*?<\/svg>/.exec(page) ?? [];
    return heap.match(/<text[^>]*>[^<]*<\/text>/g)?.length;
  };
  expect([ends(0.7, 0.8), ends(0.75, 0.75)]).toEqual([2, 1]);
});

test("a warning of the gate is no tick", () => {
  const reasons = [
    { rule: "minimum", passed: true, message: "Accuracy 0.9990 is above the minimum 0.5000." },
    { rule: "suspicious", passed: true, message: "Warning: Accuracy 0.9990 is above 0.995." },
    { rule: "baseline", passed: false, message: "Accuracy 0.9990 is not above the baseline." },
  ];
  const section = String(grid([verdictSection({ ...verdict, reasons } as unknown as typeof verdict)]));
  expect([...section.matchAll(/aria-hidden="true">(.)</g)].map(([, mark]) => mark)).toEqual(["✓", "!", "✗"]);
});
