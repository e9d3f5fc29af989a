import { S3ServiceException } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { NamedError } from "../../schemas/tables/errors.ts";
import { door } from "../../tasks/lambda/door.ts";
import { task } from "../../tasks/lambda/task.ts";
import { failure } from "./deployment.ts";

const failing = (error: unknown) =>
  task({ type: "object" }, async () => {
    throw error;
  })({});

test("lets our errors pass as they are", async () => {
  expect(await failure(failing(new NamedError("InvalidExport", "line 3 is not JSON.")))).toEqual({
    name: "InvalidExport",
    message: "line 3 is not JSON.",
  });
});

const withCode = Object.assign(new Error("Canary: no such file"), { code: "ENOENT" });
const denied = new S3ServiceException({
  name: "AccessDenied",
  $fault: "client",
  $metadata: { httpStatusCode: 403 },
  message: "Canary",
});
const foreign: [error: unknown, kind: RegExp][] = [
  [new TypeError("Canary is not a function"), /^TypeError\b/],
  [withCode, /^Error ENOENT\b/],
  [denied, /^S3ServiceException AccessDenied HTTP 403\b/],
  [new Error("first line\n    at Canary (/Canary.ts:1:1)\nlast line"), /^Error\b/],
  [Object.assign(new Error("Canary was the message"), { message: "another one" }), /^Error\b/],
  [Object.assign(new Error("x"), { name: "A Canary name" }), /^Error\b/],
  ["Canary", /^string\b/],
  [undefined, /^undefined\b/],
];
test.each(foreign)(
  "tells class and code of a foreign error, and nothing of its message (%#)",
  async (error, kind) => {
    const thrown = await failing(error).catch((caught: Error) => caught);
    expect(thrown).toMatchObject({ name: "TaskFailed", message: expect.stringMatching(kind) });
    expect(`${(thrown as Error).stack}`).not.toContain("Canary");
  },
);

test("keeps the frames, so that the log shows where it was", async () => {
  function innermost(): never {
    throw new RangeError("Canary");
  }
  const thrown = (await task({ type: "object" }, async () => innermost())({}).catch(
    (e: Error) => e,
  )) as Error;
  expect(thrown.message).toContain("RangeError in innermost.");
  expect(thrown.stack).toMatch(/at innermost \(.*task\.test\.ts/);
});

test("a door tells the place and the expectation, never the value or a foreign property's name", () => {
  const check = door<{ a: number }>(
    {
      type: "object",
      additionalProperties: false,
      required: ["a"],
      properties: { a: { type: "integer" }, kind: { const: "fixed" }, side: { enum: ["left", "right"] } },
    },
    { what: "The thing", name: "InvalidInput" },
  );
  expect(check({ a: 1 })).toEqual({ a: 1 });
  const refusals: [unknown, string][] = [
    [{ a: "Canary" }, "The thing: /a must be integer."],
    [
      { a: 1, Canary: 1 },
      "The thing: (the whole value) has a property that the schema does not know; it knows a, kind, side.",
    ],
    [{ a: 1, kind: "Canary" }, 'The thing: /kind must be "fixed".'],
    [{ a: 1, side: "Canary" }, 'The thing: /side must be one of ["left","right"].'],
    ["Canary", "The thing: (the whole value) must be object."],
  ];
  for (const [value, message] of refusals) expect(() => check(value)).toThrow(message);
});
