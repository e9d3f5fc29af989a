// The function through its handler, with the events that a function URL makes: on a folder and, for what is signed, on S3.
import { createHash, createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { sampleExport } from "../../samples/generate.ts";
import receiptSchema from "../../schemas/execution/run-receipt.schema.json" with { type: "json" };
import { executionName } from "../../tasks/start-execution/name.ts";
import { type ObjectStore, writeJson } from "../../tasks/store/store.ts";
import { openMoto } from "../store/drivers.ts";
import { bucket, deploy } from "./deployment.ts";

let store: ObjectStore;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ store, remove } = await deploy());
  vi.stubEnv("CALLER_ROLE", "none");
  vi.stubEnv("UPLOADS_TO", "http://127.0.0.1:8650");
  vi.stubEnv("EXECUTION_SETTINGS", '{"minSamples":10}');
});
afterEach(() => remove());

type Asked = { query?: Record<string, string>; body?: string | Buffer; userArn?: string };

async function ask(
  method: string,
  rawPath: string,
  { query, body, userArn }: Asked = {},
): Promise<Record<string, unknown>> {
  const { handler } = await import("../../tasks/receive-export.ts");
  const answer = await handler({
    version: "2.0",
    rawPath,
    rawQueryString: "",
    queryStringParameters: query,
    requestContext: {
      http: { method, path: rawPath },
      ...(userArn !== undefined && { authorizer: { iam: { userArn } } }),
    },
    ...(body !== undefined &&
      (typeof body === "string"
        ? { body, isBase64Encoded: false }
        : { body: body.toString("base64"), isBase64Encoded: true })),
  });
  // A selection's own status, where one is told, stands in place of HTTP's.
  return { status: answer.statusCode, ...JSON.parse(answer.body) };
}

function selection(exportId: string, seed = exportId): string {
  const made = JSON.parse([...sampleExport({ records: 40, extra: 0, seed }, "object")].join(""));
  return JSON.stringify({ ...made, exportId });
}
const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list("")) found.push(key);
  return found;
}

describe("a selection", () => {
  test("is kept where it starts an execution, byte for byte, and is the same one when it is sent again", async () => {
    const body = selection("sel-1");
    const first = await ask("POST", "/selections", { body });
    const key = `incoming/sel-1-${sha256(body).slice(0, 16)}.json`;
    expect(first).toMatchObject({
      status: 201,
      selectionId: "sel-1",
      key,
      sha256: sha256(body),
      rejected: 0,
    });
    expect(await ask("POST", "/selections", { body })).toEqual({ ...first, status: 200 });
    expect(await keys()).toEqual([key, "uploads/selections/sel-1.json"]);
    expect((await store.head(key))!.versionId).toBe("1");
  });

  test("is a conflict when the id is another selection's, or it is for another model", async () => {
    const body = selection("sel-1");
    await ask("POST", "/selections", { body });
    const before = await keys();
    for (const other of [{ body: selection("sel-1", "other") }, { body, query: { model: "specialty" } }])
      expect(await ask("POST", "/selections", other)).toMatchObject({
        status: 409,
        title: "SelectionConflict",
      });
    expect(await keys()).toEqual(before);
  });

  test("for a registered model lies in that model's folder; gzip stays gzip", async () => {
    const body = gzipSync(selection("sel-1"));
    const kept = await ask("POST", "/selections", { body, query: { model: "specialty" } });
    expect(kept.key).toMatch(/^incoming\/specialty\/sel-1-[0-9a-f]{16}\.json\.gz$/);
  });

  test("that an execution would fail by is refused with the reason and the places, and nothing is kept", async () => {
    const few = JSON.parse(selection("few"));
    few.records.length = 5;
    expect(await ask("POST", "/selections", { body: JSON.stringify(few) })).toMatchObject({
      status: 422,
      title: "InsufficientSamples",
    });
    const wrong = JSON.parse(selection("wrong"));
    for (const record of wrong.records) record.text = `Canary-4711 ${record.text}`;
    const refused = await ask("POST", "/selections", { body: JSON.stringify(wrong) });
    expect(refused).toMatchObject({ status: 422, title: "InvalidExport" });
    expect(refused.rejects).toContainEqual(
      expect.objectContaining({ pointer: expect.stringMatching(/^\/records\/\d+\/keyphrases\/\d+/) }),
    );
    expect(JSON.stringify(refused)).not.toContain("Canary");
    for (const body of ["{", "[]", "no json", selection(".hidden"), selection("a".repeat(65))])
      expect(await ask("POST", "/selections", { body })).toMatchObject({
        status: 422,
        title: "InvalidExport",
      });
    expect(await keys()).toEqual([]);
  });

  test("whose writer was killed between the claim and the export is continued when it is sent again", async () => {
    const body = selection("sel-1");
    const { key } = await ask("POST", "/selections", { body });
    await store.remove(key as string);
    expect(await ask("GET", "/selections/sel-1")).toMatchObject({ status: "incomplete", execution: null });
    expect(await ask("POST", "/selections", { body })).toMatchObject({ status: 201, key });
  });
});

test("what became of it comes from its execution's objects", async () => {
  expect(await ask("GET", "/selections/sel-1")).toMatchObject({ status: 404, title: "SelectionUnknown" });
  const { key } = (await ask("POST", "/selections", { body: selection("sel-1") })) as { key: string };
  const execution = executionName({ bucket, key, version: "1" });
  const told = async () => (await ask("GET", "/selections/sel-1")) as Record<string, unknown>;
  expect(await told()).toMatchObject({ selectionId: "sel-1", status: "waiting", execution });
  await writeJson(store, `runs/${execution}/dataset/report.json`, {});
  expect(await told()).toMatchObject({ status: "running", execution });
  const receipt = { ...receiptSchema.examples[0]!, execution };
  await writeJson(store, `runs/${execution}/receipt.json`, receipt);
  expect(await told()).toMatchObject({ status: "failed", error: { name: "InsufficientSamples" } });
  const ends = { promote: "promoted", reject: "rejected", inconclusive: "inconclusive" };
  for (const [verdict, status] of Object.entries(ends)) {
    const ended = {
      ...receipt,
      status: "SUCCEEDED",
      error: null,
      verdict,
      generation: verdict === "promote" ? 3 : null,
    };
    await writeJson(store, `runs/${execution}/receipt.json`, ended);
    expect(await told()).toMatchObject({ status, error: null, generation: ended.generation });
  }
  const decided = { by: "jdoe", actor: "jdoe", reason: "read 50 notes", at: "2026-11-27T00:00:00Z" };
  const byApproval = {
    "awaiting-approval": null,
    promoted: { decision: "approved", ...decided },
    declined: { decision: "declined", ...decided },
  };
  for (const [status, decision] of Object.entries(byApproval)) {
    const run = { ...receipt, status: "SUCCEEDED", error: null, verdict: "promote" };
    await writeJson(store, `runs/${execution}/receipt.json`, {
      ...run,
      approval: { asked: "required", decision },
    });
    expect(await told()).toMatchObject({ status });
  }
});

function uploadOf(bytes: Buffer, partBytes: number) {
  const parts = Array.from({ length: Math.ceil(bytes.length / partBytes) }, (_, index) =>
    bytes.subarray(index * partBytes, (index + 1) * partBytes),
  );
  return {
    parts,
    upload: {
      sha256: sha256(bytes),
      parts: parts.map((part) => ({ sizeBytes: part.length, sha256: sha256(part) })),
    },
  };
}

describe("a large selection", () => {
  test("comes in parts, which are joined, checked and kept as one", async () => {
    const bytes = Buffer.from(selection("large"));
    const { parts, upload } = uploadOf(bytes, 10_000);
    const body = JSON.stringify(upload);
    const addresses = await ask("POST", "/selections/large/uploads", { body });
    const told = addresses.parts as { number: number; url: string; headers: Record<string, string> }[];
    expect(told.map(({ number }) => number)).toEqual(parts.map((_, index) => index + 1));
    const put = (number: number, part: Buffer) =>
      store.write(new URL(told[number - 1]!.url).pathname.slice(1), part);
    // Out of order, twice, and one of them late.
    for (const number of [3, 2, 2, ...parts.keys()].filter((number) => number > 1))
      await put(number, parts[number - 1]!);
    expect(await ask("POST", "/selections/large/complete", { body })).toMatchObject({
      status: 409,
      title: "UploadIncomplete",
      missing: [1, parts.length],
    });
    await put(1, parts[0]!);
    await put(parts.length, parts.at(-1)!);
    const kept = await ask("POST", "/selections/large/complete", { body });
    expect(kept).toMatchObject({ status: 201, sha256: sha256(bytes), sizeBytes: bytes.length });
    // The reply was lost, and the parts are gone by now.
    for (const { url } of told) await store.remove(new URL(url).pathname.slice(1));
    expect(await ask("POST", "/selections/large/complete", { body })).toEqual({ ...kept, status: 200 });
    expect(await ask("POST", "/selections", { body: bytes })).toEqual({ ...kept, status: 200 });
  });

  test("is refused when its parts are another's, its id is, or it is no plan of parts", async () => {
    const bytes = Buffer.from(selection("one"));
    const { parts, upload } = uploadOf(bytes, 50_000);
    const send = async (path: string, plan: typeof upload) => {
      const body = JSON.stringify(plan);
      const { parts: told } = (await ask("POST", `/selections/${path}/uploads`, { body })) as {
        parts: { url: string }[];
      };
      for (const [index, { url }] of told.entries())
        await store.write(new URL(url).pathname.slice(1), parts[index]!);
      return ask("POST", `/selections/${path}/complete`, { body });
    };
    expect(await send("two", upload)).toMatchObject({ status: 422, title: "InvalidExport" });
    expect(await send("one", { ...upload, sha256: "0".repeat(64) })).toMatchObject({
      status: 409,
      title: "UploadDiffers",
    });
    for (const body of ["{}", "no json", JSON.stringify({ ...upload, parts: [] }), '{"sha256":1,"sha256":2}'])
      expect(await ask("POST", "/selections/one/uploads", { body })).toMatchObject({ status: 400 });
    expect((await keys()).filter((key) => !key.startsWith("uploads/parts/"))).toEqual([]);
  });
});

test("any number of senders at once, some of whom send again: one selection an id, one version of it", async () => {
  let run = 0; // a random one may come twice, and with it an id that is taken
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ id: fc.constantFrom("a", "b"), content: fc.constantFrom("x", "y") }), {
        minLength: 2,
        maxLength: 8,
      }),
      async (sent) => {
        run++;
        const statuses = await Promise.all(
          sent.map(async ({ id, content }) => {
            const body = selection(`${id}-${run}`, content);
            const [one, again] = await Promise.all([0, 1].map(() => ask("POST", "/selections", { body })));
            // A repeat is answered as the first was, whichever came first.
            expect([one!.status === 409, one!.key]).toEqual([again!.status === 409, again!.key]);
            return {
              id,
              key: one!.key as string | undefined,
              created: [one, again].filter((two) => two!.status === 201).length,
            };
          }),
        );
        for (const id of new Set(sent.map((one) => one.id))) {
          const mine = statuses.filter((one) => one.id === id);
          expect(new Set(mine.flatMap(({ key }) => key ?? [])).size).toBe(1);
          expect(mine.reduce((sum, { created }) => sum + created, 0)).toBe(1);
          const { key } = mine.find((one) => one.key)!;
          expect((await store.head(key!))!.versionId).toBe("1");
        }
      },
    ),
    {
      numRuns: 15,
      examples: [
        [
          [
            { id: "a", content: "x" },
            { id: "a", content: "y" },
          ],
        ],
      ],
    },
  );
});

test("nobody but the named role gets further, whatever else IAM allows", async () => {
  vi.stubEnv("CALLER_ROLE", "arn:aws:iam::123456789012:role/apps/dashboard");
  const callers = {
    "arn:aws:sts::123456789012:assumed-role/dashboard/i-0a1b": 404,
    "arn:aws:sts::123456789012:assumed-role/dashboard2/i-0a1b": 403,
    "arn:aws:sts::210987654321:assumed-role/dashboard/i-0a1b": 403,
    "arn:aws:iam::123456789012:user/dashboard": 403,
    "": 403,
  };
  for (const [userArn, status] of Object.entries(callers))
    expect([userArn, (await ask("GET", "/selections/a", { userArn })).status]).toEqual([userArn, status]);
  expect((await ask("GET", "/selections/a")).status).toBe(403);
});

test.each([
  ["GET", "/selections", 405],
  ["PUT", "/selections/a", 405],
  ["GET", "/selections/a/uploads", 405],
  ["POST", "/selections/a/other", 404],
  ["POST", "/selections/a/complete/more", 404],
  ["POST", "/elsewhere", 404],
  ["GET", "/selections/..", 400],
  ["GET", "/selections/%2e%2e", 400],
  ["POST", "/selections", 400],
])("%s %s is %i", async (method, path, status) => {
  expect((await ask(method, path)).status).toBe(status);
});

test("on S3 a part's address is signed for its length, checksum and key, and takes the part", async () => {
  const moto = await openMoto();
  try {
    for (const [name, value] of Object.entries(moto.environment)) vi.stubEnv(name, value);
    const kmsKey = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000";
    vi.stubEnv("OBJECT_STORE", "s3");
    vi.stubEnv("DATA_BUCKET", "pbp-local");
    vi.stubEnv("UPLOADS_TO", kmsKey);
    const bytes = Buffer.from(selection("signed"));
    const { parts, upload } = uploadOf(bytes, 50_000);
    const body = JSON.stringify(upload);
    const { parts: told } = (await ask("POST", "/selections/signed/uploads", { body })) as {
      parts: { url: string; headers: Record<string, string> }[];
    };
    for (const [index, { url, headers }] of told.entries()) {
      const part = parts[index]!;
      expect(headers).toEqual({
        "x-amz-checksum-sha256": createHash("sha256").update(part).digest("base64"),
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": kmsKey,
      });
      expect(new URL(url).searchParams.get("X-Amz-Signature")).toBe(signatureOf(url, headers, part.length));
      expect(new URL(url).searchParams.get("X-Amz-Expires")).toBe("900");
      expect((await fetch(url, { method: "PUT", headers, body: new Uint8Array(part) })).status).toBe(200);
    }
    expect(await ask("POST", "/selections/signed/complete", { body })).toMatchObject({ status: 201 });
    expect(await ask("POST", "/selections/signed/complete", { body })).toMatchObject({ status: 200 });
    const again = await Promise.all(
      [0, 1, 2].map(() => ask("POST", "/selections", { body: selection("raced") })),
    );
    expect(again.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
  } finally {
    await moto.close();
  }
});

/**
 * The signature as S3 computes it over the request that comes in, its length included.
 * S3 API Reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
function signatureOf(address: string, headers: Record<string, string>, length: number): string {
  const { host, pathname, searchParams } = new URL(address);
  const signed: Record<string, string> = { host, "content-length": String(length), ...headers };
  const names = searchParams.get("X-Amz-SignedHeaders")!.split(";");
  expect(names).toEqual(Object.keys(signed).sort());
  const encode = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const query = [...searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const canonical = [
    "PUT",
    pathname,
    query,
    ...names.map((name) => `${name}:${signed[name]!}`),
    "",
    names.join(";"),
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const scope = searchParams.get("X-Amz-Credential")!.split("/").slice(1);
  const toSign = [
    "AWS4-HMAC-SHA256",
    searchParams.get("X-Amz-Date"),
    scope.join("/"),
    sha256(canonical),
  ].join("\n");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const key = scope.reduce<string | Buffer>(hmac, "AWS4test");
  return hmac(key, toSign).toString("hex");
}
