// Bugs between an upload and the files that Preprocess leaves in the bucket.
import type { Bug } from "../bug.ts";

export const exports: Bug[] = [
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
];
