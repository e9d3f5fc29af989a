import { defineConfig } from "vitest/config";

// biome-ignore lint/style/noDefaultExport: vitest asks for it
export default defineConfig({
  test: {
    // Without the campaigns: what they find, a named test must find too.
    include: ["test/gate/*.test.ts"],
    exclude: ["test/gate/campaigns.test.ts"],
    // Counting what covers what slows the bootstrap's inner loop tenfold; Stryker
    // has its own time-outs for the mutants.
    testTimeout: 300_000,
  },
});
