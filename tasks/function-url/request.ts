import { environment } from "../lambda/environment.ts";
import { task } from "../lambda/task.ts";
import { type Answer, Refusal } from "./answer.ts";
import { type Authorizer, isCaller } from "./caller.ts";

// What we read of the event that a function URL makes of a request; an HTTP API of API Gateway makes the same one. Lambda
// Developer Guide, "Invoking Lambda function URLs", request payload.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
const texts = { type: "object", additionalProperties: { type: "string" } };
const event = {
  type: "object",
  required: ["rawPath", "requestContext"],
  properties: {
    rawPath: { type: "string", maxLength: 2048 },
    queryStringParameters: texts,
    headers: texts,
    requestContext: {
      type: "object",
      required: ["http"],
      properties: {
        http: { type: "object", required: ["method"], properties: { method: { type: "string" } } },
        authorizer: {
          type: ["object", "null"],
          properties: {
            iam: { type: "object", properties: { userArn: { type: "string" } } },
            jwt: { type: "object" },
          },
        },
      },
    },
    body: { type: "string" },
    isBase64Encoded: { type: "boolean" },
  },
};
export type Request = {
  rawPath: string;
  queryStringParameters?: Record<string, string>;
  /** Their names in small letters. */
  headers?: Record<string, string>;
  requestContext: { http: { method: string }; authorizer?: Authorizer };
  body?: string;
  isBase64Encoded?: boolean;
};

/** The handler of a function behind a URL: refuses whoever may not call it, and tells refusals as answers. */
export const behindUrl = (route: (request: Request) => Promise<Answer>) =>
  task(event, async (request: Request): Promise<Answer> => {
    try {
      if (!isCaller(request.requestContext.authorizer, environment.callerRole))
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

/** The body's bytes. `expected` completes "Send …". */
export function bytesOf({ body = "", isBase64Encoded = false }: Request, expected: string): Buffer {
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > 0) return bytes;
  throw new Refusal(400, "NoBody", `The body is empty. Send ${expected}.`);
}

export const notAllowed = (allowed: string) => new Refusal(405, "NotAllowed", `This path takes ${allowed}.`);
