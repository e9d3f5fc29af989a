import { createReadStream, type ReadStream } from "node:fs";
import { validateExport } from "../../../tasks/preprocess/validate-export.ts";
import { withDefaults } from "../../complete-input.ts";
import { requireExport } from "../../local/events/exports.ts";
import type { Command } from "../command.ts";
import { anyExport, buildInput, inputOptions } from "../execution-input.ts";
import { withExport } from "../importing.ts";
import { printJson, printText } from "../output/output.ts";
import { showProgress } from "../output/progress.ts";
import { validationText } from "../validation.ts";

const {
  "min-samples": minSamples,
  "test-fraction": testFraction,
  "identified-text": policy,
  conflicts,
} = inputOptions;

export const validate: Command = {
  name: "validate",
  summary: "check an export as Preprocess would, without running anything",
  details:
    "Nothing is written. A rejected record is named by its id, its place and the rule, never by its text.",
  arguments: [{ name: "export", help: "the export file, or what another tool wrote (see pbp import)" }],
  options: {
    "min-samples": minSamples!,
    "test-fraction": testFraction!,
    "identified-text": policy!,
    conflicts: conflicts!,
  },
  examples: ["validate export.json.gz", "validate export.jsonl --identified-text forbid"],
  async run({ arguments: [file = ""], options }) {
    const input = await buildInput(options, anyExport);
    const validation = await withExport(file, async (exported) => {
      const { size } = await requireExport(exported);
      return watched(createReadStream(exported), size, (stream) =>
        validateExport(stream, withDefaults(input)),
      );
    });
    const problems = validation.problems.map(({ name, message }) => ({ name, message }));
    if (options.json !== undefined)
      printJson({
        valid: problems.length === 0,
        problems,
        header: validation.header,
        report: validation.report,
        rejects: validation.rejects,
        moreRejects: validation.report.rejected - validation.rejects.length,
      });
    else printText(validationText(validation));
    return problems.length === 0 ? 0 : 1;
  },
};

/** Tells once a second how far a large file has been read. */
async function watched<T>(
  stream: ReadStream,
  sizeBytes: number,
  work: (stream: ReadStream) => Promise<T>,
): Promise<T> {
  const progress = showProgress(process.stderr);
  const started = performance.now();
  const timer = setInterval(() => {
    if (stream.bytesRead === 0) return;
    const secondsLeft = ((performance.now() - started) / 1000) * (sizeBytes / stream.bytesRead - 1);
    const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
    const [done, total] = [megabytes(stream.bytesRead), megabytes(sizeBytes)];
    progress.onProgress("Validate", { step: "read", done, total, unit: "MB", secondsLeft });
  }, 1000);
  try {
    return await work(stream);
  } finally {
    clearInterval(timer);
    progress.close();
  }
}
