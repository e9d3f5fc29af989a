// Where people hear of what happened: an SNS topic, or on one machine a file of the topic's name.
import { randomUUID } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../store/folders.ts";

export type Letter = { TopicArn?: string; Subject?: string; Message: string };

/** @param topic The topic's ARN, or `file:` and the absolute path of a JSON Lines file. */
export async function publish(topic: string, letter: { subject: string; message: string }): Promise<void> {
  const sent = { Subject: letter.subject, Message: letter.message };
  if (topic.startsWith("file:/")) {
    await appendLetter(topic.slice("file:".length), sent);
    return;
  }
  const { PublishCommand, SNSClient } = await import("@aws-sdk/client-sns");
  await new SNSClient({ maxAttempts: 10 }).send(new PublishCommand({ TopicArn: topic, ...sent }));
}

/**
 * Appends a letter as one line, on the disk when this resolves. A line that a crash tore before it stays alone on its
 * own line.
 *
 * @returns The letter's MessageId.
 */
export async function appendLetter(file: string, letter: Letter): Promise<string> {
  const MessageId = randomUUID();
  const line = JSON.stringify({ MessageId, Timestamp: new Date().toISOString(), ...letter });
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, "a+");
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    // One write of one buffer: with O_APPEND two processes cannot interleave.
    await handle.appendFile(`${size > 0 && last[0] !== 10 ? "\n" : ""}${line}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(dirname(file));
  return MessageId;
}
