// Brings a generation to its endpoint. May be called again at any point, and by two at once: what is made has names made of
// its content, so a second call finds it; SageMaker takes one update at a time, and the older generation gives up.
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  type SageMakerClient,
  UpdateEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { Requests } from "./requests.ts";
import { type Endpoint, nextStep, takingUp } from "./step.ts";
import { tidyUp } from "./tidy-up.ts";

/**
 * @returns published: the endpoint has the generation, or takes it up; superseded: it has a newer one. Throws EndpointBusy
 * (call again later), PublicationFailed, and what SageMaker refuses.
 */
export async function publishTo(
  client: SageMakerClient,
  generation: number,
  requests: Requests,
): Promise<"published" | "superseded"> {
  const { endpoint, name } = requests;
  const found = await describe(client, endpoint);
  const step = nextStep(found, name, generation);
  if (step === "superseded") return "superseded";
  if (step === "wait") throw busy(endpoint, found);
  if (step === "delete") {
    await client.send(new DeleteEndpointCommand({ EndpointName: endpoint }));
    throw new NamedError("EndpointBusy", `${endpoint} had failed, and is deleted now to be made again.`);
  }
  if (step === "look")
    throw new NamedError(
      "PublicationFailed",
      `${endpoint} is ${found?.EndpointStatus}, which no update ends. ${deleteFirst(endpoint)}`,
    );
  if (step !== "done") {
    await makeConfig(client, requests);
    const now = await takeUp(client, step, generation, requests);
    if (now === "superseded") return "superseded";
  }
  await tidyUp(client, endpoint, new Set([name, found?.EndpointConfigName ?? name]));
  return "published";
}

async function describe(client: SageMakerClient, EndpointName: string): Promise<Endpoint | null> {
  try {
    return await client.send(new DescribeEndpointCommand({ EndpointName }));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function makeConfig(client: SageMakerClient, { name, model, config }: Requests): Promise<void> {
  await unlessThere(
    () => client.send(new CreateModelCommand(model)),
    () => client.send(new DescribeModelCommand({ ModelName: name })),
  );
  await unlessThere(
    () => client.send(new CreateEndpointConfigCommand(config)),
    () => client.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name })),
  );
}

/** What a killed call, or another one, has made already is the same: its name says so. */
async function unlessThere(create: () => Promise<unknown>, look: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    const isThere = await look().then(
      () => true,
      () => false,
    );
    if (!isThere) throw error;
  }
}

async function takeUp(
  client: SageMakerClient,
  step: "create" | "update",
  generation: number,
  { endpoint, name, deployment, tags }: Requests,
): Promise<"published" | "superseded"> {
  const taken = { EndpointName: endpoint, EndpointConfigName: name };
  const guarded = deployment && { DeploymentConfig: deployment };
  try {
    if (step === "create") await client.send(new CreateEndpointCommand({ ...taken, Tags: tags }));
    else await client.send(new UpdateEndpointCommand({ ...taken, ...guarded }));
    return "published";
  } catch (error) {
    // Another call may have been first, and the endpoint is no longer as it was found.
    const now = await describe(client, endpoint);
    const next = nextStep(now, name, generation);
    if (next === "done") return "published";
    if (next === "superseded") return "superseded";
    if (next === "wait") throw busy(endpoint, now);
    if (!isMissing(error)) throw error;
    await requireItsConfig(client, endpoint, now);
    // A config that was made this moment may not be seen yet: CreateEndpoint's page says so, and to call again.
    throw busy(endpoint, now);
  }
}

/** Without the config that an endpoint has, SageMaker can only delete it. */
async function requireItsConfig(
  client: SageMakerClient,
  endpoint: string,
  now: Endpoint | null,
): Promise<void> {
  const { EndpointConfigName } = now ?? {};
  if (EndpointConfigName === undefined) return;
  try {
    await client.send(new DescribeEndpointConfigCommand({ EndpointConfigName }));
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new NamedError(
      "PublicationFailed",
      `Somebody deleted ${EndpointConfigName}, which ${endpoint} has and needs for an update. ${deleteFirst(endpoint)}`,
    );
  }
}

const deleteFirst = (endpoint: string) =>
  `Delete the endpoint first: aws sagemaker delete-endpoint --endpoint-name ${endpoint}.`;

/** SageMaker has no error of its own for what is not there: it calls the request invalid, in these words. */
const isMissing = (error: unknown) =>
  error instanceof Error && error.name === "ValidationException" && /could not find/i.test(error.message);

function busy(endpoint: string, found: Endpoint | null): NamedError {
  const config = found && takingUp(found);
  return new NamedError(
    "EndpointBusy",
    `${endpoint} is ${found?.EndpointStatus ?? "not ready"}${config ? ` with ${config}` : ""}, and takes nothing else up until that has ended.`,
  );
}
