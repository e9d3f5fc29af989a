import { randomBytes } from "node:crypto";
import { basename } from "node:path";

/** Step Functions' rule, without the characters that it advises against. Such a name is safe as a folder. */
export const EXECUTION_NAME = /^[0-9A-Za-z_-]{1,80}$/;

/** A fresh name for an execution started by hand: readable, and never taken. */
export function freshExecutionName(file: string): string {
  const slug = basename(file)
    .replace(/\.(json|jsonl|ndjson)?(\.gz)?$/i, "")
    .toLowerCase()
    .replace(/[^0-9a-z]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  return `${slug || "export"}-${randomBytes(6).toString("hex")}`;
}

/** A fresh name for another execution of the export that an earlier one had. */
export const rerunName = (earlier: string) => freshExecutionName(earlier.replace(/-[0-9a-f]{12,16}$/, ""));
