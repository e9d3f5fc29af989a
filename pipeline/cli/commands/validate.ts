import { createReadStream, type ReadStream } from "node:fs";
import { type Validation, validateExport } from "../../../tasks/preprocess/validate-export.ts";
import { requireExport } from "../../local/exports.ts";
import type { Command } from "../command.ts";
import { buildInput, inputOptions, withDefaults } from "../execution-input.ts";
import { printJson, printText } from "../output.ts";
import { showProgress } from "../progress.ts";
import { count, pairs, table } from "../tables.ts";

const { "min-samples": minSamples, "test-fraction": testFraction, "identified-text": policy } = inputOptions;

export const validate: Command = {
  name: "validate",
  summary: "say what Preprocess would say about an export, without running anything",
  details: "Nothing is written. Rejected records are named by JSON pointer and rule, never by their text.",
  arguments: [{ name: "export", help: "the export file" }],
  options: { "min-samples": minSamples!, "test-fraction": testFraction!, "identified-text": policy! },
  examples: ["validate export.json.gz", "validate export.jsonl --identified-text forbid"],
  async run({ arguments: [file = ""], options }) {
    const input = await buildInput(options, { source: { bucket: "pbp-local", key: "exports/unknown" } });
    const { size } = await requireExport(file);
    const validation = await watched(createReadStream(file), size, (stream) =>
      validateExport(stream, withDefaults(input)),
    );
    const problems = validation.problems.map(({ name, message }) => ({ name, message }));
    if (options.json !== undefined)
      printJson({
        valid: problems.length === 0,
        problems,
        report: validation.report,
        rejects: validation.rejects,
      });
    else printText(reportOf(validation));
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

function reportOf({ header, report, rejects, problems }: Validation): string {
  const identified = Object.values(report.identifiers).reduce((sum, records) => sum + records, 0);
  const rows: [string, string][] = [
    ["Records", `${count(report.records)} read, ${count(report.rejected)} rejected`],
    [
      "Annotated",
      `${count(report.annotated)} records, ${count(report.annotatedTexts)} distinct texts; ${count(report.unannotated)} records without annotation`,
    ],
    [
      "Repeated",
      `${count(report.duplicates.records)} annotated records, ${count(report.duplicates.conflicting)} of them with other keyphrases`,
    ],
    ["Texts", `${count(report.texts)} distinct: what is embedded`],
    [
      "Spans",
      `${count(report.spans.read)} read, ${count(report.spans.kept)} kept, ${count(report.spans.overlapping)} overlapping, ${count(report.spans.snapped)} widened to whole tokens`,
    ],
    ["Gold tokens", `${count(report.tokens.gold)}, lost: ${count(report.tokens.goldLost)}`],
    ["Identifiers", `${count(identified)} findings in texts`],
  ];
  if (header) rows.unshift(["Export", header.exportId], ["Labels", header.labels.join(", ")]);
  const parts = [pairs(rows)];
  if (rejects.length > 0)
    parts.push(
      table(
        [{ head: "Rejected at" }, { head: "Rule" }, { head: "Expected" }],
        rejects.map(({ pointer, rule, expected }) => [pointer, rule, expected]),
      ),
    );
  parts.push(
    problems.length === 0
      ? "The export is good: an execution would go on to training."
      : problems.map(({ name, message }) => `${name}: ${message}`).join("\n"),
  );
  return parts.join("\n\n");
}
