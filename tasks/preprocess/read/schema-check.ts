import type { ValidateFunction } from "ajv/dist/2020.js";
import commonSchema from "../../../schemas/common.schema.json" with { type: "json" };
import exportSchema from "../../../schemas/data/training-export.schema.json" with { type: "json" };
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

/** The part of the export's schema that a reference leads to: of its own, or of the common schema. */
export function schemaAt(reference: string): object {
  const [file, path = ""] = reference.split("#/");
  const schema: object = file === commonSchema.$id ? commonSchema : exportSchema;
  const found = path
    .split("/")
    .reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], schema);
  return found as object;
}
