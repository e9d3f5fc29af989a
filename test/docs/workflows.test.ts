import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const workflows = globSync(".github/workflows/*.y*ml", { cwd: root });
const scripts = (JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { scripts: object }).scripts;

test("there are workflows", () => expect(workflows.length).toBeGreaterThan(1));

test.each(workflows)("%s gives no permission at the top, and what its jobs need to each job", (file) => {
  const text = readFileSync(root + file, "utf8");
  expect(text).toMatch(/^permissions: \{\}$/m);
  const jobs = text
    .split(/^jobs:$/m)[1]!
    .split(/^(?= {2}[\w-]+:$)/m)
    .slice(1);
  expect(jobs.length).toBeGreaterThan(0);
  for (const job of jobs) {
    expect(job).toMatch(/^ {4}permissions:/m);
    expect(job).toMatch(/^ {4}timeout-minutes: \d+$/m);
    expect(job).not.toMatch(/write-all|read-all/);
  }
});

test.each(workflows)("%s pins every action by its commit, with the version beside it", (file) => {
  const uses = [...readFileSync(root + file, "utf8").matchAll(/^\s*(?:- )?uses:(.*)$/gm)].map(
    ([, what]) => what,
  );
  expect(uses.length).toBeGreaterThan(0);
  for (const what of uses) expect(what).toMatch(/^ [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)+$/);
});

test.each(workflows)("%s pins an action by one commit for each version, as the others do", (file) => {
  const pins = (of: string) =>
    [...readFileSync(root + of, "utf8").matchAll(/uses: (\S+)@(\S+) # (\S+)/g)].map(
      ([, action, commit, version]) => [`${action} ${version}`, commit] as const,
    );
  const all = new Map(workflows.flatMap(pins));
  for (const [action, commit] of pins(file)) expect(all.get(action), action).toBe(commit);
});

test.each(workflows)(
  "%s runs scripts that exist, takes no stored key and no pull request's words",
  (file) => {
    const text = readFileSync(root + file, "utf8");
    for (const [, name] of text.matchAll(/npm run (?:--silent )?(\w[\w:-]*)/g))
      expect(Object.keys(scripts)).toContain(name);
    expect(text).not.toMatch(/secrets\.|pull_request_target|aws-access-key-id/i);
    // A title or a branch's name in a shell line is code from whoever wrote it.
    expect(text).not.toMatch(/\$\{\{\s*github\.(event\.|head_ref)/);
  },
);
