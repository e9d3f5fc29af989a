import { RemovalPolicy } from "aws-cdk-lib";
import type { Deployment } from "../../schemas/types.ts";

/**
 * What becomes of something that holds data when the stack goes. Kept, unless the deployment is a trial, or the first
 * deployment failed: what it had made is empty, and under its fixed name would stand in the way of the next attempt.
 */
export function removalOf({ keepData }: Pick<Deployment, "keepData">): RemovalPolicy {
  return keepData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}
