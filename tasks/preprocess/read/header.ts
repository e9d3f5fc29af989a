import { NamedError } from "../../../schemas/errors.ts";
import exportSchema from "../../../schemas/training-export.schema.json" with { type: "json" };
import type { TrainingExport } from "../../../schemas/types.ts";
import { explain } from "../../door.ts";
import { compile } from "./schema-check.ts";

/** The export without its records. */
export type ExportHeader = Omit<TrainingExport, "records">;

const required = exportSchema.required as (keyof ExportHeader)[];
const checks = new Map(
  required.map((key) => [key, compile<unknown>(`training-export.schema.json#/properties/${key}`)]),
);

/** Collects the header property by property, in any order, and checks each as it comes. Throws InvalidExport. */
export class HeaderReader {
  // A map, so that a property named __proto__ is a property.
  private readonly values = new Map<string, unknown>();

  add(key: string, value: unknown) {
    const check = checks.get(key as keyof ExportHeader);
    if (!check)
      throw invalid(
        `has a property that the schema does not know, besides ${required.join(", ")} and records`,
      );
    if (this.values.has(key)) throw invalid(`has /${key} twice`);
    if (!check(value)) {
      const error = check.errors?.[0];
      throw invalid(
        `breaks the schema: /${key}${error ? explain(error).replace("(the whole value)", "") : " is not valid"}`,
      );
    }
    this.values.set(key, value);
  }

  /** What records need to be read. Throws when it was not seen yet. */
  forRecords(): Pick<ExportHeader, "labels" | "offsetUnit"> {
    const missing = ["labels", "offsetUnit"].filter((key) => !this.values.has(key));
    if (missing.length > 0)
      throw invalid(
        `has no /${missing.join(" and no /")} before its first record. Records are read as they come: write the header first`,
      );
    return Object.fromEntries(this.values) as ExportHeader;
  }

  /** The whole header, once the file has ended. */
  finish(): ExportHeader {
    const missing = required.filter((key) => !this.values.has(key));
    if (missing.length > 0) throw invalid(`lacks ${missing.map((key) => `/${key}`).join(", ")}`);
    return Object.fromEntries(required.map((key) => [key, this.values.get(key)])) as ExportHeader;
  }
}

function invalid(problem: string): NamedError {
  return new NamedError(
    "InvalidExport",
    `The header of the export ${problem}. See schemas/training-export.schema.json.`,
  );
}
