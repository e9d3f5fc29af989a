import { join } from "node:path";
import { appendLetter } from "../../../tasks/notify/topic.ts";
import { TaskError, type TaskRunner } from "../engine/task-runner.ts";
import type { Home } from "../machine/home.ts";
import { isRecord } from "../machine/shape.ts";

// SNS's limits.
const messageBytes = 262_144;
const subjectCharacters = 100;

/**
 * SNS's counterpart, the runner of `arn:aws:states:::sns:publish`: appends {MessageId, Timestamp, TopicArn, Subject,
 * Message} to topics/<name>.jsonl, on the disk before it answers { MessageId }. A message that is not a string is sent
 * as JSON, as Step Functions does. Throws SNS.InvalidParameterException.
 */
export function topicRunner(home: Home): TaskRunner {
  return async (args) => {
    if (!isRecord(args)) return refuse("the request");
    const { TopicArn, Subject, Message } = args;
    const name = typeof TopicArn === "string" ? TopicArn.split(":").at(-1)! : "";
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) return refuse("TopicArn");
    if (Subject !== undefined && !isSubject(Subject)) return refuse("Subject");
    const message = typeof Message === "string" ? Message : JSON.stringify(Message);
    if (!message || Buffer.byteLength(message) > messageBytes) return refuse("Message");
    const letter = { TopicArn: TopicArn as string, Subject, Message: message };
    return { MessageId: await appendLetter(topicFile(home, name), letter) };
  };
}

/** Where a topic's letters are, by the topic's name. */
export const topicFile = (home: Home, name: string): string => join(home.topics, `${name}.jsonl`);

/** Printable ASCII on one line that begins with no space: it becomes an e-mail's header. */
function isSubject(subject: unknown): subject is string {
  return (
    typeof subject === "string" &&
    subject.length <= subjectCharacters &&
    /^[\x21-\x7e][\x20-\x7e]*$/.test(subject)
  );
}

function refuse(parameter: string): never {
  throw new TaskError("SNS.InvalidParameterException", `Invalid parameter: ${parameter}`);
}
