import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { errorMeanings } from "../../schemas/errors.ts";
import { awsErrorNames, type StateMachine } from "../../states/asl.ts";
import { definition } from "../../states/definition.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string) => readFileSync(join(root, file), "utf8");

function stateNames(machine: StateMachine): string[] {
  return Object.entries(machine.States).flatMap(([name, state]) => [
    name,
    ...(state.Type === "Parallel" ? state.Branches.flatMap(stateNames) : []),
  ]);
}

test("the runbook has a heading for every error of ours, and knows every error of AWS that the definition names", () => {
  const runbook = read("docs/runbook.md");
  const headings = new Set([...runbook.matchAll(/^### (\S+)$/gm)].map((match) => match[1]));
  expect(Object.keys(errorMeanings).filter((name) => !headings.has(name))).toEqual([]);
  expect(awsErrorNames.filter((name) => name !== "States.ALL" && !runbook.includes(name))).toEqual([]);
});

test("every heading of ours says what happened, what to look at, and what to do", () => {
  const section = read("docs/runbook.md")
    .split("## Errors of the pipeline")[1]!
    .split("## Errors of AWS")[0]!;
  for (const part of section.split("### ").slice(1))
    for (const word of ["**What happened.**", "**Investigate.**", "**Resolve.**"])
      expect(part, part.split("\n")[0]).toContain(word);
});

test("the architecture's table has every state of the definition and no other", () => {
  const rows = [...read("docs/architecture.md").matchAll(/^\| ([A-Z]\w+) \|/gm)].map((match) => match[1]);
  expect(rows.sort()).toEqual(stateNames(definition).sort());
});

test.each(["README.md", "CONTRIBUTING.md", ...globSync("docs/*.md", { cwd: root })])(
  "%s links to files that exist and names npm scripts that exist",
  (file) => {
    const text = read(file);
    const scripts = (JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts;
    for (const [, link] of text.matchAll(/\]\((?!http)([^)#]+)[^)]*\)/g))
      expect(existsSync(join(root, dirname(file), link!)), `${file} → ${link}`).toBe(true);
    for (const [, name] of text.matchAll(/npm run (?:--silent )?(\w[\w:-]*)/g))
      expect(Object.keys(scripts), `${file} names npm run ${name}`).toContain(name);
    for (const [, path] of text.matchAll(
      /`((?:schemas|states|tasks|containers|pipeline|test|docs|bench|samples|scripts)\/[\w./-]+)`/g,
    ))
      expect(existsSync(join(root, path!)), `${file} names ${path}`).toBe(true);
  },
);
