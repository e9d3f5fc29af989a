import { afterAll, beforeAll, expect, test } from "vitest";
import { placeOf } from "../../schemas/models/registered-models.ts";
import { handler as history } from "../../tasks/operators/history.ts";
import { handler as rollback } from "../../tasks/operators/rollback.ts";
import { handler as readChampion } from "../../tasks/read-champion.ts";
import { deploy, failure } from "./deployment.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.remove());

const asked = { to: null, reason: "odd keyphrases", actor: "rollback-1" };

test("an empty models folder has no history, and nothing to roll back to", async () => {
  expect(await history({})).toEqual({
    generations: [],
    total: 0,
    models: ["keyphrases"],
    traffic: { newest: null, answers: false, problem: null },
    policy: { policy: null, problem: null, withoutRule: [] },
  });
  expect(await failure(rollback(asked))).toEqual({
    name: "InvalidInput",
    message: expect.stringContaining("nothing to roll back to"),
  });
});

test("a name that no model has is told, with those that there are", async () => {
  expect(await history({ model: "specialty" })).toMatchObject({
    generations: [],
    total: 0,
    models: ["keyphrases"],
  });
  expect(await failure(rollback({ ...asked, model: "specialty" }))).toEqual({
    name: "InvalidInput",
    message: expect.stringMatching(/no registered model specialty\. Known are: keyphrases\./),
  });
});

test.each(["..", "../models", "a/b", "Specialty", "registered", ""])(
  "the model %j leads nowhere",
  async (model) => {
    for (const refused of [
      failure(rollback({ ...asked, model })),
      failure(history({ model })),
      failure(readChampion({ model, kind: "keyphrases" })),
    ])
      expect((await refused).message).toMatch(/\/model must/);
    expect(() => placeOf(model)).toThrow("lower-case letters");
  },
);

test.each([
  ["no reason", { ...asked, reason: "" }],
  ["a generation that is no number", { ...asked, to: "3" }],
  ["generation 0", { ...asked, to: 0 }],
  ["another field", { ...asked, force: true }],
])("an operator's input with %s is refused by name", async (_, input) => {
  expect((await failure(rollback(input))).name).toBe("InvalidInput");
});
