// Whether the endpoint of each registered model has the generation in use: Publish does not wait for it, and an update that
// fails leaves the version before in service.
import { DescribeEndpointCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import type { SFNClient } from "@aws-sdk/client-sfn";
import { endpointName, publishedAs } from "../../../schemas/installation/serving.ts";
import type { PromotionRecord } from "../../../schemas/types.ts";
import { bad, type Check, ok, unknown } from "../../check.ts";
import { askModels } from "../models.ts";

export type InUse = Pick<PromotionRecord, "generation" | "version">;
type History = { models: string[]; generations: InUse[] };

const remedy = "Look why, then publish it again: docs/runbook.md, An endpoint failed.";
const moving = ["Creating", "Updating", "SystemUpdating", "RollingBack"];

/** Asks the operators' machine what is in use, by registered model. */
export async function modelsInUse(steps: SFNClient, machineArn: string): Promise<Map<string, InUse>> {
  const history = (model?: string) =>
    askModels(steps, machineArn, { action: "history", ...(model && { model }) }) as Promise<History>;
  const { models } = await history();
  const newest = await Promise.all(
    models.map(async (model) => [model, (await history(model)).generations[0]] as const),
  );
  return new Map(newest.filter((one): one is [string, InUse] => one[1] !== undefined));
}

export async function examineEndpoint(stackName: string, model: string, inUse: InUse): Promise<Check> {
  const name = `Endpoint of ${model}`;
  const endpoint = endpointName(stackName, model);
  const wanted = `generation ${inUse.generation} (${inUse.version})`;
  const found = await describe(endpoint);
  if (found === null) return bad(name, `There is no endpoint ${endpoint}. In use is ${wanted}.`, remedy);
  const { EndpointStatus: status = "unknown", EndpointConfigName, FailureReason } = found;
  if (moving.includes(status))
    return unknown(name, `${endpoint} is ${status}.`, "Wait some minutes, then ask again.");
  const why = FailureReason === undefined ? "" : ` SageMaker says: ${FailureReason}`;
  if (status !== "InService") return bad(name, `${endpoint} is ${status}.${why}`, remedy);
  const published = publishedAs(EndpointConfigName ?? "");
  if (published?.version === inUse.version && published.generation === inUse.generation)
    return ok(name, `${endpoint} is InService with ${wanted}.`);
  const has = published ? `generation ${published.generation} (${published.version})` : EndpointConfigName;
  return bad(name, `${endpoint} is InService with ${has}, but in use is ${wanted}.${why}`, remedy);
}

async function describe(EndpointName: string) {
  try {
    return await new SageMakerClient({}).send(new DescribeEndpointCommand({ EndpointName }));
  } catch (error) {
    // SageMaker has no error of its own for what is not there.
    if (error instanceof Error && /could not find/i.test(error.message)) return null;
    throw error;
  }
}
