import type { ValidateFunction } from "ajv/dist/2020.js";
import exportSchema from "../../../schemas/training-export.schema.json" with { type: "json" };
import { compiler } from "../../lambda/door.ts";

let ajv: ReturnType<typeof compiler> | undefined;

/**
 * The check for a part of the export's schema, since a million records are checked one by one and not as an array.
 * It is compiled when it is first asked for: a command that reads no export need not wait for it.
 */
export function checkOf<T>(reference: string): () => ValidateFunction<T> {
  let check: ValidateFunction<T> | undefined;
  return () => {
    ajv ??= compiler({ schemas: [exportSchema] });
    check ??= ajv.compile<T>({ $ref: reference });
    return check;
  };
}
