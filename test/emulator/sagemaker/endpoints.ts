import { account, region } from "../emulator.ts";
import { type Config, configProblem, createProblem, updateProblem, type Wire } from "./endpoint-refusals.ts";

type Reply = { status: number; body: unknown };
type Kind = "Model" | "EndpointConfig" | "Endpoint";
/** One resource in the shape of its Describe…, with times in seconds since the epoch. */
type Resource = Wire & { CreationTime: number };
type World = Record<Kind, Map<string, Resource>>;

export type Endpoints = {
  /** Every request that was accepted and changes something, in order. */
  requests: { operation: string; body: Wire }[];
  /** Answers an operation on models of endpoints, their configurations and endpoints; null: it is of something else. */
  answer(operation: string, body: Wire): Promise<Reply> | null;
  /**
   * Ends what an endpoint is at, for which SageMaker takes minutes: with `failure` as if its new containers never
   * answered /ping, so that a new endpoint fails, and one that was in service stays as it was.
   */
  settle(name: string, failure?: string): void;
};

/** Where ModelDataUrl must point: whether an object of the account is there. */
export type HasObject = (bucket: string, key: string) => Promise<boolean>;

const notFound = (kind: Kind, name: string) =>
  refusal(`Could not find ${words[kind]} "${arnOf(kind, name)}".`);
// What SageMaker says of something that is not there: not ResourceNotFound, as of a job. Seen in terraform-provider-aws
// issue 40048 and PR 9383 of ministryofjustice/modernisation-platform-environments.
const refusal = (message: string): Reply => ({
  status: 400,
  body: { __type: "ValidationException", message },
});
const words: Record<Kind, string> = {
  Model: "model",
  EndpointConfig: "endpoint configuration",
  Endpoint: "endpoint",
};
const ok = (body: Wire = {}): Reply => ({ status: 200, body });
// In lower case, whatever the name is.
const arnOf = (kind: Kind, name: string) =>
  `arn:aws:sagemaker:${region}:${account}:${{ Model: "model", EndpointConfig: "endpoint-config", Endpoint: "endpoint" }[kind]}/${name.toLowerCase()}`;

/** SageMaker's endpoints without their containers: what is refused, and what state they are in. */
export function endpoints(hasObject: HasObject = async () => true): Endpoints {
  const world: World = { Model: new Map(), EndpointConfig: new Map(), Endpoint: new Map() };
  const requests: Endpoints["requests"] = [];
  // Two of the same second are told apart by their order.
  let created = Date.now() / 1000;
  const now = () => {
    created += 0.001;
    return created;
  };
  return {
    requests,
    answer(operation, body) {
      const [, verb, kind] =
        /^(Create|Update|Describe|Delete|List)(Model|EndpointConfig|Endpoint)s?$/.exec(operation) ?? [];
      if (!verb || !kind) return null;
      return (async () => {
        const reply = await perform(verb, kind as Kind, body);
        if (reply.status === 200 && !["Describe", "List"].includes(verb)) requests.push({ operation, body });
        return reply;
      })();
    },
    settle(name, failure) {
      const endpoint = world.Endpoint.get(name);
      if (!endpoint) throw new Error(`There is no endpoint ${name} to settle.`);
      settle(world, name, endpoint, failure);
      endpoint.LastModifiedTime = now();
    },
  };

  async function perform(verb: string, kind: Kind, body: Wire): Promise<Reply> {
    if (verb === "List") return list(kind, body, world);
    const name = String(body[`${kind}Name`]);
    if (verb === "Create") {
      const problem = await problemOf(kind, body, world, hasObject);
      if (world[kind].has(name))
        return refusal(`Cannot create already existing ${words[kind]} "${arnOf(kind, name)}".`);
      if (problem) return problem;
      world[kind].set(name, { ...body, [`${kind}Arn`]: arnOf(kind, name), CreationTime: now() });
      if (kind === "Endpoint") begin(world.Endpoint.get(name)!, "Creating", body);
      return ok({ [`${kind}Arn`]: arnOf(kind, name) });
    }
    const found = world[kind].get(name);
    if (!found) return notFound(kind, name);
    if (verb === "Describe") return ok(shown(kind, found, world));
    if (verb === "Update") {
      const problem = updated(found, body, world);
      if (problem) return problem;
      begin(found, "Updating", body);
      found.LastModifiedTime = now();
      return ok({ EndpointArn: arnOf("Endpoint", name) });
    }
    if (kind !== "Endpoint") world[kind].delete(name);
    else if (isAtWork(found)) return refusal(`Cannot update in-progress endpoint "${found.EndpointArn}".`);
    else found.EndpointStatus = "Deleting";
    return ok();
  }
}

async function problemOf(
  kind: Kind,
  body: Wire,
  world: World,
  hasObject: HasObject,
): Promise<Reply | undefined> {
  if (kind === "Model") {
    const { ModelDataUrl } = (body.PrimaryContainer ?? {}) as { ModelDataUrl?: string };
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(ModelDataUrl ?? "") ?? [];
    // API_ContainerDefinition, ModelDataUrl: "a single gzip compressed tar archive (.tar.gz suffix)".
    if (!bucket || !key?.endsWith(".tar.gz") || !(await hasObject(bucket, key)))
      return refusal(`Could not find model data at ${ModelDataUrl}.`);
    return undefined;
  }
  if (kind === "EndpointConfig") {
    const config = body as Config;
    for (const { ModelName } of config.ProductionVariants)
      if (!world.Model.has(ModelName)) return notFound("Model", ModelName);
    const problem = configProblem(config, (name) => world.Model.get(name)!);
    return problem === undefined ? undefined : refusal(problem);
  }
  const config = world.EndpointConfig.get(String(body.EndpointConfigName));
  if (!config) return notFound("EndpointConfig", String(body.EndpointConfigName));
  const problem = createProblem(body);
  return problem === undefined ? undefined : refusal(problem);
}

function updated(endpoint: Resource, body: Wire, world: World): Reply | undefined {
  const { EndpointConfigName } = body as { EndpointConfigName: string };
  // DescribeEndpoint, EndpointStatus: "DeleteEndpoint is the only operation that can be performed on a failed endpoint."
  if (isAtWork(endpoint) || endpoint.EndpointStatus === "Failed")
    return refusal(
      endpoint.EndpointStatus === "Failed"
        ? `Cannot update a failed endpoint "${endpoint.EndpointArn}".`
        : `Cannot update in-progress endpoint "${endpoint.EndpointArn}".`,
    );
  // The old one has to be there, too: terraform-provider-aws issue 40048.
  for (const name of [String(endpoint.EndpointConfigName), EndpointConfigName])
    if (!world.EndpointConfig.has(name)) return notFound("EndpointConfig", name);
  const [old, next] = [endpoint.EndpointConfigName as string, EndpointConfigName].map(
    (name) => world.EndpointConfig.get(name) as unknown as Config,
  ) as [Config, Config];
  const problem = updateProblem(body, old, next);
  return problem === undefined ? undefined : refusal(problem);
}

const isAtWork = ({ EndpointStatus }: Wire) =>
  ["Creating", "Updating", "Deleting", "SystemUpdating", "RollingBack"].includes(String(EndpointStatus));

function begin(endpoint: Resource, status: "Creating" | "Updating", body: Wire): void {
  Object.assign(endpoint, {
    EndpointStatus: status,
    PendingDeploymentSummary: { EndpointConfigName: body.EndpointConfigName },
    LastModifiedTime: endpoint.CreationTime,
    ...(body.DeploymentConfig !== undefined && { LastDeploymentConfig: body.DeploymentConfig }),
  });
  delete endpoint.FailureReason;
  delete endpoint.DeploymentConfig;
}

function settle(world: World, name: string, endpoint: Resource, failure: string | undefined): void {
  const { EndpointStatus, PendingDeploymentSummary } = endpoint;
  if (!isAtWork(endpoint)) throw new Error(`${name} is ${EndpointStatus}: there is nothing to settle.`);
  if (EndpointStatus === "Deleting") {
    world.Endpoint.delete(name);
    return;
  }
  const { EndpointConfigName } = PendingDeploymentSummary as { EndpointConfigName: string };
  delete endpoint.PendingDeploymentSummary;
  const config = world.EndpointConfig.get(EndpointConfigName) as unknown as Config | undefined;
  // "You must not delete an EndpointConfig … while the UpdateEndpoint or CreateEndpoint operations are being performed."
  const isWhole = config?.ProductionVariants.every(({ ModelName }) => world.Model.has(ModelName));
  const reason = failure ?? (isWhole ? undefined : "The endpoint's configuration or its model was deleted.");
  if (reason !== undefined) endpoint.FailureReason = reason;
  else endpoint.EndpointConfigName = EndpointConfigName;
  // An update that fails leaves the endpoint in service as it was: terraform-provider-aws issue 39099.
  endpoint.EndpointStatus = reason !== undefined && EndpointStatus === "Creating" ? "Failed" : "InService";
}

function shown(kind: Kind, resource: Resource, world: World): Wire {
  const { Tags: _, ...description } = resource as Wire;
  const config = world.EndpointConfig.get(String(resource.EndpointConfigName));
  if (kind !== "Endpoint" || resource.EndpointStatus !== "InService" || !config) return description;
  const { ProductionVariants } = config as unknown as Config;
  return {
    ...description,
    ProductionVariants: ProductionVariants.map(({ VariantName }) => ({ VariantName })),
  };
}

/** As the API Reference has the defaults of List…: the newest first, ten at a time. */
function list(kind: Kind, body: Wire, world: World): Reply {
  const { NameContains = "", StatusEquals, MaxResults = 10, NextToken = "0", SortOrder, SortBy } = body;
  const by = SortBy === "Name" ? `${kind}Name` : "CreationTime";
  const found = [...world[kind].values()]
    .filter((resource) => String(resource[`${kind}Name`]).includes(String(NameContains)))
    .filter((resource) => StatusEquals === undefined || resource.EndpointStatus === StatusEquals)
    .sort((a, b) => ((a[by] as number) < (b[by] as number) ? -1 : 1));
  if (SortOrder !== "Ascending") found.reverse();
  const from = Number(NextToken);
  const to = from + Number(MaxResults);
  const fields = ["Name", "Arn", "Status"].map((field) => `${kind}${field}`);
  const summaries = found
    .slice(from, to)
    .map((resource) =>
      Object.fromEntries(
        [...fields, "CreationTime", "LastModifiedTime"]
          .filter((field) => resource[field] !== undefined)
          .map((field) => [field, resource[field]]),
      ),
    );
  return ok({ [`${kind}s`]: summaries, ...(to < found.length && { NextToken: String(to) }) });
}
