import { text } from "node:stream/consumers";
import { ObjectMissing, type ObjectStore } from "../../../tasks/store/store.ts";
import { TaskError, type TaskRunner } from "../engine/task-runner.ts";
import { isRecord } from "../machine/shape.ts";

/** The runner of `arn:aws:states:::aws-sdk:s3:getObject`: a small object's text as `Body`. */
export function objectRunner(store: ObjectStore, bucket: string): TaskRunner {
  return async (args) => {
    if (!isRecord(args) || typeof args.Key !== "string" || typeof args.Bucket !== "string")
      throw new TaskError("States.Runtime", "s3:getObject needs Arguments with a Bucket and a Key.");
    if (args.Bucket !== bucket)
      throw new TaskError("S3.NoSuchBucketException", "The specified bucket does not exist.");
    try {
      return { Body: await text(await store.read(args.Key)) };
    } catch (error) {
      if (error instanceof ObjectMissing)
        throw new TaskError("S3.NoSuchKeyException", "The specified key does not exist.");
      throw error;
    }
  };
}
