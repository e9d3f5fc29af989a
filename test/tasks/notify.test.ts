import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { examineApprovals } from "../../pipeline/approvals.ts";
import { openSfnEndpoint, type SfnEndpoint } from "../../pipeline/local/events/sfn-endpoint.ts";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import { adviceOn, explainedErrors, whatHelps } from "../../schemas/execution/advice.ts";
import artifactsSchema from "../../schemas/execution/artifacts.schema.json" with { type: "json" };
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import { errorMeanings } from "../../schemas/tables/errors.ts";
import type { RunReceipt } from "../../schemas/types.ts";
import prices from "../../tasks/notify/prices.json" with { type: "json" };
import { handler } from "../../tasks/notify.ts";
import { readJson, writeJson } from "../../tasks/store/store.ts";
import { deploy, failure, run } from "./deployment.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
let endpoint: SfnEndpoint;
beforeAll(async () => {
  deployment = await deploy();
  // None of the executions that fail here has begun a job.
  endpoint = await openSfnEndpoint({ historyOf: () => [] });
  for (const [name, value] of Object.entries(endpoint.environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  await deployment.remove();
  await endpoint.close();
});

const receiptOf = async (execution: string) =>
  (await readJson(deployment.store, `runs/${execution}/receipt.json`)) as RunReceipt;
const scores = (accuracy: number) => ({ accuracy, precision: 0.8, recall: 0.7, f1: 0.75, macroF1: 0.7 });
const verdict = (decision: string) => ({
  verdict: decision,
  verdictKey: "runs/run-1/verdict.json",
  metrics: { challenger: scores(0.97), champion: scores(0.96), baselines: { nothing: scores(0.916) } },
  counts: { documents: 100, units: 9000, items: 400, excludedDocuments: 0 },
  reasons: ["accuracy 0.97 is above the champion's 0.96"],
  findings: [{ rule: "still-improving", trial: 0, message: "The training loss still fell at the end." }],
});
const start = Date.parse("2026-11-20T12:00:00Z");
/** A job of an hour and a half. */
const embed = {
  state: "Embed",
  job: "pbp-embed-0123456789abcdef-0-0-0",
  log: "https://console.aws.amazon.com/embed",
  instanceType: "ml.g6.xlarge",
  instanceCount: 1,
  startedAt: start,
  endedAt: start + 5_400_000,
};
const train = {
  ...embed,
  state: "Train",
  job: "pbp-train-0123456789abcdef-0-0-0",
  log: "https://console.aws.amazon.com/train",
  instanceCount: 2,
  billableSeconds: 1800,
};
const ended = (
  decision: string,
  promotion: object | null = null,
  execution = "run-1",
  jobs: object[] = [],
) => ({
  run: { ...run, execution, prefix: `runs/${execution}/`, reason: "relabelled" },
  dataset: datasetSchema.examples[0],
  artifacts: { ...artifactsSchema.examples[0], warnings: ["The training log of trial 0 is missing."] },
  verdict: verdict(decision),
  promotion,
  jobs,
  trials: [
    {
      trial: 0,
      algorithm: "transformer",
      status: "completed",
      modelKey: "runs/run-1/trials/0/model/t/output/model.tar.gz",
      score: null,
      standardError: null,
      failure: null,
      usage: train,
    },
  ],
  chosen: 0,
});
const receiptWith = async (...jobs: object[]) => {
  const { message } = await handler(ended("promote", promotion, "run-1", jobs));
  return { message, ...(await receiptOf("run-1")) };
};
const promotion = { generation: 3, version: "000003-0123456789ab" };
const changed = (detail: object) => ({
  version: "0",
  "detail-type": "Step Functions Execution Status Change",
  source: "aws.states",
  detail: {
    executionArn: "arn:aws:states:us-east-1:123456789012:execution:pbp:run-2",
    stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:pbp",
    name: "run-2",
    status: "FAILED",
    startDate: 1795176003000,
    stopDate: 1795176009000,
    input: '{"source":{"bucket":"b","key":"k"},"reason":"more epochs"}',
    output: null,
    error: "InsufficientSamples",
    cause:
      '{"errorType":"InsufficientSamples","errorMessage":"412 annotated samples; at least 1000 are needed.","trace":["Canary"]}',
    ...detail,
  },
});

test("a promotion: receipt, subject, and the way back", async () => {
  const notice = await handler(ended("promote", promotion));
  expect(notice.receiptKey).toBe("runs/run-1/receipt.json");
  expect(notice.subject).toBe("Promoted: generation 3 (run-1)");
  for (const words of [
    "relabelled",
    "above the champion's 0.96",
    "0.9700, 0.9600 in use",
    "1250 texts",
    "pbp rollback",
  ])
    expect(notice.message).toContain(words);
  expect(await receiptOf("run-1")).toMatchObject({
    status: "SUCCEEDED",
    error: null,
    verdict: "promote",
    embeddings: { texts: 1250, embedded: 1250, reused: 0 },
    findings: verdict("promote").findings,
    warnings: ["The training log of trial 0 is missing."],
    ...promotion,
  });
});

test("a promotion that waits for a person: receipt, subject, what to type, and what is remembered", async () => {
  const waiting = (approval: string, decision = "promote") => {
    const event = ended(decision, null, "run-11");
    return { ...event, run: { ...event.run, approval } };
  };
  const notice = await handler(waiting("four-eyes"));
  expect(notice.subject).toBe("Awaiting approval: run-11");
  for (const words of [
    "another one than who started the run",
    "above the champion's 0.96",
    'pbp approve run-11 --reason "why"',
    'pbp decline run-11 --reason "why"',
  ])
    expect(notice.message).toContain(words);
  expect(await receiptOf("run-11")).toMatchObject({
    status: "SUCCEEDED",
    verdict: "promote",
    generation: null,
    approval: { asked: "four-eyes", decision: null },
  });
  expect(await examineApprovals(deployment.store, " --cloud")).toMatchObject([
    {
      found: expect.stringMatching(/^run-11 waits/),
      remedy: 'Decide: pbp approve run-11 --reason "why" --cloud, or pbp decline',
    },
  ]);
  // Nothing waits where nothing would be promoted, or nobody has to agree.
  await handler(waiting("four-eyes", "reject"));
  expect(await receiptOf("run-11")).not.toHaveProperty("approval");
  await handler(waiting("none"));
  expect(await receiptOf("run-11")).not.toHaveProperty("approval");
});

test("a run for another registered model: subject, body, what to type, and the receipt name it", async () => {
  const named = (decision: string, promoted: object | null = null) => {
    const event = ended(decision, promoted, "run-1");
    return { ...event, run: { ...event.run, model: "specialty" } };
  };
  const notice = await handler(named("promote", promotion));
  expect(notice.subject).toBe("Promoted: generation 3 of specialty (run-1)");
  expect(notice.message).toContain("Registered model: specialty");
  expect(notice.message).toContain("pbp rollback --model specialty --reason");
  expect((await receiptOf("run-1")).settings).toMatchObject({ model: "specialty", changed: ["model"] });
  expect((await handler(named("reject"))).subject).toBe("Rejected for specialty: run-1");
  expect((await handler(named("inconclusive"))).subject).toBe("Inconclusive for specialty: run-1");
  const input = JSON.stringify({ source: { bucket: "pbp-data", key: "k" }, model: "specialty" });
  const failed = await handler(changed({ name: "run-9", input, error: "KindMismatch", cause: "{}" }));
  expect(failed.subject).toBe("KindMismatch for specialty: run-9 failed");
  expect(failed.message).toContain("pbp rerun run-9 --model run-9\n");
});

test("a rejection and a tie: the champion stays, and what to type", async () => {
  const rejected = await handler(ended("reject"));
  expect(rejected.subject).toBe("Rejected: run-1");
  expect(rejected.message).toContain("pbp rerun run-1 --epochs 5");
  const tied = await handler(ended("inconclusive"));
  expect(tied.subject).toBe("Inconclusive: run-1");
  expect(tied.message).toContain("which stays");
});

test("a failure: what happened, why, where to read on", async () => {
  const notice = await handler(changed({}));
  expect(notice.subject).toBe("InsufficientSamples: run-2 failed");
  for (const words of [
    errorMeanings.InsufficientSamples,
    "412 annotated samples",
    "more epochs",
    "docs/runbook.md#insufficientsamples",
    "pbp validate <export>",
  ])
    expect(notice.message).toContain(words);
  expect(await receiptOf("run-2")).toEqual({
    announcedAt: expect.any(String),
    execution: "run-2",
    kind: null,
    status: "FAILED",
    startedAt: "2026-11-20T12:00:03.000Z",
    endedAt: "2026-11-20T12:00:09.000Z",
    error: {
      name: "InsufficientSamples",
      message: "412 annotated samples; at least 1000 are needed.",
      helps: "correct-export",
    },
    verdict: null,
    reasons: [],
    metrics: null,
    embeddings: null,
    generation: null,
    version: null,
    reason: "more epochs",
    // No bucket has a name of one letter: the input could not be used.
    settings: null,
    trials: null,
    findings: [],
    warnings: [],
    jobs: null,
    cost: null,
  });
});

const told = (execution: string) =>
  deployment.notices().filter(({ Subject }) => Subject.includes(`: ${execution} `));

test("a failure is published once, in the words of the message, however often its event comes", async () => {
  const event = changed({ name: "run-5" });
  const notice = await handler(event);
  const { announcedAt } = await receiptOf("run-5");
  expect(announcedAt).toEqual(expect.any(String));
  for (let again = 0; again < 3; again++) expect(await handler(event)).toEqual(notice);
  expect(told("run-5")).toMatchObject([{ Subject: notice.subject, Message: notice.message }]);
  expect((await receiptOf("run-5")).announcedAt).toBe(announcedAt);
  // Redriven, it failed again: that is another failure.
  await handler(changed({ name: "run-5", stopDate: 1795176099000, error: "TrainingFailed" }));
  expect(told("run-5").map(({ Subject }) => Subject)).toEqual([
    "InsufficientSamples: run-5 failed",
    "TrainingFailed: run-5 failed",
  ]);
});

test("a success is left to the state Announce to publish", async () => {
  const before = deployment.notices().length;
  await handler(ended("reject", null, "run-6"));
  expect(deployment.notices()).toHaveLength(before);
  expect(await receiptOf("run-6")).not.toHaveProperty("announcedAt");
});

test("a message that cannot be published fails the call, leaves the receipt, and is published by the repetition", async () => {
  const event = changed({ name: "run-7" });
  const topic = process.env.TOPIC!;
  // A file where the topic's folder would be.
  vi.stubEnv("TOPIC", `${topic}/notices.jsonl`);
  expect((await failure(handler(event))).name).toBe("TaskFailed");
  expect(await receiptOf("run-7")).not.toHaveProperty("announcedAt");
  expect(await receiptOf("run-7")).toMatchObject({ status: "FAILED" });
  vi.stubEnv("TOPIC", topic);
  await handler(event);
  expect(told("run-7")).toHaveLength(1);
});

// SNS API Reference, Publish: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
test("in AWS it goes to the topic through SNS, with the commands of that stack", async () => {
  const received: URLSearchParams[] = [];
  let status = 403;
  const server = createServer(async (request, response) => {
    received.push(new URLSearchParams(await text(request)));
    response.writeHead(status, { "content-type": "text/xml" });
    response.end(
      status === 200
        ? "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
        : "<ErrorResponse><Error><Code>AuthorizationError</Code><Message>Canary</Message></Error></ErrorResponse>",
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const topic = process.env.TOPIC!;
  vi.stubEnv("AWS_ENDPOINT_URL_SNS", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("TOPIC", "arn:aws:sns:us-east-1:123456789012:Other");
  vi.stubEnv("COMMAND_OPTIONS", "--cloud --stack Other");
  const event = changed({ name: "run-8", error: "TrainingFailed" });
  try {
    const { message } = await failure(handler(event));
    expect(message).toContain("AuthorizationError");
    expect(message).not.toContain("Canary");
    status = 200;
    const notice = await handler(event);
    expect(notice.message).toContain("pbp resume run-8 --cloud --stack Other");
    expect(Object.fromEntries(received.at(-1)!)).toMatchObject({
      Action: "Publish",
      TopicArn: "arn:aws:sns:us-east-1:123456789012:Other",
      Subject: notice.subject,
      Message: notice.message,
    });
    const before = received.length;
    await handler(event);
    expect(received).toHaveLength(before);
  } finally {
    vi.stubEnv("TOPIC", topic);
    vi.stubEnv("COMMAND_OPTIONS", "none");
    server.close();
    server.closeAllConnections();
  }
});

test.each(Object.keys(errorMeanings))("links %s to its heading in the runbook", async (error) => {
  const runbook = readFileSync(new URL("../../docs/runbook.md", import.meta.url), "utf8");
  const { message } = await handler(changed({ error }));
  expect(message).toContain(`docs/runbook.md#${error.toLowerCase()}`);
  expect(runbook).toMatch(new RegExp(`^### ${error}$`, "m"));
});

test.each([...explainedErrors, "Some.OtherError"])(
  "%s: message and receipt advise what errors.json says, and nothing else",
  async (error) => {
    const { message } = await handler(changed({ error, cause: JSON.stringify({ errorMessage: "x" }) }));
    const ended = { execution: "run-2", status: "FAILED", error } as const;
    expect(message).toContain(adviceOn({ ...ended, model: "keyphrases" }));
    const remedy = whatHelps(ended);
    expect((await receiptOf("run-2")).error?.helps).toBe(remedy);
    expect(message.includes("pbp resume")).toBe(remedy === "resume");
    expect(message.includes("pbp rerun")).toBe(remedy === "rerun" || remedy === "other-model");
  },
);

test("a time-out and a stop by hand, which carry neither error nor cause", async () => {
  const timedOut = await handler(changed({ status: "TIMED_OUT", error: null, cause: null }));
  expect(timedOut.subject).toBe("States.Timeout: run-2 timed out");
  expect(timedOut.message).toContain("pbp resume run-2");
  const stopped = await handler(
    changed({ status: "ABORTED", error: undefined, cause: undefined, input: null, executionArn: undefined }),
  );
  expect(stopped.subject).toBe("Aborted: run-2 was stopped");
  expect((await receiptOf("run-2")).reason).toBe("");
});

test("passes on no words but ours", async () => {
  const foreign = [
    { error: "States.QueryEvaluationError", cause: "The expression 'Canary' failed" },
    { error: "TypeError", cause: '{"errorType":"TypeError","errorMessage":"Canary is not a function"}' },
    { error: "A name with Canary", cause: "Canary" },
    { error: "TrainingFailed", cause: "Canary, not JSON" },
    { error: "TrainingFailed", cause: '{"errorMessage":{"Canary":1}}' },
    { input: "Canary" },
    { input: '{"reason":{"Canary":1}}' },
  ];
  for (const detail of foreign) {
    const notice = await handler(changed(detail));
    expect(JSON.stringify([notice, await receiptOf("run-2")])).not.toContain("Canary");
  }
});

test("a failure after the verdict keeps what the execution reached", async () => {
  await writeJson(deployment.store, "runs/run-3/verdict.json", verdictSchema.examples[0]);
  const notPromoted = await handler(changed({ name: "run-3", error: "PromotionFailed" }));
  expect(notPromoted.message).toContain("Nothing was promoted by it");
  expect((await receiptOf("run-3")).verdict).toBe(verdictSchema.examples[0]!.verdict);

  await handler(ended("promote", promotion, "run-3"));
  const notAnnounced = await handler(changed({ name: "run-3", error: "SNS.AmazonSNSException" }));
  expect(notAnnounced.message).toContain("in use all the same: generation 3");
  expect(await receiptOf("run-3")).toMatchObject({
    status: "FAILED",
    ...promotion,
    embeddings: { texts: 1250 },
  });

  await deployment.store.write("runs/run-3/verdict.json", "{");
  expect((await handler(changed({ name: "run-3" }))).subject).toContain("run-3 failed");
});

test("the bill: billable seconds of each instance at the price table's rate, and where the logs are", async () => {
  const { usdPerHour, asOf, region } = prices;
  const { jobs, cost, message } = await receiptWith(embed, train);
  const hour = usdPerHour["ml.g6.xlarge"];
  expect(jobs).toMatchObject([
    { state: "Embed", seconds: 5400, billableSeconds: 5400, usd: expect.closeTo(1.5 * hour, 4) },
    // Half an hour of an hour and a half: spot's discount is in the billable seconds. Two instances.
    { state: "Train", seconds: 5400, billableSeconds: 1800, usd: expect.closeTo(0.5 * 2 * hour, 4) },
  ]);
  expect(cost).toEqual({ usd: expect.closeTo(2.5 * hour, 3), pricesAsOf: asOf, region, unpriced: [] });
  for (const words of [
    `Cost of the jobs: ${(2.5 * hour).toFixed(2)} USD at ${region} list prices of ${asOf}.`,
    "Log of Train: https://console.aws.amazon.com/train",
  ])
    expect(message).toContain(words);
});

test.each([
  ["milliseconds", start, start + 90_001],
  ["seconds", start / 1000, start / 1000 + 90.001],
  ["RFC 3339", "2026-11-20T12:00:00Z", "2026-11-20T12:01:30.001Z"],
])("reads the jobs' times as %s, and begun seconds count", async (_, startedAt, endedAt) => {
  expect((await receiptWith({ ...embed, startedAt, endedAt })).jobs).toMatchObject([{ seconds: 91 }]);
});

test("never guesses: without a price or a time the bill stays open and says why", async () => {
  const unpriced = await receiptWith(embed, { ...train, instanceType: "ml.x99.huge" });
  expect(unpriced.jobs).toMatchObject([{ usd: expect.any(Number) }, { billableSeconds: 1800, usd: null }]);
  expect(unpriced.cost).toMatchObject({ usd: null, unpriced: ["ml.x99.huge"] });
  expect(unpriced.message).toContain("not known, no price for ml.x99.huge");

  const { startedAt: _, ...untimed } = embed;
  for (const job of [untimed, { ...embed, endedAt: null }, { ...embed, endedAt: start - 1 }]) {
    const receipt = await receiptWith(job);
    expect(receipt.jobs).toMatchObject([{ seconds: null, billableSeconds: null, usd: null }]);
    expect(receipt.cost).toMatchObject({ usd: null, unpriced: [] });
    expect(receipt.message).toContain("times are missing");
  }
});

test("on one machine nothing is rented: seconds, and no bill", async () => {
  const local = { ...embed, instanceType: "local", log: "jobs/pbp-embed-1/log" };
  const { jobs, cost, message } = await receiptWith(local);
  expect(jobs).toMatchObject([{ seconds: 5400, usd: null }]);
  expect(cost).toBeNull();
  expect(message).not.toContain("Cost");
  expect(message).toContain("Log of Embed: jobs/pbp-embed-1/log");
});

test("a failure after Notify keeps what the jobs cost", async () => {
  await handler(ended("promote", promotion, "run-4", [embed]));
  const { message } = await handler(changed({ name: "run-4", error: "SNS.AmazonSNSException" }));
  expect(message).toContain(`Cost of the jobs: ${(1.5 * prices.usdPerHour["ml.g6.xlarge"]).toFixed(2)} USD`);
  expect(await receiptOf("run-4")).toMatchObject({ status: "FAILED", jobs: [{ state: "Embed" }] });
});

test.each([
  { state: "Preprocess" },
  { instanceType: "g6" },
  { instanceCount: 0 },
  { startedAt: -1 },
  { endedAt: "yesterday" },
  { billableSeconds: 1.5 },
  { log: "not a link" },
  { job: "-" },
  { foreign: 1 },
])("refuses a job with %o", async (wrong) => {
  const { name, message } = await failure(handler(ended("reject", null, "run-1", [{ ...embed, ...wrong }])));
  expect(name).toBe("TaskFailed");
  expect(message).toContain("/jobs/0");
});

test("the price table: a day, a region, and prices of SageMaker's instances", () => {
  expect(new Date(prices.asOf).toISOString().slice(0, 10)).toBe(prices.asOf);
  expect(prices.region).toMatch(/^[a-z]{2}-[a-z]+-\d$/);
  for (const [type, usd] of Object.entries(prices.usdPerHour)) {
    expect(type).toMatch(/^ml\.[a-z0-9]+\.[a-z0-9]+$/);
    expect(usd, type).toBeGreaterThan(0);
  }
});

test("keeps the subject to what SNS takes", async () => {
  const name = "x".repeat(80);
  for (const event of [
    changed({ name, error: "ProtectedHealthInformation" }),
    ended("promote", promotion, name),
  ])
    expect((await handler(event)).subject).toMatch(/^[ -~]{1,99}$/);
});

test("refuses an event of neither kind", async () => {
  expect((await failure(handler({}))).name).toBe("TaskFailed");
  expect((await failure(handler(changed({ status: "SUCCEEDED" })))).message).toContain("/detail/status");
});

test("asks Step Functions for what the event of an encrypted machine leaves out", async () => {
  const asked: object[] = [];
  const server = createServer(async (request, response) => {
    asked.push(JSON.parse(await text(request)));
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
    const { input, error, cause } = changed({}).detail;
    response.end(JSON.stringify({ status: "FAILED", startDate: 1, input, error, cause }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  vi.stubEnv("AWS_ENDPOINT_URL_SFN", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  try {
    await handler(changed({ name: "run-9", input: null, error: null, cause: null }));
  } finally {
    server.close();
    server.closeAllConnections();
  }
  const { executionArn } = changed({}).detail;
  expect(asked).toEqual([{ executionArn }, { executionArn, maxResults: 1000 }]);
  expect(await receiptOf("run-9")).toMatchObject({
    error: { name: "InsufficientSamples", message: "412 annotated samples; at least 1000 are needed." },
    reason: "more epochs",
  });
});

test("a receipt says what the execution ran with", async () => {
  await handler(ended("promote", promotion));
  const { settings } = await receiptOf("run-1");
  expect(settings).toMatchObject({
    export: { key: run.source.key, sha256: datasetSchema.examples[0]!.exportSha256 },
    baseModel: run.baseModel.name,
    epochs: run.epochs,
    learningRate: datasetSchema.examples[0]!.trials[0]!.hyperparameters.learningRate,
    gate: run.gate,
  });
});

test.each([
  [
    { source: { bucket: "pbp-data", key: "incoming/a.json" }, epochs: 7, gate: { metric: "f1" } },
    ["epochs", "gate.metric"],
  ],
  [{ source: { bucket: "pbp-data", key: "incoming/a.json" }, epochs: 0 }, null],
  ["no object", null],
])("the receipt of a failure says what its input %j asked for", async (input, names) => {
  const name = `run-${Buffer.from(JSON.stringify(input)).toString("hex").slice(-12)}`;
  await handler(changed({ input: JSON.stringify(input), name }));
  const { settings } = await receiptOf(name);
  expect(settings?.changed ?? null).toEqual(names);
});

const pageOf = async (execution: string, page: string) =>
  deployment.store.read(`runs/${execution}/${page}`).then(text, () => null);

// What CheckArtifacts had to say.
const before = ["The training log of trial 0 is missing."];

test("a run leaves its report and its model card beside the receipt, and its receipt says what is not there", async () => {
  await writeJson(deployment.store, "runs/run-7/verdict.json", verdictSchema.examples[0]);
  await handler(ended("promote", promotion, "run-7"));
  expect(await pageOf("run-7", "report.html")).toContain("Promoted as generation 3");
  expect(await pageOf("run-7", "model-card.md")).toContain("- **Contact:** not stated");
  expect((await receiptOf("run-7")).warnings).toEqual(before);

  const said = join(mkdtempSync(join(tmpdir(), "pbp-card-")), "model-card.json");
  vi.stubEnv("MODEL_CARD", said);
  try {
    await handler(ended("promote", promotion, "run-7"));
    expect((await receiptOf("run-7")).warnings).toEqual(before);
    writeFileSync(said, JSON.stringify({ contact: "coding desk" }));
    await handler(ended("promote", promotion, "run-7"));
    expect(await pageOf("run-7", "model-card.md")).toContain("- **Contact:** coding desk");
    // A card that cannot be used costs no report, and the receipt names the field without its value.
    writeFileSync(said, JSON.stringify({ contact: ["CanaryName"] }));
    await handler(ended("promote", promotion, "run-7"));
    const { warnings } = await receiptOf("run-7");
    expect(warnings).toEqual([
      ...before,
      "There is no model-card.md: model-card.json: /contact must be string.",
    ]);
    expect(JSON.stringify(await receiptOf("run-7"))).not.toContain("Canary");
    // It is gone from the receipt once it is mended.
    writeFileSync(said, "{}");
    await handler(ended("promote", promotion, "run-7"));
    expect((await receiptOf("run-7")).warnings).toEqual(before);
  } finally {
    vi.stubEnv("MODEL_CARD", "none");
    rmSync(dirname(said), { recursive: true });
  }
});

test("a run is sent to the MLflow server that the installation names, and a server that is down is a warning", async () => {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(request.url!);
    response.end(JSON.stringify({ experiment: { experiment_id: "7" }, run: { info: { run_id: "a" } } }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const warningsOf = async () =>
    (await receiptOf("run-9")).warnings!.filter((warning) => warning.includes("MLflow"));
  const folder = mkdtempSync(join(tmpdir(), "pbp-tracking-"));
  const file = join(folder, "tracking.json");
  try {
    // As on one machine: a file that need not be there.
    vi.stubEnv("TRACKING", file);
    const { message } = await handler(ended("promote", promotion, "run-9"));
    expect([calls, await warningsOf()]).toEqual([[], []]);
    writeFileSync(file, JSON.stringify({ uri, experiment: "billing" }));
    await handler(ended("promote", promotion, "run-9"));
    expect(calls[0]).toBe("/api/2.0/mlflow/experiments/get-by-name?experiment_name=billing");
    expect(calls.at(-1)).toBe("/api/2.0/mlflow/runs/log-batch");
    server.close();
    // As in AWS, where nobody answers.
    vi.stubEnv("TRACKING", JSON.stringify({ uri }));
    expect((await handler(ended("promote", promotion, "run-9"))).message).toBe(message);
    expect(await warningsOf()).toEqual([
      `It is not whole in MLflow: The MLflow server at ${uri} cannot be reached (ECONNREFUSED). To send it: pbp track run-9 --to ${uri}`,
    ]);
    vi.stubEnv("TRACKING", JSON.stringify({ uri, experiment: "Ann's notes" }));
    vi.stubEnv("COMMAND_OPTIONS", "--cloud");
    await handler(ended("promote", promotion, "run-9"));
    expect(await warningsOf()).toEqual([expect.stringMatching(/ --experiment 'Ann'\\''s notes' --cloud$/)]);
    vi.stubEnv("COMMAND_OPTIONS", "none");
    vi.stubEnv("TRACKING", file);
    writeFileSync(file, '{ "uri": "https://canary.example.org", ');
    await handler(ended("promote", promotion, "run-9"));
    expect(await warningsOf()).toEqual([
      'It is not whole in MLflow: tracking.json must hold one JSON object: {"uri": "https://…"}. To send it: pbp track run-9 --to URL',
    ]);
    writeFileSync(file, "{}");
    await handler(ended("promote", promotion, "run-9"));
    expect(await warningsOf()).toEqual([
      expect.stringContaining("tracking.json: (the whole value) must have"),
    ]);
    writeFileSync(file, JSON.stringify({ uri: "https://user:pass@example.org" }));
    await handler(ended("promote", promotion, "run-9"));
    expect(JSON.stringify(await warningsOf())).not.toContain("pass@");
  } finally {
    vi.stubEnv("TRACKING", "none");
    server.close();
    rmSync(folder, { recursive: true });
  }
});

test("a run that failed has a report with the error first, and no model card", async () => {
  await handler(changed({ name: "run-8" }));
  const page = await pageOf("run-8", "report.html");
  expect(page).toContain("Failed: InsufficientSamples");
  expect(page).toContain("412 annotated samples; at least 1000 are needed.");
  expect(await pageOf("run-8", "model-card.md")).toBeNull();
});

test("a report that cannot be made fails no run: the receipt and the message are there, and say so", async () => {
  // Not a verdict, and so nothing that a page can be drawn from.
  await writeJson(deployment.store, "runs/run-10/verdict.json", { kind: "keyphrases", policy: "CanaryText" });
  const notice = await handler(ended("promote", promotion, "run-10"));
  expect(notice.subject).toBe("Promoted: generation 3 (run-10)");
  const { warnings } = await receiptOf("run-10");
  expect(warnings).toEqual([
    ...before,
    "There is no report.html: TypeError.",
    "There is no model-card.md: TypeError.",
  ]);
  expect(JSON.stringify(warnings)).not.toContain("Canary");
});
