import { gzipSync } from "node:zlib";
import {
  type BadExport,
  canary,
  header,
  type Json,
  nested,
  notes,
  text,
  unreadable,
  wrongHeader,
} from "./parts.ts";

/** Exports whose header breaks a rule. */
export function headers(): BadExport[] {
  const without = (key: string) =>
    text(notes(), Object.fromEntries(Object.entries(header).filter(([name]) => name !== key)));
  const having = (fields: Json) => text(notes(), { ...header, ...fields });
  const late = `{"records":${JSON.stringify(notes())},${JSON.stringify(header).slice(1)}`;
  return [
    wrongHeader("header-without-id.json", "no exportId", without("exportId"), "lacks /exportId"),
    wrongHeader(
      "header-without-labels.json",
      "no labels",
      without("labels"),
      "has no /labels before its first record",
    ),
    wrongHeader(
      "header-after-records.json",
      "the header behind the records",
      late,
      "has no /labels and no /offsetUnit before its first record",
    ),
    wrongHeader(
      "header-unknown-property.json",
      "a property that the schema does not know",
      having({ [canary]: canary }),
      "has a property that the schema does not know",
    ),
    wrongHeader(
      "header-proto.json",
      "a property named __proto__",
      having({}).replace("{", `{"__proto__":{"labels":["${canary}"]},`),
      "has a property that the schema does not know",
    ),
    wrongHeader(
      "header-property-twice.json",
      "labels twice",
      having({}).replace("{", '{"labels":["problem"],'),
      "has /labels twice",
    ),
    wrongHeader(
      "header-version.json",
      "another version of the format",
      having({ schemaVersion: canary }),
      'breaks the schema: /schemaVersion must be one of ["1.0","1.1"]',
    ),
    wrongHeader(
      "header-export-id.json",
      "an id with a space",
      having({ exportId: `${canary} 1` }),
      "breaks the schema: /exportId must match pattern",
    ),
    wrongHeader(
      "header-timestamp.json",
      "a date without time",
      having({ exportedAt: "2026-11-20" }),
      'breaks the schema: /exportedAt must match format "date-time"',
    ),
    wrongHeader(
      "header-source.json",
      "an empty source",
      having({ source: "" }),
      "breaks the schema: /source must NOT have fewer than 1 characters",
    ),
    wrongHeader(
      "header-offset-unit.json",
      "offsets in bytes",
      having({ offsetUnit: "utf8" }),
      'breaks the schema: /offsetUnit must be one of ["utf16","codepoint"]',
    ),
    wrongHeader(
      "header-no-labels.json",
      "an empty label set",
      having({ labels: [] }),
      "breaks the schema: /labels must NOT have fewer than 1 items",
    ),
    wrongHeader(
      "header-label-twice.json",
      "a label twice",
      having({ labels: ["test", "test"] }),
      "breaks the schema: /labels must NOT have duplicate items",
    ),
    wrongHeader(
      "header-label.json",
      "a label that begins with a hyphen",
      having({ labels: ["problem", `-${canary}`] }),
      "breaks the schema: /labels/1 must match pattern",
    ),
    unreadable(
      "header-deep.json",
      "a header nested too deep",
      having({}).replace("{", `{"source":${nested(20)},`),
      "The header is nested deeper than 16 levels",
    ),
    unreadable(
      "header-large.json.gz",
      "a header property of 1.2 MB",
      gzipSync(having({ source: canary.repeat(200_000) })),
      "The export has a header property of more than 1048576 bytes",
    ),
  ];
}
