import { CfnPermission, CfnUrl, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Deployment } from "../../schemas/types.ts";

/**
 * The address at which the dashboard's server, and no one else, reaches receive-export; null without a dashboard.
 *
 * L1, like the roles: the construct's own helper would change the caller's role, which is not ours.
 */
export function dashboardDoor(receiver: LambdaFunction | undefined, deployment: Deployment): string | null {
  const { dashboardRoleArn: principal } = deployment;
  if (!receiver || !principal) return null;
  const functionUrlAuthType = "AWS_IAM";
  const url = new CfnUrl(receiver, "Url", {
    authType: functionUrlAuthType,
    targetFunctionArn: receiver.functionArn,
  });
  const functionName = receiver.functionArn;
  // Both are asked for since October 2025; the second only through the URL.
  new CfnPermission(receiver, "DashboardInvokesUrl", {
    functionName,
    principal,
    action: "lambda:InvokeFunctionUrl",
    functionUrlAuthType,
  });
  new CfnPermission(receiver, "DashboardInvokes", {
    functionName,
    principal,
    action: "lambda:InvokeFunction",
    invokedViaFunctionUrl: true,
  });
  return url.attrFunctionUrl;
}
