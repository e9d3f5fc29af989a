// Why this function exists: EventBridge could start the state machine by itself, but not under a name that makes its
// at-least-once delivery harmless. The same upload, delivered five times, starts one execution.
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { printable } from "../schemas/printable.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import { executionName, modelIn, whyIgnored } from "./start-execution/name.ts";

// What we read of S3's "Object Created". EventBridge does not URL-encode the key: decoding it would name another object.
const event = {
  type: "object",
  required: ["detail-type", "detail"],
  properties: {
    "detail-type": { const: "Object Created" },
    detail: {
      type: "object",
      required: ["bucket", "object"],
      properties: {
        bucket: {
          type: "object",
          required: ["name"],
          properties: { name: { type: "string", minLength: 3, maxLength: 63 } },
        },
        object: {
          type: "object",
          required: ["key", "etag"],
          properties: {
            key: { $ref: "common.schema.json#/$defs/objectKey" },
            etag: { type: "string", minLength: 1, maxLength: 128 },
            "version-id": { type: "string", minLength: 1, maxLength: 1024 },
          },
        },
      },
    },
  },
};
type Event = {
  detail: { bucket: { name: string }; object: { key: string; etag: string; "version-id"?: string } };
};
type Result = { executionArn: string } | { duplicate: true } | { ignored: string };

// Lambda repeats a failed asynchronous call only twice. Ten attempts with the SDK's backoff outlast a burst of
// throttling; what is left is thrown, repeated by Lambda and then kept in the dead-letter queue.
const client = new SFNClient({ maxAttempts: 10 });

export const handler = task(event, async ({ detail }: Event): Promise<Result> => {
  const { key, etag, "version-id": versionId } = detail.object;
  const ignored = whyIgnored(key);
  if (ignored !== null) {
    // Nobody sees what an event's function returns: the log is where someone who misses an execution will look.
    // A key is anybody's: what a terminal would obey is written as its escape, which JSON reads back.
    console.warn(printable(JSON.stringify({ key, ignored })));
    return { ignored };
  }
  const bucket = detail.bucket.name;
  // Sorted keys and no timestamp, because Step Functions compares the inputs of two calls with one name.
  const source = versionId === undefined ? { bucket, key } : { bucket, key, versionId };
  const model = modelIn(key);
  try {
    const started = await client.send(
      new StartExecutionCommand({
        stateMachineArn: environment.stateMachineArn,
        name: executionName({ bucket, key, version: versionId ?? etag }),
        input: JSON.stringify(model === undefined ? { source } : { model, source }),
      }),
    );
    return { executionArn: started.executionArn! };
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return { duplicate: true };
    throw error;
  }
});
