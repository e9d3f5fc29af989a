import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** What an endpoint answers with: a service's address, or an error of SageMaker's own. */
export type Behind = { service: string } | { error: string; status: number; fields: object };

export type Invocations = {
  endpoint: string;
  /** By the endpoint's name. */
  behind: Map<string, Behind>;
  /** The names of the endpoints that were asked, in order. */
  asked: string[];
  close(): void;
};

/**
 * SageMaker's InvokeEndpoint on a port of the loopback interface, in its own protocol (REST, JSON). SageMaker Runtime API
 * Reference, InvokeEndpoint: what a container answers with another status than 200 is ModelError, 424, with the
 * container's own status and body, and no other header than its content type passes.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
 */
export async function startInvocations(): Promise<Invocations> {
  const behind: Invocations["behind"] = new Map();
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const fail = (status: number, type: string, fields: object) => {
      response.writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type });
      response.end(JSON.stringify(fields));
    };
    const [, name = ""] = /^\/endpoints\/([^/]+)\/invocations$/.exec(request.url ?? "") ?? [];
    asked.push(name);
    const found = behind.get(name);
    if (!found)
      return fail(400, "ValidationError", { Message: `Endpoint ${name} of account 000000000000 not found.` });
    if ("error" in found) return fail(found.status, found.error, found.fields);
    const contentType = request.headers["content-type"]!;
    const answer = await fetch(`${found.service}/invocations`, {
      method: "POST",
      headers: { "content-type": contentType },
      body,
    });
    if (answer.status !== 200)
      return fail(424, "ModelError", {
        Message: `Received client error (${answer.status}) from primary.`,
        OriginalStatusCode: answer.status,
        OriginalMessage: await answer.text(),
      });
    response.writeHead(200, { "content-type": answer.headers.get("content-type")! });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behind,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
