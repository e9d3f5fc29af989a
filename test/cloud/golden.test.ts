// The templates as files, for a reviewer: what a change of the app changes in an account is a diff of these.
import { expect, test } from "vitest";
import { deployments, synthesize, type Template } from "./deployments.ts";

test.each(Object.entries<object>(deployments))(
  "the template of a stack with %s network and file system",
  async (name, written) => {
    const template = readable(await synthesize(written));
    await expect(yaml(template)).toMatchFileSnapshot(`golden/${name}.yaml`);
  },
);

/** Without what says nothing: digests of code, the CDK's own metadata, and the definitions, which are golden elsewhere. */
function readable(template: Template): unknown {
  const { Resources, Outputs } = structuredClone(template);
  for (const [id, resource] of Object.entries(Resources)) {
    delete (resource as { Metadata?: object }).Metadata;
    if (resource.Type === "AWS::CDK::Metadata") delete Resources[id];
    if (resource.Type === "AWS::Lambda::Function") resource.Properties.Code = "(the bundle)";
    if (resource.Type === "AWS::StepFunctions::StateMachine")
      resource.Properties.DefinitionString = "(test/states/golden)";
  }
  return { Resources, Outputs };
}

/** Block YAML of what JSON can hold; long intrinsics on one line, as a person would write them. */
function yaml(value: unknown, indent = ""): string {
  if (value === null || typeof value !== "object") return scalar(value);
  const short = JSON.stringify(value);
  if (short.length <= 100 || isIntrinsic(value)) return intrinsic(value);
  const lines = Array.isArray(value)
    ? value.map((item) => `${indent}- ${yaml(item, `${indent}  `).trimStart()}`)
    : Object.entries(value).map(([key, item]) => {
        const text = yaml(item, `${indent}  `);
        return text.includes("\n") || (typeof item === "object" && text.startsWith(`${indent}  `))
          ? `${indent}${scalar(key)}:\n${text}`
          : `${indent}${scalar(key)}: ${text}`;
      });
  return indent === "" ? `${lines.join("\n")}\n` : lines.join("\n");
}

function scalar(value: unknown): string {
  return typeof value === "string" && /^(?!\d)[\w/][\w ./()-]*$/.test(value) ? value : JSON.stringify(value);
}

const isIntrinsic = (value: object) =>
  Object.keys(value).length === 1 && /^(Ref$|Fn::)/.test(Object.keys(value)[0]!);

function intrinsic(value: unknown): string {
  if (value === null || typeof value !== "object") return scalar(value);
  if (Array.isArray(value)) return `[${value.map(intrinsic).join(", ")}]`;
  const [[name, argument] = []] = Object.entries(value);
  const text = isIntrinsic(value) ? substituted(name!, argument) : null;
  if (text !== null) return JSON.stringify(text);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${scalar(key)}: ${intrinsic(item)}`)
    .join(", ")} }`;
}

/** References, and joins of them, as one string with ${…}; null for what is neither. */
function substituted(name: string, argument: unknown): string | null {
  if (name === "Ref") return `\${${argument}}`;
  if (name === "Fn::GetAtt") return `\${${(argument as string[]).join(".")}}`;
  if (name !== "Fn::Join" || (argument as [string, unknown])[0] !== "") return null;
  const parts = (argument as [string, unknown[]])[1].map((part) => {
    if (typeof part === "string") return part;
    const [[inner, of] = []] = Object.entries(part as object);
    return substituted(inner!, of) ?? intrinsic(part);
  });
  return parts.join("");
}
