import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { topicRunner } from "../../pipeline/local/events/topic.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import { contextOf } from "./helpers.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-topic-"));
const home = homeAt(folder);
const publish = (args: object) => topicRunner(home)(args, contextOf());
const TopicArn = "arn:aws:sns:local:000000000000:operators";
const file = join(home.topics, "operators.jsonl");
const lines = () => readFileSync(file, "utf8").split("\n").slice(0, -1);
afterAll(() => rmSync(folder, { recursive: true }));

test("a message is one line, also after a line that a crash has torn", async () => {
  const answer = (await publish({ TopicArn, Subject: "Promoted", Message: "one\ntwo" })) as {
    MessageId: string;
  };
  expect(JSON.parse(lines()[0]!)).toMatchObject({ ...answer, Subject: "Promoted", Message: "one\ntwo" });
  appendFileSync(file, '{"torn":');
  await publish({ TopicArn, Message: { promoted: true } });
  expect(lines()).toHaveLength(3);
  expect(JSON.parse(lines()[2]!)).toMatchObject({ Message: '{"promoted":true}' });
});

test("messages that are published at once do not mix", async () => {
  const Message = "x".repeat(10_000);
  const before = lines().length;
  await Promise.all(Array.from({ length: 20 }, () => publish({ TopicArn, Message })));
  expect(
    lines()
      .slice(before)
      .map((line) => JSON.parse(line).Message),
  ).toEqual(Array(20).fill(Message));
});

test.each([
  ["a subject over 100 characters", { TopicArn, Subject: "x".repeat(101), Message: "m" }],
  ["a subject of two lines", { TopicArn, Subject: "a\nb", Message: "m" }],
  ["a subject that is not ASCII", { TopicArn, Subject: "é", Message: "m" }],
  ["an empty message", { TopicArn, Message: "" }],
  ["a message over 256 KiB", { TopicArn, Message: "x".repeat(262_145) }],
  ["a topic that is a path", { TopicArn: "../x", Message: "m" }],
])("%s is refused", async (_, args) => {
  await expect(publish(args)).rejects.toMatchObject({ error: "SNS.InvalidParameterException" });
});
