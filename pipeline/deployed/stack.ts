import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { InstallationError } from "../installation.ts";

const needed = [
  "DataBucketName",
  "StateMachineArn",
  "LiveAliasArn",
  "ModelsStateMachineArn",
  "FileSystemId",
  "AccessPointId",
] as const;

/** What the command line must know of a deployed stack. */
export type Stack = {
  name: string;
  /** All that it tells, by name. */
  outputs: ReadonlyMap<string | undefined, string | undefined>;
} & Record<(typeof needed)[number], string>;

/** Finds a stack by name, in the account and region of the SDK's own configuration. */
export async function findStack(name: string): Promise<Stack> {
  const client = new CloudFormationClient({});
  // First, because without a region everything else fails in a way that says less.
  const region = await client.config.region();
  const described = await client
    .send(new DescribeStacksCommand({ StackName: name }))
    .catch((error: Error) => {
      if (error.name === "ValidationError" && /does not exist/.test(error.message))
        throw new InstallationError(
          "NoStack",
          `There is no stack ${name} in ${region}. Deploy it, name another with --stack NAME, or set AWS_REGION and AWS_PROFILE.`,
        );
      throw error;
    });
  const stack = described.Stacks?.[0];
  const told = new Map(stack?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const missing = needed.filter((output) => !told.get(output));
  if (missing.length > 0)
    throw new InstallationError(
      "NoStack",
      `The stack ${name} in ${region} (${stack?.StackStatus}) has no ${missing.join(", ")}. Wait until it is deployed, deploy this version, or name another with --stack NAME.`,
    );
  const values = Object.fromEntries(needed.map((output) => [output, told.get(output)!]));
  return { name, outputs: told, ...(values as Record<(typeof needed)[number], string>) };
}
