import { createHash } from "node:crypto";
import { folderOf } from "../../schemas/bucket.ts";

// In any letter case: some systems shout, and a person types Export.Json.
const exportSuffix = /\.(?:json|jsonl|ndjson)(?:\.gz)?$/i;
// With the dash and 16 hex digits at most 57 of the 80 characters that an execution's name may have.
const slugLength = 40;

/** An uploaded object, as far as it tells one upload from another. Without versions the etag has to do. */
export type Upload = { bucket: string; key: string; version: string };

/** Why an object starts nothing, although the rule of pipeline/rules.ts lets it through; null for an export. */
export function whyIgnored(key: string): string | null {
  if (folderOf(key) !== "incoming") return "It does not lie in incoming/.";
  if (key.endsWith("/")) return "It is the marker of a folder.";
  if (key.includes("/."))
    return "Its name, or that of a folder, begins with a dot, as names of temporary files do.";
  if (!exportSuffix.test(key))
    return "An export's name ends in .json, .jsonl or .ndjson, each also with .gz.";
  return null;
}

/**
 * The registered model that an export in a folder of incoming/ is for: the folder's name, as it is. ValidateInput refuses
 * what cannot be one, and so the operators hear of it. undefined for what lies right in incoming/.
 */
export function modelIn(key: string): string | undefined {
  const [, folder, ...rest] = key.split("/");
  return rest.length > 0 ? folder : undefined;
}

/**
 * The name of the execution that an upload starts: readable, and the same however often the event comes, so that
 * Step Functions itself refuses the second. Each version has its own name, so the order of events does not matter.
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
