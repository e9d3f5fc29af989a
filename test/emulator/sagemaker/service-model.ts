import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

type Shape = {
  type: string;
  required?: string[];
  members?: Record<string, { shape: string }>;
  member?: { shape: string };
  key?: { shape: string };
  value?: { shape: string };
  enum?: string[];
  min?: number;
  max?: number;
  pattern?: string;
};
type Model = { operations: Record<string, { input: { shape: string } }>; shapes: Record<string, Shape> };

const root = fileURLToPath(new URL("../../../", import.meta.url));
type Service = "sagemaker" | "ecs";
const models = new Map<Service, Model>();

/** AWS's own description of a service's interface, which botocore brings along. */
function modelOf(service: Service): Model {
  const known = models.get(service);
  if (known) return known;
  const pattern = `.venv/emulator/lib/python*/site-packages/botocore/data/${service}/*/service-2.json.gz`;
  const [file] = globSync(pattern, { cwd: root });
  if (file === undefined) throw new Error(`Expected ${pattern}, found none. Run npm run setup first.`);
  const model = JSON.parse(gunzipSync(readFileSync(`${root}${file}`)).toString("utf8")) as Model;
  models.set(service, model);
  return model;
}

/** What AWS's model of a service finds wrong with a request: unknown, missing, of another type, out of bounds. */
export function requestProblems(
  operation: string,
  request: unknown,
  service: Service = "sagemaker",
): string[] {
  const { operations, shapes } = modelOf(service);
  const input = operations[operation]?.input.shape;
  return input === undefined
    ? [`${service} has no operation ${operation}`]
    : problemsOf(shapes, input, request, operation);
}

function problemsOf(shapes: Model["shapes"], name: string, value: unknown, where: string): string[] {
  const shape = shapes[name]!;
  const at = (part: string, member: { shape: string }, found: unknown) =>
    problemsOf(shapes, member.shape, found, `${where}${part}`);
  switch (shape.type) {
    case "structure": {
      if (!isObject(value)) return [`${where} must be an object`];
      const missing = (shape.required ?? []).filter((field) => value[field] == null);
      return [
        ...missing.map((field) => `${where} lacks ${field}`),
        ...Object.entries(value).flatMap(([field, part]) => {
          const member = shape.members?.[field];
          return member ? at(`.${field}`, member, part) : [`${where} has no ${field}`];
        }),
      ];
    }
    case "map": {
      if (!isObject(value)) return [`${where} must be an object`];
      const entries = Object.entries(value);
      const inside = entries.flatMap(([key, part]) => [
        ...at(".key", shape.key!, key),
        ...at(`.${key}`, shape.value!, part),
      ]);
      return [...inside, ...outOfBounds(shape, entries.length, where)];
    }
    case "list": {
      if (!Array.isArray(value)) return [`${where} must be a list`];
      const inside = value.flatMap((part, index) => at(`[${index}]`, shape.member!, part));
      return [...inside, ...outOfBounds(shape, value.length, where)];
    }
    case "string":
      return typeof value === "string" ? textProblems(shape, value, where) : [`${where} must be a string`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${where} must be true or false`];
    case "integer":
    case "long":
      return Number.isInteger(value)
        ? outOfBounds(shape, value as number, where)
        : [`${where} must be a whole number`];
    default:
      return typeof value === "number" ? [] : [`${where} must be a ${shape.type}`];
  }
}

function textProblems(shape: Shape, value: string, where: string): string[] {
  const problems = outOfBounds(shape, value.length, where);
  if (shape.enum && !shape.enum.includes(value)) problems.push(`${where} is none of the values it may have`);
  // AWS means the whole text. A number behind $ is Java's, which takes it for the end as often as that.
  const pattern = shape.pattern?.replace(/\$\{\d+,\d+\}$/, "");
  if (pattern && !new RegExp(`^(?:${pattern})$`, "u").test(value))
    problems.push(`${where} must match ${shape.pattern}`);
  return problems;
}

function outOfBounds({ min = 0, max = Infinity }: Shape, size: number, where: string): string[] {
  return size >= min && size <= max ? [] : [`${where} must be or have from ${min} to ${max}, is ${size}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
