import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { REGION } from "../machine/identity.ts";
import { isRecord } from "../machine/shape.ts";

export type SfnEndpoint = {
  /** What @aws-sdk/client-sfn must find in its environment to come here. */
  environment: Record<string, string>;
  close(): Promise<void>;
};

/** Throws an error whose name is one of Step Functions': InvalidName, ExecutionAlreadyExists, InvalidExecutionInput. */
export type StartExecution = (
  name: string,
  input: unknown,
) => Promise<{ executionArn: string; startDate: string }>;

// The input's own limit of 262,144 bytes is checked by the engine; JSON in JSON may double it.
const requestBytes = 1024 * 1024;

/**
 * Step Functions' StartExecution on a port of the loopback interface, for the start-execution function, which calls it
 * through the real SDK. Whoever does not sign with this endpoint's own access key is turned away: other users of the
 * machine can reach the port.
 */
export async function openSfnEndpoint(start: StartExecution): Promise<SfnEndpoint> {
  const accessKey = `LOCAL${randomUUID().replaceAll("-", "").toUpperCase()}`;
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(request, accessKey, start);
    response.writeHead(status, {
      "content-type": "application/x-amz-json-1.0",
      "x-amzn-requestid": randomUUID(),
    });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    environment: {
      AWS_ENDPOINT_URL_SFN: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_REGION: REGION,
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Reply = { status: number; body: Record<string, unknown> };

async function answer(request: IncomingMessage, accessKey: string, start: StartExecution): Promise<Reply> {
  if (!request.headers.authorization?.includes(`Credential=${accessKey}/`))
    return refusal("UnrecognizedClientException", "The security token included in the request is invalid.");
  if (request.headers["x-amz-target"] !== "AWSStepFunctions.StartExecution")
    return refusal("UnknownOperationException", "Only StartExecution is known here.");
  if (!(Number(request.headers["content-length"]) <= requestBytes))
    return refusal("InvalidExecutionInput", "The request is too large.");
  try {
    const body: unknown = JSON.parse((await buffer(request)).toString("utf8"));
    if (!isRecord(body) || typeof body.name !== "string")
      return refusal("InvalidName", "name must be a string.");
    const input = typeof body.input === "string" ? body.input : "{}";
    const { executionArn, startDate } = await start(body.name, JSON.parse(input));
    return { status: 200, body: { executionArn, startDate: Date.parse(startDate) / 1000 } };
  } catch (error) {
    if (error instanceof SyntaxError) return refusal("InvalidExecutionInput", "The input is not JSON.");
    if (error instanceof Error && /^(Invalid|Execution)[A-Za-z]+$/.test(error.name))
      return refusal(error.name, error.message);
    return { status: 500, body: { __type: "InternalServerError" } };
  }
}

function refusal(type: string, message: string): Reply {
  return { status: 400, body: { __type: `com.amazonaws.swf.service.v2.model#${type}`, message } };
}
