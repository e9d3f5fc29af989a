import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Whole runs first: a long file that begins last leaves the other worker with nothing to do. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const isLong = ({ moduleId }: TestSpecification) =>
      /\/test\/(campaigns|cli|e2e|emulator)\//.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Real child processes on a loaded two-core machine; no test waits for time to pass.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    // As bin.mjs gives it to pbp, which the tests start some three hundred times.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/pbp", import.meta.url)) },
  },
});
