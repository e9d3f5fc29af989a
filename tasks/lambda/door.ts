import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import commonSchema from "../../schemas/common.schema.json" with { type: "json" };
import { modelNameExpectation } from "../../schemas/models/registered-models.ts";
import { type ErrorName, NamedError } from "../../schemas/tables/errors.ts";

/**
 * The compiler of every check of ours; it knows the common schema and `schemas`.
 *
 * strict refuses a schema with a typo in it; defaults are filled in only where a caller asks for them, at the outer
 * door. No allErrors: on hostile input it does unbounded work.
 */
export function compiler({
  useDefaults = false,
  schemas = [],
}: {
  useDefaults?: boolean;
  schemas?: object[];
}) {
  const ajv = new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    useDefaults,
    // The schemas are checked against JSON Schema's own by a test, not by every cold start: it takes 0.1 s.
    validateSchema: false,
    // Making the checks' code smaller takes a quarter of a cold start's compiling, and no check runs faster for it.
    code: { optimize: false },
    // Lets an error say what its schema expects.
    verbose: true,
    schemas: [commonSchema, ...schemas],
  });
  addFormats.default(ajv, ["date-time"]);
  return ajv;
}

/** What the common schema takes for a reason, beside its length. */
export const reasonInWords =
  "one line of text that is not blank, without control characters or marks of direction";

/** What the common schema takes for a label, beside its length. */
const labelInWords =
  "one line without control characters or marks of direction, and without white space at its ends";

const inWords = { label: labelInWords, reason: reasonInWords, modelName: modelNameExpectation };

/** Says where a value broke its schema and what was expected, never what the value was. */
export function explain(error: ErrorObject): string {
  const where = error.instancePath || "(the whole value)";
  return `${where} ${expectation(error)}`;
}

function expectation(error: ErrorObject): string {
  switch (error.keyword) {
    case "additionalProperties": {
      // The foreign property's name is the sender's, and so perhaps data: what the schema knows is told instead.
      const known = Object.keys(error.parentSchema?.properties ?? {}).join(", ");
      return `has a property that the schema does not know${known && `; it knows ${known}`}`;
    }
    case "enum":
      return `must be one of ${JSON.stringify(error.params.allowedValues)}`;
    case "const":
      return `must be ${JSON.stringify(error.params.allowedValue)}`;
    case "pattern":
      // A regular expression tells people little: where a description says what is meant, that is told. The path begins
      // with the common schema's name, or not where the reference came from in there.
      for (const [definition, words] of Object.entries(inWords))
        if (error.schemaPath?.includes(`#/$defs/${definition}/`)) return `must be ${words}`;
      return error.message ?? error.keyword;
    default:
      return error.message ?? error.keyword;
  }
}

/**
 * Returns the check that stands at a door. It compiles the schema when it is first used: most commands and functions
 * import more doors than they open, and compiling them all is a third of a start.
 *
 * The check returns the value, typed, or throws a {@link NamedError} `name` that says what was checked, where it
 * broke, and what was expected. With `useDefaults`, missing properties are filled in.
 */
export function door<T>(
  schema: object,
  options: { what: string; name: ErrorName; useDefaults?: boolean; schemas?: object[] },
) {
  const { useDefaults = false, schemas = [] } = options;
  let validate: ValidateFunction<T> | undefined;
  return (value: unknown): T => {
    validate ??= compiler({ useDefaults, schemas }).compile<T>(schema);
    if (validate(value)) return value;
    // Of "null, or this": the branch that got further is the one that was meant.
    const error = validate.errors?.reduce((furthest, one) =>
      one.instancePath.length > furthest.instancePath.length ? one : furthest,
    );
    throw new NamedError(options.name, `${options.what}: ${error ? explain(error) : "is not valid"}.`);
  };
}
