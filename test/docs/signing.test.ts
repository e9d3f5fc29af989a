// The Python of docs/dashboard.md, word for word: what it signs is held against another implementation of SigV4, and what
// it sends is answered by the function itself.
import { execFile } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { SignatureV4 } from "@smithy/signature-v4";
import { expect, test, vi } from "vitest";
import { python } from "../../pipeline/python.ts";
import { sampleExport } from "../../samples/generate.ts";
import { handler } from "../../tasks/receive-export.ts";
import { deploy } from "../tasks/deployment.ts";

const page = readFileSync(fileURLToPath(new URL("../../docs/dashboard.md", import.meta.url)), "utf8");
const [, snippet] = /```python\n([\s\S]*?)```/.exec(page)!;
const region = "eu-west-1";
const role = "arn:aws:iam::123456789012:role/dashboard";
const userArn = "arn:aws:sts::123456789012:assumed-role/dashboard/server-1";
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };

const program = `import json, sys
RECEIVE_EXPORT_URL, REGION = sys.argv[1:]
${snippet}
for answer in [send("POST", "/selections?model=specialty", sys.stdin.buffer.read()), send("GET", "/selections/signed")]:
    print(json.dumps([answer.status_code, answer.json()]))
`;

class Sha256 {
  readonly #hash;
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", key as Uint8Array);
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }
}

/** What the request must have as its signature, if it is of the one who has the keys. */
async function signatureOf(request: IncomingMessage, url: URL, body: Buffer): Promise<string | undefined> {
  const { authorization = "", "x-amz-date": date = "" } = request.headers;
  const signedHeaders = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
  const headers = Object.fromEntries(signedHeaders.map((name) => [name, String(request.headers[name])]));
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(date))!;
  const signer = new SignatureV4({
    credentials: keys,
    region,
    service: "lambda",
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = await signer.sign(
    {
      ...{ method: request.method!, protocol: "http:", hostname: url.hostname, path: url.pathname },
      ...{ query: Object.fromEntries(url.searchParams), headers, body },
    },
    { signingDate: new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`) },
  );
  return signed.headers.authorization;
}

test("a selection that the Python of the docs sends is signed as it must be, and accepted", async () => {
  const deployment = await deploy();
  for (const [name, value] of Object.entries({
    CALLER_ROLE: role,
    UPLOADS_TO: "http://127.0.0.1:1",
    EXECUTION_SETTINGS: JSON.stringify({ minSamples: 10 }),
  }))
    vi.stubEnv(name, value);
  const signatures: [received: string | undefined, expected: string | undefined][] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, "http://127.0.0.1");
    const body = await buffer(request);
    signatures.push([request.headers.authorization, await signatureOf(request, url, body)]);
    const { statusCode, body: said } = await handler({
      ...{ version: "2.0", rawPath: url.pathname, rawQueryString: url.search.slice(1) },
      queryStringParameters: Object.fromEntries(url.searchParams),
      requestContext: {
        http: { method: request.method, path: url.pathname },
        authorizer: { iam: { userArn } },
      },
      ...(body.length > 0 && { body: body.toString("base64"), isBase64Encoded: true }),
    });
    response.writeHead(statusCode, { "content-type": "application/json" }).end(said);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const selection = JSON.parse(
      [...sampleExport({ records: 40, extra: 0, seed: "signed" }, "object")].join(""),
    );
    const answers = await new Promise<string>((resolve, reject) => {
      const child = execFile(
        python,
        ["-c", program, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, region],
        {
          env: {
            PATH: process.env.PATH,
            NO_PROXY: "*",
            AWS_ACCESS_KEY_ID: keys.accessKeyId,
            AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
            AWS_SESSION_TOKEN: keys.sessionToken,
          },
        },
        (error, stdout) => (error ? reject(error) : resolve(stdout)),
      );
      child.stdin!.end(JSON.stringify({ ...selection, exportId: "signed" }));
    });
    const [sent, status] = answers
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(sent).toEqual([
      201,
      expect.objectContaining({ key: expect.stringMatching(/^incoming\/specialty\/signed-/) }),
    ]);
    expect(status).toEqual([200, expect.objectContaining({ status: "waiting" })]);
    expect(signatures).toHaveLength(2);
    for (const [received, expected] of signatures) {
      expect(received).toMatch(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/lambda\/aws4_request, /,
      );
      expect(received).toBe(expected);
    }
  } finally {
    server.closeAllConnections();
    server.close();
    await deployment.remove();
  }
});
