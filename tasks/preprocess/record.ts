import { isAscii } from "node:buffer";
import type { ErrorObject } from "ajv";
import type { ExportRecord, RejectedRecord } from "../../schemas/types.ts";
import { explain } from "../door.ts";
import { compile } from "./schema-check.ts";

const check = compile<ExportRecord>("training-export.schema.json#/$defs/record");

/** Parses and checks one record by itself; spans are checked against the tokens, in spans.ts. */
export function readRecord(bytes: Buffer, pointer: string): ExportRecord | RejectedRecord {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString(isAscii(bytes) ? "latin1" : "utf8"));
  } catch {
    return { pointer, rule: "json", expected: "a JSON object" };
  }
  if (!check(value)) return schemaReject(pointer, check.errors?.[0]);
  for (const key of ["recordId", "patientId", "encounterId", "text"] as const)
    if (value[key]?.isWellFormed() === false)
      return {
        pointer: `${pointer}/${key}`,
        rule: "lone-surrogate",
        expected: "no half of a surrogate pair",
      };
  return value;
}

export function isReject(result: ExportRecord | RejectedRecord): result is RejectedRecord {
  return "rule" in result;
}

function schemaReject(pointer: string, error: ErrorObject | undefined): RejectedRecord {
  const where = error?.instancePath ?? "";
  const expected = error
    ? explain(error)
        .slice((where || "(the whole value)").length)
        .trim()
    : "a record";
  return { pointer: `${pointer}${where}`.slice(0, 512), rule: "schema", expected: expected.slice(0, 300) };
}
