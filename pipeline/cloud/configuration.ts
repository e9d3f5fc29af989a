import deploymentSchema from "../../schemas/installation/deployment.schema.json" with { type: "json" };
import trackingSchema from "../../schemas/installation/tracking.schema.json" with { type: "json" };
import modelCardSchema from "../../schemas/models/model-card.schema.json" with { type: "json" };
import { defaultModel } from "../../schemas/models/registered-models.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { Deployment } from "../../schemas/types.ts";
import { door } from "../../tasks/lambda/door.ts";
import { servingProblem } from "./serving/settings.ts";

const check = door<Deployment>(deploymentSchema, {
  what: 'The context value "pbp" (cdk.json)',
  name: "InvalidInput",
  useDefaults: true,
  schemas: [modelCardSchema, trackingSchema],
});

/**
 * A deployment's decisions with every default filled in.
 *
 * @param written The CDK context's `pbp`: an object from cdk.json, or JSON from `-c pbp='{…}'`. Absent: all defaults.
 * @throws NamedError InvalidInput that says which field is wrong and what was expected.
 */
export function readConfiguration(written: unknown): Deployment {
  const configuration = check(structuredClone(parsed(written)));
  const { network, fileSystem, tracking } = configuration;
  if (fileSystem && !network)
    refuse("fileSystem needs network: the functions that mount it must be in its VPC, so name that VPC too");
  if (network && network.subnetIds.length !== network.availabilityZones.length)
    refuse("network.availabilityZones must name one zone for each of network.subnetIds, in the same order");
  if (tracking && !tracking.uri.startsWith("https://"))
    refuse("tracking.uri must begin with https://: what it is sent goes over the internet");
  const problem = servingProblem(configuration.serving, network?.availabilityZones);
  if (problem) refuse(problem);
  return configuration;
}

/** How often each registered model should succeed; of a model that is not named nothing is expected. */
export function expectedDays({ expectedEveryDays: days }: Deployment): Record<string, number> {
  // A number alone is of the default one.
  return typeof days === "number" ? { [defaultModel]: days } : (days ?? {});
}

function parsed(written: unknown): unknown {
  if (written === undefined || written === null) return {};
  if (typeof written !== "string") return written;
  try {
    return JSON.parse(written);
  } catch {
    return refuse("it must be an object, or JSON of one");
  }
}

function refuse(problem: string): never {
  throw new NamedError("InvalidInput", `The context value "pbp" (cdk.json): ${problem}.`);
}
