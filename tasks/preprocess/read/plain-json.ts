import { JsonCursor } from "./json-cursor.ts";

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** So many values that a pattern took are remembered: labels are few. */
const MOST_REMEMBERED = 1000;

/** As much of JSON Schema as is understood. */
type Schema = {
  type?: string;
  $ref?: string;
  enum?: string[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  maxItems?: number;
  uniqueItems?: boolean;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: false | Schema;
  propertyNames?: Schema;
  maxProperties?: number;
};
type Options = {
  /** The schema behind a reference. */
  resolve: (reference: string) => Schema;
  /** Properties that nobody asks for: they are checked, and left out. */
  unread: readonly string[];
};

/** Reads a value and moves behind it; undefined where it is not plain, or not what the schema asks for. */
type Read<T = unknown> = (from: JsonCursor) => T | undefined;

/**
 * Makes a reader of plain JSON, as programs write it, from a schema: straight from the bytes, and checked on the way, in
 * a quarter of the time that JSON.parse and a check behind it take. What it reads, these two accept and read alike. Of
 * anything else it says undefined, be it wrong or only unusual (a character as \u0041, a number as 1e3, a key twice):
 * then they decide, and say what is wrong.
 */
export function plainReader<T>(reference: string, options: Options): (bytes: Buffer) => T | undefined {
  const read = readerOf(options.resolve(reference), options) as Read<T>;
  const from = new JsonCursor();
  return (bytes) => {
    from.begin(bytes);
    const value = read(from);
    return from.isAtEnd() ? value : undefined;
  };
}

const notes = ["title", "description"];
const understood: Record<string, string[]> = {
  string: ["minLength", "maxLength", "pattern"],
  integer: ["minimum", "maximum"],
  array: ["items", "maxItems", "uniqueItems"],
  object: ["properties", "required", "additionalProperties", "propertyNames", "maxProperties"],
};

/** Throws for a schema of which it does not understand everything: it would take what the check refuses. */
function readerOf(schema: Schema, options: Options): Read {
  if (schema.$ref !== undefined) return readerOf(options.resolve(schema.$ref), options);
  if (schema.enum) return enumReader(schema.enum);
  const known = understood[schema.type ?? ""] ?? [];
  const foreign = Object.keys(schema).find((key) => ![...notes, "type", ...known].includes(key));
  if (foreign) throw new Error(`Expected a schema without ${foreign}, which is not read from bytes.`);
  switch (schema.type) {
    case "string":
      return stringReader(schema);
    case "integer":
      return integerReader(schema);
    case "array":
      return arrayReader(schema, options);
    case "object":
      return schema.properties ? objectReader(schema, options) : mapReader(schema, options);
    default:
      throw new Error(`Expected a type that plain JSON can be read of, found ${schema.type}.`);
  }
}

function enumReader(values: readonly string[]): Read<string> {
  return (from) => {
    const value = from.string(Number.POSITIVE_INFINITY);
    return value !== undefined && values.includes(value) ? value : undefined;
  };
}

function stringReader({
  minLength = 0,
  maxLength = Number.POSITIVE_INFINITY,
  pattern,
}: Schema): Read<string> {
  const remembered = new Set<string>();
  const expression = pattern === undefined ? undefined : new RegExp(pattern, "u");
  const fits = (value: string) => {
    if (!expression || remembered.has(value)) return true;
    if (!expression.test(value)) return false;
    if (remembered.size < MOST_REMEMBERED) remembered.add(value);
    return true;
  };
  if (minLength > 1) throw new Error("Expected a least length of 0 or 1: a character may be two units.");
  return (from) => {
    const value = from.string(maxLength);
    return value !== undefined && value.length >= minLength && fits(value) ? value : undefined;
  };
}

function integerReader({ minimum = 0, maximum = Number.POSITIVE_INFINITY }: Schema): Read<number> {
  return (from) => {
    const value = from.integer();
    return value >= minimum && value <= maximum ? value : undefined;
  };
}

function arrayReader(
  { items = {}, maxItems = Number.POSITIVE_INFINITY, uniqueItems = false }: Schema,
  options: Options,
): Read<unknown[]> {
  const read = readerOf(items, options);
  return (from) => {
    const values: unknown[] = [];
    if (!from.takes(OPEN_BRACKET)) return undefined;
    if (from.takes(CLOSE_BRACKET)) return values;
    do {
      const value = read(from);
      if (value === undefined || values.length === maxItems) return undefined;
      values.push(value);
    } while (from.takes(COMMA));
    if (uniqueItems && new Set(values).size < values.length) return undefined;
    return from.takes(CLOSE_BRACKET) ? values : undefined;
  };
}

function objectReader({ properties = {}, required = [] }: Schema, options: Options): Read<object> {
  const names = Object.keys(properties);
  const keys = names.map((name) => Buffer.from(JSON.stringify(name)));
  const readers = Object.values(properties).map((property) => readerOf(property, options));
  const isRead = names.map((name) => !options.unread.includes(name));
  const needed = required.reduce((mask, name) => mask | (1 << names.indexOf(name)), 0);
  return (from) => {
    const found: Record<string, unknown> = {};
    let seen = 0;
    let key = -1;
    if (!from.takes(OPEN_BRACE)) return undefined;
    do {
      key = from.key(keys, key + 1);
      if (key < 0 || seen & (1 << key)) return undefined;
      seen |= 1 << key;
      const isSkipped = from.isSkipping;
      if (!isRead[key]) from.isSkipping = true;
      const value = (readers[key] as Read)(from);
      if (value === undefined) return undefined;
      if (!from.isSkipping) found[names[key] as string] = value;
      from.isSkipping = isSkipped;
    } while (from.takes(COMMA));
    return from.takes(CLOSE_BRACE) && (seen & needed) === needed ? found : undefined;
  };
}

function mapReader(
  { propertyNames = {}, additionalProperties, maxProperties = Number.POSITIVE_INFINITY }: Schema,
  options: Options,
): Read<object> {
  const readName = readerOf(propertyNames, options) as Read<string>;
  const readValue = readerOf(additionalProperties || {}, options);
  return (from) => {
    const found: Record<string, unknown> = {};
    if (!from.takes(OPEN_BRACE)) return undefined;
    let count = 0;
    do {
      const name = readName(from);
      if (name === undefined || name in found || ++count > maxProperties || !from.takes(COLON))
        return undefined;
      const value = readValue(from);
      if (value === undefined) return undefined;
      found[name] = value;
    } while (from.takes(COMMA));
    return from.takes(CLOSE_BRACE) ? found : undefined;
  };
}
