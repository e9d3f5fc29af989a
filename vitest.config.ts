import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Real child processes on a loaded two-core machine; no test waits for time to pass.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    // As bin.mjs gives it to pbp, which the tests start some three hundred times.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/pbp", import.meta.url)) },
  },
});
