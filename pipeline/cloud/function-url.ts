import { CfnPermission, CfnUrl, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";

/**
 * The address at which one role, and no one else, reaches a function: the dashboard's server receive-export, a web app's
 * server answer. Null where the deployment names no role, and so has no such function.
 *
 * L1, like the roles: the construct's own helper would change the caller's role, which is not ours.
 *
 * @param caller How the role is called in the names of the permissions.
 */
export function functionUrl(
  made: LambdaFunction | undefined,
  principal: string | undefined,
  caller: string,
): string | null {
  if (!made || !principal) return null;
  const functionUrlAuthType = "AWS_IAM";
  const url = new CfnUrl(made, "Url", {
    authType: functionUrlAuthType,
    targetFunctionArn: made.functionArn,
  });
  const functionName = made.functionArn;
  // Both are asked for since October 2025; the second only through the URL.
  new CfnPermission(made, `${caller}InvokesUrl`, {
    functionName,
    principal,
    action: "lambda:InvokeFunctionUrl",
    functionUrlAuthType,
  });
  new CfnPermission(made, `${caller}Invokes`, {
    functionName,
    principal,
    action: "lambda:InvokeFunction",
    invokedViaFunctionUrl: true,
  });
  return url.attrFunctionUrl;
}
