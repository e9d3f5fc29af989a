import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
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
  const plumbing = ["app.ts", "configuration.ts", "stack.ts", "logs.ts", "instance-types.ts"];
  const files = globSync("pipeline/cloud/*.ts", { cwd: root }).map((file) => basename(file));
  expect([...named, ...plumbing].sort()).toEqual(files.sort());
});

test.each(["README.md", "CONTRIBUTING.md", ...globSync("docs/*.md", { cwd: root })])(
  "%s links to files that exist and names npm scripts that exist",
  (file) => {
    const text = read(file);
    const scripts = (JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts;
    for (const [, link, fragment] of text.matchAll(/\]\((?!http)([^)#]*)(?:#([^)]*))?\)/g)) {
      const target = link === "" ? join(root, file) : join(root, dirname(file), link!);
      expect(existsSync(target), `${file} → ${link}`).toBe(true);
      if (fragment)
        expect(anchors(readFileSync(target, "utf8")), `${file} → ${link}#${fragment}`).toContain(fragment);
    }
    for (const [, picture] of text.matchAll(/<img src="([^"]+)"/g))
      expect(existsSync(join(root, dirname(file), picture!)), `${file} → ${picture}`).toBe(true);
    for (const [, name] of text.matchAll(/npm run (?:--silent )?(\w[\w:-]*)/g))
      expect(Object.keys(scripts), `${file} names npm run ${name}`).toContain(name);
    for (const [, path] of text.matchAll(
      /`((?:schemas|states|tasks|containers|pipeline|test|docs|bench|samples|scripts)\/[\w./-]+)`/g,
    ))
      expect(existsSync(join(root, path!)), `${file} names ${path}`).toBe(true);
  },
);
