// Why this function exists: a web app should know neither SageMaker's API nor a permission for each endpoint. This is one
// address for the endpoints of all registered models, and what it sends there is bounded.
import {
  InvokeEndpointCommand,
  type InvokeEndpointCommandOutput,
  SageMakerRuntimeClient,
} from "@aws-sdk/client-sagemaker-runtime";
import { endpointName } from "../schemas/installation/serving.ts";
import { isModelName, modelNameExpectation } from "../schemas/models/registered-models.ts";
import { refusalOf } from "./answer/refusal.ts";
import { headers, Refusal } from "./function-url/answer.ts";
import { behindUrl, bytesOf, notAllowed, type Request } from "./function-url/request.ts";
import { environment } from "./lambda/environment.ts";

// The service's own bound (containers/serve/messages.py): a quarter of what a serverless endpoint takes.
const mostBytes = 1 << 20;
// Lambda quotas: 6 MB for what a function returns. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const mostAnswered = 6_000_000;
const contentTypes = ["application/json", "application/jsonlines"];
// The service gives up after 55 seconds and says so; SageMaker cuts it off after 60.
const longestWaitMs = 58_000;

// A second try would begin when the caller has given up.
const client = new SageMakerRuntimeClient({ maxAttempts: 1 });

export const handler = behindUrl(async (request) => {
  const model = modelOf(request);
  const [contentType = ""] = (request.headers?.["content-type"] ?? "").toLowerCase().split(/ *;/);
  if (!contentTypes.includes(contentType))
    throw new Refusal(415, "WrongType", `The content type must be ${contentTypes.join(" or ")}.`);
  const body = bytesOf(request, "notes: schemas/serving/serve-notes.schema.json");
  if (body.length > mostBytes)
    throw new Refusal(
      413,
      "TooLarge",
      `A body has at most ${mostBytes.toLocaleString("en")} bytes. Send fewer notes at once.`,
    );
  const answer = await invoke(model, contentType, body);
  const answered = {
    statusCode: 200,
    headers: { ...headers, "content-type": answer.ContentType ?? contentType },
    body: Buffer.from(answer.Body!).toString("utf8"),
  };
  if (Buffer.byteLength(JSON.stringify(answered)) > mostAnswered)
    throw new Refusal(413, "AnswerTooLarge", "The answer is too large. Send fewer notes at once.");
  return answered;
});

/** POST /models/<registered model>/invocations */
function modelOf({ rawPath, requestContext }: Request): string {
  const [, root, model = "", action, ...more] = rawPath.split("/");
  if (root !== "models" || action !== "invocations" || more.length > 0)
    throw new Refusal(404, "NoSuchPath", "There is /models/<registered model>/invocations.");
  if (!isModelName(model))
    throw new Refusal(400, "InvalidInput", `The model in the path must be ${modelNameExpectation}.`);
  if (requestContext.http.method !== "POST") throw notAllowed("POST");
  return model;
}

async function invoke(
  model: string,
  ContentType: string,
  Body: Uint8Array,
): Promise<InvokeEndpointCommandOutput> {
  const EndpointName = endpointName(environment.stackName, model);
  try {
    return await client.send(new InvokeEndpointCommand({ EndpointName, ContentType, Body }), {
      abortSignal: AbortSignal.timeout(longestWaitMs),
    });
  } catch (error) {
    throw refusalOf(error);
  }
}
