// Bugs in what makes a generation and what goes back to one: the log, the pointer, retention.
import type { Bug } from "../bug.ts";

export const promotions: Bug[] = [
  {
    bug: "files of a bundle are not synced",
    edits: [["tasks/promote/receive.ts", "    await file.sync();\n", ""]],
    campaign: "power-cut-promote",
    cases: 80,
  },
  {
    bug: "manifest and log entry are not synced",
    edits: [["tasks/models/durable.ts", "    await file.sync();\n", ""]],
    campaign: "power-cut-promote",
    cases: 80,
  },
  {
    bug: "folders are not synced",
    edits: [["tasks/store/folders.ts", "    await handle.sync();\n", ""]],
    campaign: "power-cut-promote",
    cases: 80,
  },
  {
    bug: "a promotion is reported before the log is on the disk",
    edits: [["tasks/models/append-only.ts", "  await syncFolder(folder);\n  return true;", "  return true;"]],
    campaign: "power-cut-rollback",
    cases: 60,
  },
  {
    bug: "a log entry is written in place, not linked when it is finished",
    edits: [
      ["tasks/models/append-only.ts", "    await link(draft, path);", "    await writeDurably(path, text);"],
      ["tasks/models/append-only.ts", "import { link, unlink }", "import { unlink }"],
    ],
    campaign: "power-cut-rollback",
    cases: 60,
  },
  {
    bug: "no exclusive create: a generation can be taken twice",
    edits: [
      ["tasks/models/append-only.ts", "    await link(draft, path);", "    await rename(draft, path);"],
      ["tasks/models/append-only.ts", "import { link, unlink }", "import { rename, unlink }"],
    ],
    campaign: "race",
    cases: 2,
  },
  {
    bug: "the pointer is removed and made anew, not renamed over",
    edits: [
      [
        "tasks/models/pointer.ts",
        "    await renameTo(draft, path,",
        "    await unlink(path).catch(() => undefined);\n    await renameTo(draft, path,",
      ],
      [
        "tasks/models/pointer.ts",
        "import { link, lstat, readlink, rename, symlink }",
        "import { link, lstat, readlink, rename, symlink, unlink }",
      ],
    ],
    campaign: "power-cut-rollback",
    cases: 200,
  },
  {
    bug: "an execution that has promoted already is not recognised",
    edits: [["tasks/promote/race.ts", "    if (entry.execution === run.execution) return entry;\n", ""]],
    campaign: "lost-reply-promote",
    cases: 20,
  },
  {
    bug: "a rollback that is repeated rolls back again",
    edits: [["tasks/operators/rollback.ts", "      once: true,\n", ""]],
    campaign: "kill-rollback",
    cases: 30,
  },
  {
    bug: "a rename or link whose reply is lost counts as failed",
    edits: [
      [
        "tasks/models/durable.ts",
        "    if (!(await asWanted().catch(() => false))) throw error;\n",
        "    if (error) throw error;\n",
      ],
    ],
    campaign: "lost-reply-rollback",
    cases: 30,
  },
  {
    bug: "retention keeps one version too few",
    edits: [
      ["tasks/models/retention.ts", "kept.size <= keep; generation--", "kept.size < keep; generation--"],
    ],
    campaign: "errors-promote",
    cases: 5,
    seed: 3,
  },
  {
    bug: "retention removes nothing",
    edits: [
      [
        "tasks/models/retention.ts",
        "generation > highest || kept.includes(version)) continue;",
        "generation > highest || kept) continue;",
      ],
    ],
    campaign: "errors-promote",
    cases: 5,
    seed: 3,
  },
  {
    bug: "staging is swept without asking how old it is",
    edits: [
      [
        "tasks/models/staging.ts",
        "now - found.mtimeMs < leaseMilliseconds) return false;",
        "now < 0) return false;",
      ],
    ],
    campaign: "race",
    cases: 2,
  },
];
