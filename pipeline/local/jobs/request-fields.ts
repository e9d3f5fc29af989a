import { TaskError } from "../engine/task-runner.ts";
import { isRecord } from "../machine/shape.ts";

// Readers of a request's fields; each throws what its last parameter does, SageMaker's refusal if nobody says otherwise.
// `where` is the field's path.

type Refuse = (where: string, problem: string) => never;

export type S3Uri = { bucket: string; key: string };

/** Which parameters an object must, may, and may in vain have. */
type Fields = { needed: readonly string[]; known?: readonly string[]; without?: readonly string[] };

export function fields(
  value: unknown,
  where: string,
  { needed, known = [], without = [] }: Fields,
  refused: Refuse = refuse,
) {
  if (!isRecord(value)) return refused(where, "must be an object");
  for (const name of needed) if (value[name] === undefined) refused(`${where}.${name}`, "is missing");
  for (const name of Object.keys(value))
    if (!needed.includes(name) && !known.includes(name) && !without.includes(name))
      refused(`${where}.${name}`, "is not a parameter that is supported");
  return value;
}

export function list(value: unknown, where: string, refused: Refuse = refuse): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : refused(where, "must be a list");
}

export function text(value: unknown, where: string, refused: Refuse = refuse): string {
  return typeof value === "string" && value !== "" ? value : refused(where, "must be a string");
}

export function strings(value: unknown, where: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value)) return refuse(where, "must be an object");
  const entries = Object.entries(value).map(([name, entry]) =>
    typeof entry === "string" ? ([name, entry] as const) : refuse(`${where}.${name}`, "must be a string"),
  );
  return Object.fromEntries(entries);
}

export function s3Uri(value: unknown, where: string): S3Uri {
  const [, bucket, key = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(text(value, where)) ?? [];
  return bucket ? { bucket, key } : refuse(where, "must be s3://<bucket>/<key>");
}

export function withSlash(key: string): string {
  return key === "" || key.endsWith("/") ? key : `${key}/`;
}

/** Refuses a request as a service does. `where` and `problem` name fields, never their values. */
export const refusalOf =
  (error: string, service: string): Refuse =>
  (where, problem) => {
    throw new TaskError(
      error,
      `${where} ${problem}. (Service: ${service}; Status Code: 400; Error Code: ${error.split(".")[1]})`,
    );
  };

/** Refuses the request as SageMaker does. */
export function refuse(where: string, problem: string): never {
  throw new TaskError(
    "SageMaker.AmazonSageMakerException",
    `${where} ${problem}. (Service: AmazonSageMaker; Status Code: 400; Error Code: ValidationException)`,
  );
}
