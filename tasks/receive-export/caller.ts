/**
 * Whether a request comes from the role that the deployment names; null: someone else has checked who calls.
 *
 * The function's own policy lets in that role alone, but IAM adds to it what any other identity's policy allows within
 * the account. In the session's ARN the role has no path, and names of roles are unique in an account without it.
 */
export function isCaller(userArn: string | undefined, role: string | null): boolean {
  if (role === null) return true;
  const [, account, name] = /^arn:[^:]+:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(role) ?? [];
  const [, caller, session] = /^arn:[^:]+:sts::(\d+):assumed-role\/([^/]+)\/[^/]+$/.exec(userArn ?? "") ?? [];
  return name !== undefined && caller === account && session === name;
}
