import type { ValidateFunction } from "ajv/dist/2020.js";
import exportSchema from "../../../schemas/data/training-export.schema.json" with { type: "json" };
import { NamedError } from "../../../schemas/tables/errors.ts";
import { defaultKind } from "../../../schemas/tables/kinds.ts";
import type { Kind, TrainingExport } from "../../../schemas/types.ts";
import { explain } from "../../lambda/door.ts";
import { checkOf } from "./schema-check.ts";

/** The export without its records. */
export type ExportHeader = Omit<TrainingExport, "records"> & { kind: Kind };

const required = exportSchema.required as (keyof ExportHeader)[];
const { records: _, ...properties } = exportSchema.properties;
const known = Object.keys(properties) as (keyof ExportHeader)[];
const checks = new Map(
  known.map((key) => [key, checkOf<unknown>(`training-export.schema.json#/properties/${key}`)]),
);
/** The version that brought kinds. */
const versionOfKinds = exportSchema.else.properties.schemaVersion.const;

/** Collects the header property by property, in any order, and checks each as it comes. Throws InvalidExport. */
export class HeaderReader {
  // A map, so that a property named __proto__ is a property.
  private readonly values = new Map<string, unknown>();
  private recordsBegan = false;

  add(key: string, value: unknown) {
    const check = checks.get(key as keyof ExportHeader);
    if (!check)
      throw invalid(`has a property that the schema does not know, besides ${known.join(", ")} and records`);
    if (this.values.has(key)) throw invalid(`has /${key} twice`);
    checkWith(check(), key, value);
    if (key === "kind" && this.recordsBegan) throw invalid(`has /kind behind its records. ${headerFirst}`);
    this.values.set(key, value);
  }

  /** What records need to be read. Throws when it was not seen yet. */
  forRecords(): Pick<ExportHeader, "kind" | "labels" | "offsetUnit"> {
    this.recordsBegan = true;
    const missing = ["labels", ...this.requiredByKind()].filter((key) => !this.values.has(key));
    if (missing.length > 0)
      throw invalid(
        `has no /${missing.join(" and no /")} before its first record. ${headerFirst}${this.values.has("kind") ? "" : `. ${kindFirst}`}`,
      );
    return this.all();
  }

  /** The whole header, once the file has ended. */
  finish(): ExportHeader {
    const missing = [...new Set([...required, ...this.requiredByKind()])].filter(
      (key) => !this.values.has(key),
    );
    if (missing.length > 0) throw invalid(`lacks ${missing.map((key) => `/${key}`).join(", ")}`);
    if (this.values.has("kind") && this.values.get("schemaVersion") !== versionOfKinds)
      throw invalid(`has a /kind, so /schemaVersion must be "${versionOfKinds}"`);
    return this.all();
  }

  private all(): ExportHeader {
    const given = known.filter((key) => this.values.has(key)).map((key) => [key, this.values.get(key)]);
    return { kind: defaultKind, ...Object.fromEntries(given) };
  }

  /** Of the format's first kind alone: the others need no offsets. */
  private requiredByKind(): string[] {
    const isDefault = (this.values.get("kind") ?? defaultKind) === defaultKind;
    return isDefault ? exportSchema.then.required : [];
  }
}

/** Checks a property again, by a part of the schema that holds for a kind only. Throws InvalidExport. */
export function checkPart(key: keyof ExportHeader, check: () => ValidateFunction, value: unknown) {
  checkWith(check(), key, value);
}

function checkWith(check: ValidateFunction, key: string, value: unknown) {
  if (check(value)) return;
  const error = check.errors?.[0];
  const said = error ? explain(error).replace("(the whole value)", "") : " is not valid";
  throw invalid(`breaks the schema: /${key}${said}${error?.keyword === "maxItems" ? tooMany(value) : ""}`);
}

/** Of the labels, the only list of a header. */
const tooMany = (labels: unknown) =>
  Array.isArray(labels) ? `, and has ${labels.length}. Put the rarest together under one label` : "";

const headerFirst = "Records are read as they come: write the header first";

/** Without a kind an export is of the default one, and what is said of it misleads whoever forgot the kind. */
const kindFirst = `An export of classes says its /kind there, too: without one it is of ${defaultKind}`;

function invalid(problem: string): NamedError {
  return new NamedError(
    "InvalidExport",
    `The header of the export ${problem}. See schemas/data/training-export.schema.json.`,
  );
}
