import type { ValidateFunction } from "ajv/dist/2020.js";
import exportSchema from "../../../schemas/training-export.schema.json" with { type: "json" };
import { compiler } from "../../door.ts";

const ajv = compiler({ schemas: [exportSchema] });

/** Compiles a part of the export's schema, which must check a million records one by one and not as an array. */
export function compile<T>(reference: string): ValidateFunction<T> {
  return ajv.compile<T>({ $ref: reference });
}
