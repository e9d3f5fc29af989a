// What docs/deployment.md gives to copy must be accepted where it is pasted.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readConfiguration } from "../../pipeline/cloud/configuration.ts";
import inputSchema from "../../schemas/execution/execution-input.schema.json" with { type: "json" };
import { modelsDefinition } from "../../states/models.ts";
import { door } from "../../tasks/lambda/door.ts";

const read = (file: string) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), "utf8");
const page = read("docs/deployment.md");
const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => JSON.parse(match[1]!) as object);
const having = <T>(field: string) => blocks.filter((block) => field in block) as T[];

test("cdk.json of the page is a configuration, and differs from the repository's in it alone", () => {
  const [written, ...others] = having<{ context: { pbp: object } }>("context");
  expect(others).toEqual([]);
  expect(() => readConfiguration(written!.context.pbp)).not.toThrow();
  const own = JSON.parse(read("cdk.json")) as typeof written;
  expect({ ...written, context: { ...written!.context, pbp: own!.context.pbp } }).toEqual(own);
});

test("the inputs of executions are accepted", () => {
  const check = door(inputSchema, { what: "The input", name: "InvalidInput", useDefaults: true });
  const inputs = having<object>("source");
  expect(inputs.length).toBe(2);
  for (const input of inputs) expect(() => check(structuredClone(input))).not.toThrow();
});

test("the inputs of the operators' machine name its actions, each once", () => {
  const { Action } = modelsDefinition.States;
  const actions = Action?.Type === "Choice" ? Action.Choices.map(({ Condition }) => Condition) : [];
  const inputs = having<{ action: string }>("action");
  expect(inputs.length).toBe(actions.length);
  for (const { action } of inputs)
    expect(actions.filter((condition) => condition.includes(`'${action}'`)).length).toBe(1);
});

test("the outputs that the page reads are outputs of the stack", () => {
  const outputs = read("test/cloud/golden/created.yaml").split("\nOutputs:\n")[1]!;
  const used = [...page.matchAll(/\$\(out (\w+)/g), ...page.matchAll(/`(\w+Id)` (?:and|are)/g)];
  expect(used.length).toBeGreaterThan(3);
  for (const [, name] of used) expect(outputs).toMatch(new RegExp(`^ *"?${name}"?:`, "m"));
});

test("every policy is one of IAM's language", () => {
  for (const { Statement } of having<{ Statement: object[] }>("Statement"))
    for (const statement of Statement) {
      expect(statement).toMatchObject({
        Effect: expect.stringMatching(/^(?:Allow|Deny)$/),
        Action: expect.anything(),
      });
      // Whom a role trusts needs no resource; everything else names what it is about.
      expect(Object.keys(statement)).toContainEqual(
        expect.stringMatching(/^(?:Principal|Resource|NotResource)$/),
      );
    }
});

test.each(["docs/deployment.md", "docs/runbook.md"])("the commands of %s are a shell's", (file) => {
  // Indented in a list, too; what the reader fills in stands in <angle brackets>.
  const lines = read(file).split("\n");
  const fences = lines.flatMap((line, index) => (line.trim().startsWith("```") ? [index] : []));
  expect(fences.length % 2).toBe(0);
  const commands = fences.flatMap((open, index) =>
    index % 2 === 0 && lines[open]!.trim() === "```" ? lines.slice(open + 1, fences[index + 1]) : [],
  );
  expect(commands.length).toBeGreaterThan(3);
  const script = commands.join("\n").replace(/<[^<>|&\n]+>/g, "X");
  const { stderr, status } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
