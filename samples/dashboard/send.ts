import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";

/** Where selections go: pbp receive on this machine, or the function's address in AWS. */
export type Receiver =
  | { url: string; token: string }
  | { url: string; region: string; credentials: ConstructorParameters<typeof SignatureV4>[0]["credentials"] };

// What AWS's signer asks of a digest: SHA-256, with a key an HMAC.
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

/** A request to receive-export: with a token on one machine, signed by this server's own role in AWS. */
export async function send(receiver: Receiver, method: string, path: string, body = ""): Promise<Response> {
  const url = new URL(path, receiver.url);
  const headers = { ...(body !== "" && { "content-type": "application/json" }) };
  if ("token" in receiver)
    return fetch(url, {
      method,
      headers: { ...headers, authorization: `Bearer ${receiver.token}` },
      ...(body !== "" && { body }),
    });
  const signer = new SignatureV4({ ...receiver, service: "lambda", sha256: Sha256 });
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host },
    body,
  });
  return fetch(url, { method, headers: signed.headers, ...(body !== "" && { body }) });
}
