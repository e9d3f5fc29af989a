// Policies of a template in a form that a person can write down: one line for each action and resource.
import type { Template } from "./deployments.ts";
import { ofType } from "./deployments.ts";

/** An action on a resource, under the conditions of its statement. */
export type Permission = { action: string; resource: string; conditions: object };

type Statement = {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, object>;
};

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** Every permission of a role, by the id that the app gives it: those of its one policy, which only allows. */
export function permissionsOf(template: Template, role: string): Permission[] {
  const policies = ofType(template, "AWS::IAM::ManagedPolicy").filter(([id]) => idOf(id) === `${role}Policy`);
  if (policies.length !== 1) throw new Error(`${role} has ${policies.length} policies.`);
  return permissionsIn(policies[0]![1].Properties.PolicyDocument.Statement);
}

/** Every permission of a policy's statements, which only allow. */
export function permissionsIn(statements: Statement[]): Permission[] {
  return statements.flatMap(({ Effect, Action, Resource, Condition }) => {
    if (Effect !== "Allow") throw new Error(`A statement is ${Effect}.`);
    return list(Action).flatMap((action) =>
      list(Resource).map((resource) => ({
        action,
        resource: textOf(resource),
        conditions: JSON.parse(JSON.stringify(Condition ?? {}), (_, value) =>
          value !== null && typeof value === "object" && isReference(value) ? textOf(value) : value,
        ),
      })),
    );
  });
}

/** `principal action if condition`, one line each, of a resource's own policy. */
export function grantsIn(statements: (Statement & { Principal: Record<string, unknown> })[]): string[] {
  return statements.flatMap((statement) =>
    permissionsIn([statement]).flatMap(({ action, conditions }) =>
      Object.values(statement.Principal)
        .flat()
        .map((principal) =>
          [
            textOf(principal),
            action,
            ...(statement.Condition ? ["if", JSON.stringify(conditions)] : []),
          ].join(" "),
        ),
    ),
  );
}

/** The id that the app gives a resource, without the digest that the CDK puts behind it. */
export const idOf = (logicalId: string) => logicalId.replace(/[0-9A-F]{8}$/, "");

const isReference = (value: object) => /^(?:Ref|Fn::)/.test(Object.keys(value)[0] ?? "");

/** An ARN as CloudFormation's Fn::Sub would be given it: `${DataKey.Arn}`, `arn:${AWS::Partition}:…`. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const [[name, argument] = []] = Object.entries(value as object);
  if (name === "Ref") return `\${${idOf(argument)}}`;
  if (name === "Fn::GetAtt") return `\${${idOf(argument[0])}.${argument[1]}}`;
  if (name === "Fn::Join" && argument[0] === "") return argument[1].map(textOf).join("");
  throw new Error(`This test cannot read ${JSON.stringify(value)}.`);
}
