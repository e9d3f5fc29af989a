import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import commonSchema from "../../schemas/common.schema.json" with { type: "json" };
import exportSchema from "../../schemas/training-export.schema.json" with { type: "json" };

const ajv = new Ajv2020({
  strict: true,
  allowUnionTypes: true,
  verbose: true,
  schemas: [commonSchema, exportSchema],
});
addFormats.default(ajv, ["date-time"]);

/** Compiles a part of the export's schema, which must check a million records one by one and not as an array. */
export function compile<T>(reference: string): ValidateFunction<T> {
  return ajv.compile<T>({ $ref: reference });
}
