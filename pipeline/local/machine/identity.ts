/** Who is who in a local installation, in AWS's words. No real account has this number. */
export const ACCOUNT_ID = "000000000000";
export const REGION = "local";
export const MACHINE_NAME = "predictive-billing-pipeline";
export const MACHINE_ARN = `arn:aws:states:${REGION}:${ACCOUNT_ID}:stateMachine:${MACHINE_NAME}`;
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT_ID}:role/local`;

export function executionArn(name: string): string {
  return `arn:aws:states:${REGION}:${ACCOUNT_ID}:execution:${MACHINE_NAME}:${name}`;
}
