// Bugs that a campaign must catch, each a change of one or two places. A place that is not there any more fails the run:
// whoever changes the code plants the bug anew.

export type Bug = {
  bug: string;
  /** File, what stands there (once), and what stands there with the bug. */
  edits: [file: string, from: string, to: string][];
  /** The campaign that catches it, and how long a slice of it is needed. */
  campaign: string;
  cases: number;
  seed?: number;
};

export const bugs: Bug[] = [
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
    edits: [["tasks/models/durable.ts", "    await folder.sync();\n", ""]],
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
  {
    bug: "the archive's digest is not compared",
    edits: [["tasks/promote/archive.ts", "sha256 === expected.sha256 && sizeBytes", "sizeBytes"]],
    campaign: "damage",
    cases: 2000,
  },
  {
    bug: "the embeddings' digests are not compared",
    edits: [
      [
        "tasks/promote/stage.ts",
        "      files[name]?.sha256 === artifacts.embeddings.files[name],",
        "      files[name] !== undefined,",
      ],
    ],
    campaign: "damage",
    cases: 100,
  },
  {
    bug: "what comes after an archive's end is passed over",
    edits: [
      [
        "tasks/promote/archive.ts",
        'refuseUnless(isZero(piece), "goes on',
        'refuseUnless(piece.length >= 0, "goes on',
      ],
    ],
    campaign: "hostile",
    cases: 300,
  },
  {
    bug: "files that the model's manifest does not list are let in",
    edits: [
      [
        "tasks/promote/check-model.ts",
        "  refuseUnless(sameKeys(others, manifest.files),",
        "  refuseUnless(sameKeys(others, others),",
      ],
    ],
    campaign: "hostile",
    cases: 300,
  },
  {
    bug: "file digests of the model's manifest are not compared",
    edits: [
      [
        "tasks/promote/check-model.ts",
        "    refuseUnless(others[name]?.sha256 === sha256,",
        "    refuseUnless(others[name] !== undefined && sha256 !== '',",
      ],
    ],
    campaign: "lies",
    cases: 300,
  },
  {
    bug: "a model that was trained on other rows is let in",
    edits: [
      [
        "tasks/promote/check-model.ts",
        "manifest.trainSha256 === expected.trainSha256",
        "manifest.trainSha256 !== ''",
      ],
    ],
    campaign: "lies",
    cases: 300,
  },
  {
    bug: "weights that are no numbers are let in",
    edits: [
      ["tasks/promote/safetensors.ts", "if (!look(part)) throw", "if (!look(part) && position < 0) throw"],
    ],
    campaign: "lies",
    cases: 300,
  },
  {
    bug: ">= for >: a text twice in the index",
    edits: [["tasks/promote/check-embeddings.ts", "text > before", "text >= before"]],
    campaign: "lies",
    cases: 300,
  },
  {
    bug: "a duplicate key is accepted",
    edits: [
      ["tasks/formats/strict-json.ts", "if (keys.has(key)) throw", "if (keys?.has(key) && key === '') throw"],
    ],
    campaign: "malformed-exports",
    cases: 500,
  },
  {
    bug: "a number of a version in the bucket is not synced before it counts",
    edits: [
      ["tasks/store/fs.ts", "      await handle.sync();\n      return { number", "      return { number"],
    ],
    campaign: "power-cut-preprocess",
    cases: 80,
  },
  {
    bug: "bytes in the bucket are not synced",
    edits: [
      [
        "tasks/store/fs.ts",
        "    await handle.writeFile(measured());\n    await handle.sync();",
        "    await handle.writeFile(measured());",
      ],
    ],
    campaign: "power-cut-preprocess",
    cases: 80,
  },
  {
    bug: "a write that failed after its commit takes the bytes away",
    edits: [
      [
        "tasks/store/fs.ts",
        "      if (nlink === 1) await unlinkIfThere",
        "      if (nlink > 0) await unlinkIfThere",
      ],
    ],
    campaign: "errors-preprocess",
    cases: 150,
  },
  {
    bug: "a reader that stops early closes the spool's file, and closing it again ends the tidying up",
    edits: [
      ["tasks/preprocess/write/line-file.ts", "fd: this.descriptor, fs, start", "fd: this.descriptor, start"],
      [
        "tasks/preprocess/write/line-file.ts",
        "    } catch {\n      // Closed it is",
        "    } catch (error) {\n      throw error;\n      // Closed it is",
      ],
    ],
    campaign: "errors-preprocess",
    cases: 150,
  },
  {
    bug: "an error quotes what the system said",
    edits: [
      [
        "tasks/lambda/task.ts",
        "Its message may quote the data and is left out.",
        "${error instanceof Error ? error.message : ''}",
      ],
    ],
    campaign: "errors-preprocess",
    cases: 20,
  },
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
    bug: "every event starts an execution of its own",
    edits: [["tasks/start-execution.ts", "version: versionId ?? etag", "version: `${etag}${Math.random()}`"]],
    campaign: "uploads",
    cases: 1,
  },
  {
    bug: "uploads of the same content are taken for one",
    edits: [["tasks/start-execution.ts", "version: versionId ?? etag", "version: etag"]],
    campaign: "uploads",
    cases: 3,
  },
  {
    bug: "a keyphrase's text is not compared with the note",
    edits: [
      [
        "tasks/preprocess/kinds/keyphrases/spans.ts",
        "if (span.text !== undefined && !(",
        "if (span.text === '' && !(",
      ],
    ],
    campaign: "malformed-exports",
    cases: 500,
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
