import type { Stack } from "aws-cdk-lib";
import {
  type IRole,
  ManagedPolicy,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from "aws-cdk-lib/aws-iam";

/** What a role may do, said once and by hand. */
export type Statement = {
  actions: string[];
  resources: string[];
  conditions?: Record<string, Record<string, unknown>>;
};

/** A role, and the policy that must be there before anything takes the role. */
export type ServiceRole = { role: IRole; policy: ManagedPolicy };

/**
 * A role for one service principal (`lambda`, `sagemaker`, …) with its own policy: none of AWS's managed policies,
 * and no permission that a construct would add by itself.
 */
export function serviceRole(stack: Stack, id: string, service: string, statements: Statement[]): ServiceRole {
  const principal = new ServicePrincipal(`${service}.amazonaws.com`);
  const role = new Role(stack, id, {
    // Another account cannot make the service take this role for it. Lambda names no account when it takes one.
    assumedBy:
      service === "lambda"
        ? principal
        : principal.withConditions({ StringEquals: { "aws:SourceAccount": stack.account } }),
  });
  const document = new PolicyDocument({ statements: statements.map((one) => new PolicyStatement(one)) });
  return {
    // By its ARN: constructs can neither change it nor repeat that they need it.
    role: Role.fromRoleArn(stack, `${id}Reference`, role.roleArn, { mutable: false }),
    // Not inline: a separate policy has versions, and shows in the account's list.
    policy: new ManagedPolicy(stack, `${id}Policy`, { document, roles: [role] }),
  };
}
