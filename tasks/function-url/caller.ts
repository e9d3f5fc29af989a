/** Who has called, by whoever checked it; only Lambda and API Gateway write it. */
export type Authorizer = { iam?: { userArn?: string }; jwt?: object } | null | undefined;

/**
 * Whether a request comes from the role that the deployment names; null: someone else has checked who calls. So has an
 * HTTP API with a JWT authoriser, which only this account can put before a function.
 *
 * The function's own policy lets in that role alone, but IAM adds to it what any other identity's policy allows within
 * the account. In the session's ARN the role has no path, and names of roles are unique in an account without it.
 */
export function isCaller(authorizer: Authorizer, role: string | null): boolean {
  if (role === null || authorizer?.jwt !== undefined) return true;
  const [, account, name] = /^arn:[^:]+:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(role) ?? [];
  const [, caller, session] =
    /^arn:[^:]+:sts::(\d+):assumed-role\/([^/]+)\/[^/]+$/.exec(authorizer?.iam?.userArn ?? "") ?? [];
  return name !== undefined && caller === account && session === name;
}
