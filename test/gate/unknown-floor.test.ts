import { afterAll, beforeAll, expect, test } from "vitest";
import { labelsReference } from "../../tasks/store/label-set.ts";
import { exportOf, preprocess } from "../preprocess/world.ts";
import { deploy, failure } from "../tasks/deployment.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.remove());

const content = exportOf([
  { recordId: "r-1", text: "A fever.", keyphrases: [], split: "train" },
  { recordId: "r-2", text: "No fever.", keyphrases: [], split: "test" },
]);
const gate = { metric: "accuracy" as const, minimum: 0.5, minimumImprovement: 0, confidence: null };

test("a floor for a label that the export does not have is refused before any training is paid for", async () => {
  const floors = { ...gate, labelMinimum: { test: 0.1, procedure: 0.5 } };
  const thrown = await failure(preprocess(deployment.store, content, { gate: floors }));
  expect(thrown).toEqual({
    name: "InvalidInput",
    message: "/gate/labelMinimum must name labels of the export (problem, test), not procedure.",
  });
});

test("floors for labels of the export are fine", async () => {
  const floors = { ...gate, labelMinimum: { test: 0.1, problem: 0 } };
  const dataset = await preprocess(deployment.store, content, { gate: floors });
  expect(dataset.labels).toEqual(labelsReference(["problem", "test"]));
});
