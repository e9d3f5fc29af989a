import { expect, test } from "vitest";
import { executionName } from "../../pipeline/cli/execution-name.ts";
import type { Installation } from "../../pipeline/installation.ts";

/** What both drivers answer for these executions, the latest first. */
function withExecutions(...names: string[]): Installation {
  return {
    options: " --cloud",
    namesFrom: async (beginning: string, limit: number) =>
      names.includes(beginning)
        ? [beginning]
        : names.filter((name) => name.startsWith(beginning)).slice(0, limit),
  } as unknown as Installation;
}

const three = withExecutions("notes-b2", "notes-b1", "notes");

test.each([
  ["latest", "notes-b2"],
  ["notes-b1", "notes-b1"],
  ["notes-b2", "notes-b2"],
  // A whole name is meant, although others begin with it.
  ["notes", "notes"],
  // What it is not, whoever looks for it says.
  ["other", "other"],
])("%s is %s", async (word, name) => {
  expect(await executionName(three, word)).toBe(name);
});

test("an empty name is that of no execution, not even of the only one", async () => {
  await expect(executionName(withExecutions("notes"), "")).rejects.toThrow("is empty");
});

test("a beginning of several names lists them", async () => {
  await expect(executionName(three, "notes-")).rejects.toMatchObject({
    name: "AmbiguousExecution",
    message: "Several executions begin with notes-: notes-b2, notes-b1. Type more of the name.",
  });
  const many = withExecutions(...Array.from({ length: 30 }, (_, at) => `run-${at}`));
  await expect(executionName(many, "run")).rejects.toThrow(/run-9, and more\. Type more/);
});

test("without executions, latest says how to start one", async () => {
  await expect(executionName(withExecutions(), "latest")).rejects.toThrow("pbp run <export> --cloud");
});
