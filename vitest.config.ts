import { globSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const root = fileURLToPath(new URL(".", import.meta.url));

/** Files of whole runs, the longest first: one that begins last leaves the other workers with nothing to do. */
const longest = [
  "test/campaigns/campaigns.test.ts",
  "test/cli/deployed/cloud.test.ts",
  "test/e2e/run.test.ts",
  "test/e2e/kill.test.ts",
  "test/web/browser.test.ts",
  "test/emulator/pipeline.test.ts",
  "test/cloud/checks.test.ts",
  "test/runners/promote-hosts.test.ts",
  "test/gate/health.test.ts",
  "test/e2e/demo.test.ts",
  "test/store/conformance.test.ts",
  "test/reader/python.test.ts",
  "test/cli/pbp.test.ts",
  "test/e2e/watch.test.ts",
  "test/web/dashboard.test.ts",
  "test/e2e/registered.test.ts",
  "test/e2e/odd-folders.test.ts",
  "test/runners/prune.test.ts",
  "test/runners/hosts.test.ts",
  "test/promote/approval.test.ts",
  "test/cli/deployed/redrive.test.ts",
  "test/cli/system-errors.test.ts",
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.indexOf(relative(root, moduleId));
      return found === -1 ? longest.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

const every = "test/**/*.test.ts";
/** Their tests mostly call functions. */
const folders =
  "{architecture,bench,cli/output,cloud,docs,drift,engine,gate,importers,preprocess,publish,results,samples,schemas,states,tasks}";
/** Such files share a process, whose start takes 0.3 s of CPU: those that change nothing of it, such as a variable. */
const together = globSync(`test/${folders}/**/*.test.ts`, { cwd: root }).filter(
  (file) => !/\bvi\.|process\.(?:chdir|env\S* = )/.test(readFileSync(`${root}${file}`, "utf8")),
);

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "together", include: together, isolate: false } },
      {
        extends: true,
        test: {
          name: "apart",
          include: [every],
          exclude: together,
          globalSetup: "test/shared/global-setup.ts",
        },
      },
    ],
    // Real child processes on a loaded two-core machine; no test waits for time to pass.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // One more than the two cores: whole runs wait for what other processes do. With five, the same takes more CPU time.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    // As bin.mjs gives it to pbp, which the tests start some three hundred times.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/pbp", import.meta.url)) },
  },
});
