import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

let asked: Promise<string> | undefined;

/**
 * Who runs this process, as AWS knows them: the ARN of their identity. It needs no permission. IAM does not hold anybody
 * to it, since it is sent as a part of the request; CloudTrail has who really sent that.
 */
export function caller(): Promise<string> {
  asked ??= new STSClient({}).send(new GetCallerIdentityCommand({})).then(({ Arn }) => Arn!);
  return asked;
}
