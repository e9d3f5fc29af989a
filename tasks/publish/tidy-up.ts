// The two newest Models and EndpointConfigs of an endpoint stay: those in use, and those of before, to look at. What the
// endpoint has or takes up stays in any case: without its config, SageMaker can neither update nor repair it.
import {
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  paginateListEndpointConfigs,
  paginateListModels,
  type SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import { publishedAs } from "../../schemas/installation/serving.ts";
import { isOfEndpoint } from "./names.ts";

const kept = 2;
// So much of an endpoint's name is in the names of its configs, however they were shortened.
const filterLength = 20;

/** Never throws: what is published is published, and the next Publish tries again. */
export async function tidyUp(
  client: SageMakerClient,
  endpoint: string,
  inUse: ReadonlySet<string>,
): Promise<void> {
  const NameContains = endpoint.slice(0, filterLength);
  const newestFirst = { NameContains, SortBy: "CreationTime", SortOrder: "Descending" } as const;
  try {
    // Configs first: each names a model.
    const configs: string[] = [];
    for await (const { EndpointConfigs = [] } of paginateListEndpointConfigs({ client }, newestFirst))
      configs.push(...EndpointConfigs.map((one) => one.EndpointConfigName!));
    for (const EndpointConfigName of unwanted(configs, endpoint, inUse))
      await client.send(new DeleteEndpointConfigCommand({ EndpointConfigName }));
    const models: string[] = [];
    for await (const { Models = [] } of paginateListModels({ client }, newestFirst))
      models.push(...Models.map((one) => one.ModelName!));
    for (const ModelName of unwanted(models, endpoint, inUse))
      await client.send(new DeleteModelCommand({ ModelName }));
  } catch (error) {
    console.warn(`Old models of ${endpoint} were not removed (${(error as Error).name}).`);
  }
}

/**
 * Of names, the newest first, those of the endpoint that nobody needs. By generation, so that what another call makes just
 * now for a later one stays.
 */
export function unwanted(names: readonly string[], endpoint: string, inUse: ReadonlySet<string>): string[] {
  const generationOf = (name: string) => publishedAs(name)!.generation;
  return names
    .filter((name) => isOfEndpoint(name, endpoint))
    .sort((one, other) => generationOf(other) - generationOf(one))
    .slice(kept)
    .filter((name) => !inUse.has(name));
}
