import { existsSync, globSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import exportSchema from "../../schemas/data/training-export.schema.json" with { type: "json" };
import { explainedErrors, type Remedy, whatHelps } from "../../schemas/execution/advice.ts";
import policySchema from "../../schemas/models/policy.schema.json" with { type: "json" };
import { errorMeanings } from "../../schemas/tables/errors.ts";
import type { TrainingExport } from "../../schemas/types.ts";
import { awsErrorNames, machinesIn, type StateMachine } from "../../states/asl.ts";
import { definition } from "../../states/definition.ts";
import { door } from "../../tasks/lambda/door.ts";
import { blocks, files, pages, read, root } from "./said.ts";

function stateNames(machine: StateMachine): string[] {
  return Object.entries(machine.States).flatMap(([name, state]) => [
    name,
    ...machinesIn(state).flatMap(stateNames),
  ]);
}

/** How GitHub makes a heading's anchor. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w -]/g, "")
    .replaceAll(" ", "-");
const anchors = (page: string) => [...page.matchAll(/^#+ (.+)$/gm)].map((match) => anchor(match[1]!));

test("the runbook has a heading for every error of ours, and knows every error of AWS that the definition names", () => {
  const runbook = read("docs/runbook.md");
  const headings = new Set([...runbook.matchAll(/^### (\S+)$/gm)].map((match) => match[1]));
  expect(Object.keys(errorMeanings).filter((name) => !headings.has(name))).toEqual([]);
  expect(awsErrorNames.filter((name) => name !== "States.ALL" && !runbook.includes(name))).toEqual([]);
});

test("under every error that it explains, the runbook says what helps, as errors.json does", () => {
  const words: Record<Remedy, string> = {
    resume: "resume",
    rerun: "rerun",
    "correct-export": "correct the export",
    "correct-input": "correct the input",
    "other-model": "another model's name",
    look: "look first",
  };
  const parts = new Map(
    read("docs/runbook.md")
      .split(/^### /m)
      .map((part) => [part.split("\n")[0], part]),
  );
  for (const error of explainedErrors)
    expect(parts.get(error), error).toContain(
      `\n**Helps: ${words[whatHelps({ status: "FAILED", error })]}.**\n`,
    );
});

/** The part of the runbook under a heading of the second level. */
const chapter = (heading: string) =>
  read("docs/runbook.md").split(`\n## ${heading}\n`)[1]!.split("\n## ")[0]!;

test.each(["Errors of the pipeline", "Alarms"])(
  "every heading under %s says what happened, what to look at, and what to do",
  (heading) => {
    const parts = chapter(heading).split("### ").slice(1);
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts)
      for (const word of ["**What happened.**", "**Investigate.**", "**Resolve.**"])
        expect(part, part.split("\n")[0]).toContain(word);
  },
);

test("every alarm links a heading of the runbook, and every heading has its alarm", () => {
  const template = read("test/cloud/golden/created.yaml");
  const linked = new Set([...template.matchAll(/docs\/runbook\.md#(alarm[\w-]*)/g)].map((match) => match[1]));
  const headings = [...chapter("Alarms").matchAll(/^### (.+)$/gm)].map((match) => anchor(match[1]!));
  expect([...linked].sort()).toEqual(headings.sort());
});

test("the architecture's table has every state of the definition and no other", () => {
  const rows = [...read("docs/architecture.md").matchAll(/^\| ([A-Z]\w+) \|/gm)].map((match) => match[1]);
  expect(rows.sort()).toEqual(stateNames(definition).sort());
});

test("the architecture's table of the account has files of pipeline/cloud, each once", () => {
  const table = read("docs/architecture.md").split("\n## In the account\n")[1]!.split("\n\n**")[0]!;
  const named = table.split("\n").flatMap((row) => row.split("|")[1]?.match(/[\w-]+\.ts/g) ?? []);
  const plumbing = ["app.ts", "configuration.ts", "stack.ts", "logs.ts", "removal.ts"];
  const files = globSync("pipeline/cloud/*.ts", { cwd: root }).map((file) => basename(file));
  expect([...named, ...plumbing].sort()).toEqual(files.sort());
});

test.each(pages)("%s links to files and headings that exist", (file) => {
  const text = read(file);
  for (const [, link, fragment] of text.matchAll(/\]\((?!http)([^)#]*)(?:#([^)]*))?\)/g)) {
    const target = link === "" ? join(root, file) : join(root, dirname(file), link!);
    expect(existsSync(target), `${file} → ${link}`).toBe(true);
    if (fragment)
      expect(anchors(read(relative(root, target))), `${file} → ${link}#${fragment}`).toContain(fragment);
  }
  for (const [, picture] of text.matchAll(/<img src="([^"]+)"/g))
    expect(existsSync(join(root, dirname(file), picture!)), `${file} → ${picture}`).toBe(true);
});

test("every page and file that a sentence, comment or message names exists", () => {
  const folders =
    "schemas|states|tasks|containers|pipeline|reader|importers|campaigns|test|docs|bench|samples|scripts";
  const path = new RegExp(
    `(?<![\\w./-])((?:${folders})/[\\w./-]*\\w\\.(?:ts|mjs|py|json|md|svg|ya?ml|txt))(?![\\w*]|\\.gz)`,
    "g",
  );
  const page = /(?<![\w./-])([A-Z][A-Z]+\.md|[a-z][a-z-]+\.md)(?![\w#])/g;
  const there = new Set([...files.map((file) => basename(file)), "CHANGELOG.md", "model-card.md"]);
  const dangling = files.flatMap((file) => {
    const text = read(file);
    const paths = [...text.matchAll(path)]
      .map((match) => match[1]!)
      // What a tool writes, and what a test needs not to be there.
      .filter((named) => !/\/(nothing|reports)\//.test(named) && !existsSync(join(root, named)));
    const named = [...text.matchAll(page)].map((match) => match[1]!).filter((named) => !there.has(named));
    return [...paths, ...named].map((name) => `${file} names ${name}`);
  });
  expect(dangling).toEqual([]);
});

const exports = blocks
  .filter(({ language, text }) => language === "json" && text.includes('"exportId"') && !text.includes("…"))
  .map(({ file, text }) => ({ file, example: JSON.parse(text) as TrainingExport }));

test("there is an example of an export for each kind of classes", () => {
  expect(new Set(exports.map(({ example }) => example.kind))).toEqual(
    new Set(["single-label", "multi-label"]),
  );
});

test("the policy that docs/policy.md shows is one", () => {
  const shown = blocks.filter(({ language, text }) => language === "json" && text.includes('"otherwise"'));
  const check = door(policySchema, { what: "The example", name: "InvalidInput" });
  expect(shown.map(({ file }) => file)).toContain("docs/policy.md");
  for (const { text } of shown) {
    const value = JSON.parse(text);
    check(value.policy ?? value);
  }
});

test.each(exports)("the export that $file shows is one: $example.exportId", ({ example }) => {
  const check = door<TrainingExport>(exportSchema, { what: "The example", name: "InvalidExport" });
  const { kind, labels, records = [] } = check(example);
  expect(records.length).toBeGreaterThan(0);
  for (const { classes = [] } of records) {
    expect(labels).toEqual(expect.arrayContaining(classes));
    if (kind === "single-label") expect(classes).toHaveLength(1);
  }
});
