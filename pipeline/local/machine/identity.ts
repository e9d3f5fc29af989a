/** Who is who in a local installation, in AWS's words. No real account has this number. */
export const ACCOUNT_ID = "000000000000";
export const REGION = "local";
export const MACHINE_NAME = "predictive-billing-pipeline";
export const MACHINE_ARN = `arn:aws:states:${REGION}:${ACCOUNT_ID}:stateMachine:${MACHINE_NAME}`;
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT_ID}:role/local`;

/** Step Functions' rule, without the characters that it advises against. Such a name is safe as a folder. */
export const EXECUTION_NAME = /^[0-9A-Za-z_-]{1,80}$/;

export function executionArn(name: string): string {
  return `arn:aws:states:${REGION}:${ACCOUNT_ID}:execution:${MACHINE_NAME}:${name}`;
}
