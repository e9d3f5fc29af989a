import { isAscii } from "node:buffer";
import type { ErrorObject } from "ajv";
import type { ExportRecord, RejectedRecord } from "../../../schemas/types.ts";
import { explain } from "../../lambda/door.ts";
import { MAX_DEPTH } from "../limits.ts";
import { plainReader } from "./plain-json.ts";
import { checkOf, schemaAt } from "./schema-check.ts";
import { ValueScanner } from "./value-scanner.ts";

const reference = "training-export.schema.json#/$defs/record";
const recordCheck = checkOf<ExportRecord>(reference);
const readPlain = plainReader<ReadRecord>(reference, { resolve: schemaAt, unread: ["codes"] });
const scanner = new ValueScanner();

/** What there is to read of a record: no step looks at its codes. */
export type ReadRecord = Omit<ExportRecord, "codes">;

/** Parses and checks one record by itself; spans are checked against the tokens, in spans.ts. */
export function readRecord(bytes: Buffer, pointer: string): ReadRecord | RejectedRecord {
  return readPlain(bytes) ?? readAny(bytes, pointer);
}

function readAny(bytes: Buffer, pointer: string): ExportRecord | RejectedRecord {
  scanner.begin();
  scanner.scan(bytes, 0, bytes.length);
  if (scanner.deepest > MAX_DEPTH)
    return { pointer, rule: "too-deep", expected: `at most ${MAX_DEPTH} levels of nesting` };
  const text = bytes.toString(isAscii(bytes) ? "latin1" : "utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { pointer, rule: "json", expected: "a JSON object" };
  }
  const check = recordCheck();
  if (!check(value)) return { ...schemaReject(pointer, check.errors?.[0]), ...idOf(value) };
  for (const key of ["recordId", "patientId", "encounterId", "text"] as const)
    if (value[key]?.isWellFormed() === false)
      return {
        pointer: `${pointer}/${key}`,
        rule: "lone-surrogate",
        expected: "no half of a surrogate pair",
        ...idOf(value),
      };
  if (value.facets && !Object.entries(value.facets).flat().every(isWellFormed))
    return {
      pointer: `${pointer}/facets`,
      rule: "lone-surrogate",
      expected: "no half of a surrogate pair",
      ...idOf(value),
    };
  // Two texts or two labels under one key: which of them is meant, nobody can tell.
  if (scanner.keys !== keysIn(value))
    return { pointer, rule: "json", expected: "a JSON object without a key twice", ...idOf(value) };
  return value;
}

/** The id that a reject may tell: visible ASCII as programs make ids, so that no name and no note is told for one. */
export function idOf(value: unknown): { recordId?: string } {
  const { recordId } = (value ?? {}) as { recordId?: unknown };
  return typeof recordId === "string" && /^[!-~]{1,128}$/.test(recordId) ? { recordId } : {};
}

const isWellFormed = (text: string) => text.isWellFormed();

/** The keys of a record and of the objects in it. */
function keysIn(record: ExportRecord): number {
  let keys = keysOf(record);
  for (const code of record.codes ?? []) keys += keysOf(code);
  for (const keyphrase of record.keyphrases ?? []) keys += keysOf(keyphrase);
  return record.facets ? keys + keysOf(record.facets) : keys;
}

/** Counted in a loop: Object.keys would make an array for each of a record's dozen objects. */
function keysOf(object: object): number {
  let keys = 0;
  for (const _ in object) keys++;
  return keys;
}

/** What a reject says of its place. The validator's own words begin with "must". */
export const wording = ({ expected }: Pick<RejectedRecord, "expected">) =>
  expected.startsWith("must ") ? expected : `expected ${expected}`;

export function isReject(result: ReadRecord | RejectedRecord): result is RejectedRecord {
  return "rule" in result;
}

const HEADER_KEY = /(?<!\\)"(schemaVersion|exportId|exportedAt|offsetUnit)"\s*:/g;

/** Whether what stands in a record's place is the header of an export, or a line of one that is written over several. */
export function isHeader(bytes: Buffer): boolean {
  const keys = [...bytes.toString("latin1", 0, 4096).matchAll(HEADER_KEY)];
  return keys[0]?.index === 0 || new Set(keys.map(([, key]) => key)).size >= 2;
}

function schemaReject(pointer: string, error: ErrorObject | undefined): RejectedRecord {
  // What a facet is called is data.
  const where = (error?.instancePath ?? "").replace(/^\/facets\/.*/s, "/facets");
  const said = error
    ? explain(error)
        .slice((error.instancePath || "(the whole value)").length)
        .trim()
    : "a record";
  const expected = error?.instancePath.startsWith("/facets/") ? `the value of a facet ${said}` : said;
  return { pointer: `${pointer}${where}`.slice(0, 512), rule: "schema", expected: expected.slice(0, 300) };
}
