import { afterAll, beforeAll, expect, test } from "vitest";
import { handler as history } from "../../tasks/history.ts";
import { handler as rollback } from "../../tasks/rollback.ts";
import { deploy, failure } from "./deployment.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.remove());

const asked = { to: null, reason: "odd keyphrases", actor: "rollback-1" };

test("an empty models folder has no history, and nothing to roll back to", async () => {
  expect(await history({})).toEqual({ generations: [], total: 0 });
  expect(await failure(rollback(asked))).toEqual({
    name: "InvalidInput",
    message: expect.stringContaining("nothing to roll back to"),
  });
});

test.each([
  ["no reason", { ...asked, reason: "" }],
  ["a generation that is no number", { ...asked, to: "3" }],
  ["generation 0", { ...asked, to: 0 }],
  ["another field", { ...asked, force: true }],
])("an operator's input with %s is refused by name", async (_, input) => {
  expect((await failure(rollback(input))).name).toBe("InvalidInput");
});
