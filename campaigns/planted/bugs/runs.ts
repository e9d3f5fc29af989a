// Bugs in the engine, in what a job says of its failure, and in the gate.
import type { Bug } from "../bug.ts";

export const runs: Bug[] = [
  {
    bug: "the journal is not synced",
    edits: [["pipeline/local/engine/journal.ts", "        fdatasyncSync(descriptor);\n", ""]],
    campaign: "power-cut-engine",
    cases: 100,
  },
  {
    bug: "a torn line of the journal stays, and the next is written behind it",
    edits: [
      [
        "pipeline/local/engine/journal.ts",
        "    if (fstatSync(descriptor).size > found.wholeBytes) ftruncateSync",
        "    if (fstatSync(descriptor).size < 0) ftruncateSync",
      ],
    ],
    campaign: "kill-engine",
    cases: 40,
  },
  {
    bug: "a lock that a power cut has torn stops everything",
    edits: [
      [
        "pipeline/local/machine/lock.ts",
        "    if (error instanceof SyntaxError) return",
        "    if (error instanceof RangeError) return",
      ],
    ],
    campaign: "power-cut-engine",
    cases: 200,
  },
  {
    bug: "a job's failure quotes the row that it cannot read",
    edits: [
      [
        "containers/pbp_jobs/tokens.py",
        'f"{file}: expected a labelled row at line {number}"',
        'f"{file}: expected a labelled row at line {number}, found {value}"',
      ],
    ],
    campaign: "canaries-jobs",
    cases: 60,
  },
  {
    bug: "a job that ends for an unknown reason prints the exception",
    edits: [
      [
        "containers/pbp_jobs/contract.py",
        'reason, code = f"{error_name}: {describe(error)}", EXIT_FAILED',
        'reason, code = f"{error_name}: {error!r}", EXIT_FAILED',
      ],
    ],
    campaign: "canaries-jobs",
    cases: 60,
  },
  {
    bug: ">= for >: a challenger of exactly the minimum is promoted",
    edits: [["tasks/quality-gate/rules.ts", "score > policy.minimum;", "score >= policy.minimum;"]],
    campaign: "gate-inputs",
    cases: 20,
  },
  {
    bug: ">= for >: a challenger as good as the champion is promoted",
    edits: [
      [
        "tasks/quality-gate/rules.ts",
        "score - before > minimumImprovement + tie;",
        "score - before >= minimumImprovement;",
      ],
    ],
    campaign: "gate-inputs",
    cases: 20,
  },
];
