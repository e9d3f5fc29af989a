import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/** Who may ask for the time of day as a number, from which durations are computed: with the reason. */
const mayAsk = [
  "pipeline/local/machine/clock.ts", // time stamps of the journal, and Wait until a time of day
  "pipeline/local/prune.ts", // the age of a file that another process may have left
  "tasks/models/staging.ts", // the age of a file that another machine wrote
  "tasks/store/fs.ts", // the same
];

it("computes no duration from the time of day, which jumps when the clock is set", () => {
  const sources = globSync("{pipeline,tasks,containers,scripts,reader}/**/*.{ts,mjs,py}", { cwd: root })
    .filter((file) => !/node_modules|\.venv|\/dist\//.test(file))
    .sort();
  expect(sources.length).toBeGreaterThan(150);
  const asking = sources.filter((file) =>
    /\bDate\.now\b|\bnew Date\(\)\.(getTime|valueOf)|\btime\.time(_ns)?\(/.test(
      readFileSync(join(root, file), "utf8"),
    ),
  );
  expect(asking).toEqual(mayAsk);
});
