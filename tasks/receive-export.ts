// Why this function exists: the dashboard has the notes, and its server should neither know the bucket nor wait for an
// execution to learn that a record is wrong. It sends a selection here and asks here what became of it.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import uploadSchema from "../schemas/data/selection-upload.schema.json" with { type: "json" };
import { isModelName, modelNameExpectation } from "../schemas/models/registered-models.ts";
import { NamedError } from "../schemas/tables/errors.ts";
import type { SelectionUpload } from "../schemas/types.ts";
import { parseStrictly } from "./formats/strict-json.ts";
import { type Answer, answer, Refusal } from "./function-url/answer.ts";
import { behindUrl, bytesOf, notAllowed, type Request } from "./function-url/request.ts";
import { door } from "./lambda/door.ts";
import { environment } from "./lambda/environment.ts";
import {
  accept,
  acceptedBefore,
  claimOf,
  isSelectionId,
  selectionIdExpectation,
} from "./receive-export/accept.ts";
import { addressesOf, isGzip, joined } from "./receive-export/parts.ts";
import { statusOf } from "./receive-export/status.ts";
import { openStore } from "./store/open.ts";

const checkUpload = door<SelectionUpload>(uploadSchema, { what: "The upload", name: "InvalidInput" });

export const handler = behindUrl(route);

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
  const bytes = bytesOf(request, "the export: schemas/data/training-export.schema.json");
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

function uploadIn(request: Request): SelectionUpload {
  try {
    return checkUpload(
      parseStrictly(
        bytesOf(request, "the export: schemas/data/training-export.schema.json").toString("utf8"),
      ),
    );
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
