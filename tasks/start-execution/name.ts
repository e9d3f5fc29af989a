import { createHash } from "node:crypto";

// As the rule in pipeline/rules.ts asks for: in small letters or in capitals.
const exportSuffix = /\.(?:(?:json|jsonl|ndjson)(?:\.gz)?|(?:JSON|JSONL|NDJSON)(?:\.GZ)?)$/;
// With the dash and 16 hex digits at most 57 of the 80 characters that an execution's name may have.
const slugLength = 40;

/** An uploaded object, as far as it tells one upload from another. Without versions the etag has to do. */
export type Upload = { bucket: string; key: string; version: string };

/** Whether a key looks like an export: what else lies in incoming/ (folder markers, read-me files) starts nothing. */
export function isExport(key: string): boolean {
  return key.startsWith("incoming/") && exportSuffix.test(key);
}

/**
 * The name of the execution that an upload starts: readable, and the same however often the event comes, so that
 * Step Functions itself refuses the second. Each version has a name of its own, so the order of events does not matter.
 */
export function executionName({ bucket, key, version }: Upload): string {
  const slug = key
    .slice(key.lastIndexOf("/") + 1)
    .replace(exportSuffix, "")
    .toLowerCase()
    .replace(/[^0-9a-z]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, slugLength)
    .replace(/-+$/, "");
  // As JSON, since joined strings could be cut elsewhere and be another upload's.
  const digest = createHash("sha256")
    .update(JSON.stringify([bucket, key, version]))
    .digest("hex");
  return `${slug || "export"}-${digest.slice(0, 16)}`;
}
