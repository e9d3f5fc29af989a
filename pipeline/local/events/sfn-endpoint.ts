import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { HistoryEvent } from "../../execution.ts";
import { createServer } from "../../http-server.ts";
import { EngineError } from "../engine/engine-error.ts";
import { REGION } from "../machine/identity.ts";
import { isRecord } from "../machine/shape.ts";

export type SfnEndpoint = {
  /** What @aws-sdk/client-sfn must find in its environment to come here. */
  environment: Record<string, string>;
  close(): Promise<void>;
};

/** What a function may ask. Each throws an error whose name is one of Step Functions': ExecutionAlreadyExists, say. */
export type Answers = {
  start?: (name: string, input: unknown) => Promise<{ executionArn: string; startDate: string }>;
  /** Oldest event first. */
  historyOf?: (name: string) => readonly HistoryEvent[];
};

// The input's own limit of 262,144 bytes is checked by the engine; JSON in JSON may double it.
const requestBytes = 1024 * 1024;

// What AWS answers with at most, and without a word of how many are wanted.
const mostEvents = 1000;
const usualEvents = 100;

/**
 * Step Functions' StartExecution and GetExecutionHistory on a port of the loopback interface, for the functions
 * start-execution and notify, which call it through the real SDK. Whoever does not sign with this endpoint's own access key is turned away: other users of the
 * machine can reach the port.
 */
export async function openSfnEndpoint(answers: Answers): Promise<SfnEndpoint> {
  const accessKey = `LOCAL${randomUUID().replaceAll("-", "").toUpperCase()}`;
  const server = await createServer({}, async (request, response) => {
    const { status, body } = await answer(request, accessKey, answers);
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

async function answer(request: IncomingMessage, accessKey: string, answers: Answers): Promise<Reply> {
  if (!request.headers.authorization?.includes(`Credential=${accessKey}/`))
    return refusal("UnrecognizedClientException", "The security token included in the request is invalid.");
  const { start, historyOf } = answers;
  const operation = String(request.headers["x-amz-target"]).replace("AWSStepFunctions.", "");
  if (!(Number(request.headers["content-length"]) <= requestBytes))
    return refusal("InvalidExecutionInput", "The request is too large.");
  try {
    const body: unknown = JSON.parse((await buffer(request)).toString("utf8"));
    if (!isRecord(body)) return refusal("ValidationException", "The request must be an object.");
    if (operation === "StartExecution" && start) return { status: 200, body: await startedBy(start, body) };
    if (operation === "GetExecutionHistory" && historyOf)
      return { status: 200, body: pageOf(historyOf(nameIn(body)), body) };
    return refusal("UnknownOperationException", `${operation} is not known here.`);
  } catch (error) {
    if (error instanceof SyntaxError) return refusal("InvalidExecutionInput", "The input is not JSON.");
    if (error instanceof Error && /^(Invalid|Execution)[A-Za-z]+$/.test(error.name))
      return refusal(error.name, error.message);
    return { status: 500, body: { __type: "InternalServerError" } };
  }
}

async function startedBy(start: NonNullable<Answers["start"]>, { name, input }: Record<string, unknown>) {
  if (typeof name !== "string") throw new EngineError("InvalidName", "name must be a string.");
  const { executionArn, startDate } = await start(name, JSON.parse(typeof input === "string" ? input : "{}"));
  return { executionArn, startDate: secondsOf(startDate) };
}

/** `arn:aws:states:…:execution:<machine>:<name>` */
const nameIn = ({ executionArn }: Record<string, unknown>) => String(executionArn).split(":").at(-1)!;

function pageOf(events: readonly HistoryEvent[], { maxResults, nextToken }: Record<string, unknown>) {
  const from = Number(nextToken ?? 0);
  if (!Number.isInteger(from))
    throw Object.assign(new Error("The token is none of this endpoint's."), { name: "InvalidToken" });
  const to =
    from + Math.min(typeof maxResults === "number" && maxResults > 0 ? maxResults : usualEvents, mostEvents);
  return {
    events: events.slice(from, to).map((event) => ({ ...event, timestamp: secondsOf(event.timestamp) })),
    ...(to < events.length && { nextToken: String(to) }),
  };
}

const secondsOf = (date: string) => Date.parse(date) / 1000;

function refusal(type: string, message: string): Reply {
  return { status: 400, body: { __type: `com.amazonaws.swf.service.v2.model#${type}`, message } };
}
