// Why this function exists: the dashboard has the notes, and its server should neither know the bucket nor wait for an
// execution to learn that a record is wrong. It sends a selection here and asks here what became of it.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { NamedError } from "../schemas/errors.ts";
import { isModelName, modelNameExpectation } from "../schemas/registered-models.ts";
import uploadSchema from "../schemas/selection-upload.schema.json" with { type: "json" };
import type { SelectionUpload } from "../schemas/types.ts";
import { parseStrictly } from "./formats/strict-json.ts";
import { door } from "./lambda/door.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import {
  accept,
  acceptedBefore,
  claimOf,
  isSelectionId,
  selectionIdExpectation,
} from "./receive-export/accept.ts";
import { type Answer, answer, Refusal } from "./receive-export/answer.ts";
import { isCaller } from "./receive-export/caller.ts";
import { addressesOf, isGzip, joined } from "./receive-export/parts.ts";
import { statusOf } from "./receive-export/status.ts";
import { openStore } from "./store/open.ts";

// What we read of the event that a function URL makes of a request. Lambda Developer Guide, "Invoking Lambda function
// URLs", request payload. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
const event = {
  type: "object",
  required: ["rawPath", "requestContext"],
  properties: {
    rawPath: { type: "string", maxLength: 2048 },
    queryStringParameters: { type: "object", additionalProperties: { type: "string" } },
    requestContext: {
      type: "object",
      required: ["http"],
      properties: {
        http: { type: "object", required: ["method"], properties: { method: { type: "string" } } },
        authorizer: {
          type: ["object", "null"],
          properties: { iam: { type: "object", properties: { userArn: { type: "string" } } } },
        },
      },
    },
    body: { type: "string" },
    isBase64Encoded: { type: "boolean" },
  },
};
type Request = {
  rawPath: string;
  queryStringParameters?: Record<string, string>;
  requestContext: { http: { method: string }; authorizer?: { iam?: { userArn?: string } } | null };
  body?: string;
  isBase64Encoded?: boolean;
};

const checkUpload = door<SelectionUpload>(uploadSchema, { what: "The upload", name: "InvalidInput" });

export const handler = task(event, async (request: Request): Promise<Answer> => {
  try {
    if (!isCaller(request.requestContext.authorizer?.iam?.userArn, environment.callerRole))
      throw new Refusal(
        403,
        "WrongCaller",
        "Only the role that the deployment names may call this function.",
      );
    return await route(request);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
});

/** POST /selections, POST /selections/<id>/uploads, POST /selections/<id>/complete, GET /selections/<id>. */
async function route(request: Request): Promise<Answer> {
  const { method } = request.requestContext.http;
  const [, root, selectionId, action, ...more] = request.rawPath.split("/");
  if (root !== "selections" || more.length > 0) throw unknown();
  if (selectionId === undefined) {
    if (method !== "POST") throw notAllowed("POST");
    return receive(request);
  }
  if (!isSelectionId(selectionId))
    throw new Refusal(400, "InvalidInput", `The id in the path must be ${selectionIdExpectation}.`);
  if (action === undefined) {
    if (method !== "GET") throw notAllowed("GET");
    return tell(selectionId);
  }
  if (action !== "uploads" && action !== "complete") throw unknown();
  if (method !== "POST") throw notAllowed("POST");
  const upload = uploadIn(request);
  if (action === "uploads")
    return answer(200, { selectionId, parts: await addressesOf(selectionId, upload) });
  const store = await open();
  const sent = { selectionId, model: modelIn(request), sha256: upload.sha256 };
  return (
    (await acceptedBefore(store, sent)) ??
    accept(store, { ...sent, ...(await joined(store, selectionId, upload)) }, environment.executionSettings)
  );
}

async function receive(request: Request): Promise<Answer> {
  const bytes = bytesOf(request);
  const sent = {
    selectionId: null,
    model: modelIn(request),
    sha256: createHash("sha256").update(bytes).digest("hex"),
    sizeBytes: bytes.length,
    isGzip: isGzip(bytes),
    open: () => Readable.from([bytes]),
  };
  return accept(await open(), sent, environment.executionSettings);
}

async function tell(selectionId: string): Promise<Answer> {
  const store = await open();
  const claim = await claimOf(store, selectionId);
  if (!claim)
    throw new Refusal(404, "SelectionUnknown", "Nothing was accepted under this id. Send the selection.");
  return answer(200, await statusOf(store, environment.dataBucket, claim));
}

const open = () => openStore({ driver: environment.objectStore, bucket: environment.dataBucket });

function bytesOf({ body = "", isBase64Encoded = false }: Request): Buffer {
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > 0) return bytes;
  throw new Refusal(
    400,
    "NoBody",
    "The body is empty. Send the export: schemas/training-export.schema.json.",
  );
}

function uploadIn(request: Request): SelectionUpload {
  try {
    return checkUpload(parseStrictly(bytesOf(request).toString("utf8")));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal(400, "InvalidInput", "The body is not JSON.");
    if (error instanceof NamedError) throw new Refusal(400, error.name, error.message);
    throw error;
  }
}

/** The registered model that the selection is for; null: the default one. */
function modelIn({ queryStringParameters: query }: Request): string | null {
  const model = query?.model;
  if (model === undefined) return null;
  if (isModelName(model)) return model;
  throw new Refusal(400, "InvalidInput", `?model= must be ${modelNameExpectation}.`);
}

const unknown = () =>
  new Refusal(
    404,
    "NoSuchPath",
    "There are /selections, /selections/<id>, and below it /uploads and /complete.",
  );
const notAllowed = (allowed: string) => new Refusal(405, "NotAllowed", `This path takes ${allowed}.`);
