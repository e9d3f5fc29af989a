import {
  type _InstanceType,
  DescribeSubnetsCommand,
  EC2Client,
  paginateDescribeInstanceTypeOfferings,
} from "@aws-sdk/client-ec2";
import { bad, type Check, ok, unknown } from "../../check.ts";
import type { Ladder } from "./ladders.ts";

/** Where the jobs may run, and which zones have which type. */
export async function zonesOf(subnets: readonly string[], ladders: readonly Ladder[]) {
  const client = new EC2Client({});
  const { Subnets = [] } = await client.send(new DescribeSubnetsCommand({ SubnetIds: [...subnets] }));
  const types = [...new Set(ladders.flatMap(({ rungs }) => rungs.map(({ type }) => ec2Type(type))))];
  const offered = new Map<string, string[]>();
  for await (const page of paginateDescribeInstanceTypeOfferings(
    { client },
    {
      LocationType: "availability-zone",
      Filters: [{ Name: "instance-type", Values: types as _InstanceType[] }],
    },
  ))
    for (const { InstanceType = "", Location = "" } of page.InstanceTypeOfferings ?? [])
      offered.set(InstanceType, [...(offered.get(InstanceType) ?? []), Location]);
  return { zones: [...new Set(Subnets.map(({ AvailabilityZone }) => AvailabilityZone!))].sort(), offered };
}

// SageMaker has no such question. It rents EC2's machines, so a zone without the type cannot have it.
const ec2Type = (type: string) => type.replace(/^ml\./, "");

/** A check for each job: types that none of the subnets' zones has are never found, however long the job waits. */
export function examineZones(
  ladders: readonly Ladder[],
  { zones, offered }: { zones: readonly string[]; offered: ReadonlyMap<string, readonly string[]> },
): Check[] {
  return ladders.map(({ job, rungs }) => {
    const name = `Zones of ${job}`;
    const types = [...new Set(rungs.map(({ type }) => type))].map((type) => ({
      type,
      shared: zones.filter((zone) => offered.get(ec2Type(type))?.includes(zone)),
    }));
    const found = `${types.map(({ type, shared }) => `${type}: ${shared.join(", ") || "none"}`).join("; ")}.`;
    const absent = types.filter(({ shared }) => shared.length === 0);
    if (absent.length === 0) return ok(name, found);
    const names = absent.map(({ type }) => type).join(", ");
    return absent.length === types.length
      ? bad(
          name,
          found,
          "Take types that these zones have, or subnets in other zones (cdk.json), and deploy.",
        )
      : unknown(
          name,
          found,
          `Leave ${names} out, or add a subnet in a zone that has it (cdk.json), and deploy.`,
        );
  });
}
