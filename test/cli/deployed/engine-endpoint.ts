import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { describeExecution, listExecutions, readHistory } from "../../../pipeline/local/engine/describe.ts";
import { EngineError } from "../../../pipeline/local/engine/engine-error.ts";
import {
  beginExecution,
  type EngineOptions,
  resumeExecution,
} from "../../../pipeline/local/engine/executions.ts";

type Request = {
  name: string;
  executionArn: string;
  stateMachineArn: string;
  input: string;
  reverseOrder: boolean;
  maxResults: number;
  nextToken?: string;
  statusFilter?: string;
};

// Far below what is asked for, which AWS allows: whoever reads one page only is found out.
const pageSize = 7;

const seconds = (date: string) => Date.parse(date) / 1000;
const nameIn = ({ executionArn }: Request) => executionArn.split(":").at(-1)!;

function pageOf<Item>(all: readonly Item[], { nextToken, maxResults }: Request) {
  const from = Number(nextToken ?? 0);
  const to = from + Math.min(maxResults, pageSize);
  return { items: all.slice(from, to), nextToken: to < all.length ? String(to) : undefined };
}

/**
 * Step Functions' API over the local engine: what the emulator of AWS has not, RedriveExecution and the history of
 * what goes on in branches. Executions, histories and redrives are the engine's real ones.
 */
export async function serveEngine(engine: EngineOptions, definition: unknown) {
  const stops = new Map<string, AbortController>();
  const ended: Promise<unknown>[] = [];
  const watched = (name: string) => {
    const stop = new AbortController();
    stops.set(name, stop);
    return { ...engine, signal: stop.signal };
  };
  const operations: Record<string, (request: Request) => object> = {
    StartExecution({ name, input, stateMachineArn }) {
      // The operators' machine needs the models folder; what it cannot tell is left out, and said.
      if (stateMachineArn.endsWith("-models"))
        throw new EngineError("ExecutionDoesNotExist", "there is no models machine here");
      const options = { ...watched(name), definition, name, input: JSON.parse(input) };
      const { executionArn, startDate, result } = beginExecution(options);
      ended.push(result);
      return { executionArn, startDate: seconds(startDate) };
    },
    RedriveExecution(request) {
      const name = nameIn(request);
      if (describeExecution(engine.home, name).status === "SUCCEEDED")
        throw new EngineError("ExecutionNotRedrivable", `${name} has succeeded`);
      ended.push(resumeExecution({ ...watched(name), name }));
      return { redriveDate: Date.now() / 1000 };
    },
    DescribeExecution(request) {
      const { executionArn, name, status, input, startDate } = describeExecution(
        engine.home,
        nameIn(request),
      );
      return { executionArn, name, status, input: JSON.stringify(input), startDate: seconds(startDate) };
    },
    StopExecution(request) {
      stops.get(nameIn(request))?.abort();
      return { stopDate: Date.now() / 1000 };
    },
    ListExecutions(request) {
      const executions = listExecutions(engine.home)
        .filter(({ status }) => status === (request.statusFilter ?? status))
        .map(({ name, executionArn, status, startDate, stopDate }) => ({
          ...{ name, executionArn, status },
          startDate: seconds(startDate),
          stopDate: stopDate && seconds(stopDate),
        }));
      const { items, nextToken } = pageOf(executions, request);
      return { executions: items, nextToken };
    },
    GetExecutionHistory(request) {
      const events = readHistory(engine.home, nameIn(request)).map((event) => ({
        ...event,
        timestamp: seconds(event.timestamp),
      }));
      if (request.reverseOrder) events.reverse();
      const { items, nextToken } = pageOf(events, request);
      return { events: items, nextToken };
    },
  };
  const server = createServer(async (request, response) => {
    const operation = String(request.headers["x-amz-target"]).replace(/^AWSStepFunctions\./, "");
    let status = 200;
    let body: object;
    try {
      body = operations[operation]!((await json(request)) as Request);
    } catch (error) {
      status = error instanceof EngineError ? 400 : 500;
      body = { __type: (error as Error).name, message: (error as Error).message };
    }
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const stop of stops.values()) stop.abort();
      await Promise.all(ended);
      server.closeAllConnections();
      server.close();
    },
  };
}
