// Logs of jobs as CloudWatch has them, against an emulator of its API. Group and streams are those of the SageMaker
// guide, "CloudWatch Logs for Amazon SageMaker AI" (docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html):
// /aws/sagemaker/TrainingJobs and …/ProcessingJobs, <job>/algo-<n>-<time>.
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { logLines } from "../../../pipeline/deployed/logs.ts";
import { startMoto } from "../../store/moto.ts";

let moto: Awaited<ReturnType<typeof startMoto>>;
let logs: CloudWatchLogsClient;
beforeAll(async () => {
  moto = await startMoto();
  const { AWS_ENDPOINT_URL_S3: endpoint, ...environment } = moto.environment;
  for (const [name, value] of Object.entries({ ...environment, AWS_ENDPOINT_URL: endpoint }))
    vi.stubEnv(name, value);
  logs = new CloudWatchLogsClient({});
});
afterAll(async () => {
  logs.destroy();
  vi.unstubAllEnvs();
  await moto.stop();
});

async function write(kind: string, stream: string, count: number) {
  const logGroupName = `/aws/sagemaker/${kind}Jobs`;
  await logs.send(new CreateLogGroupCommand({ logGroupName })).catch(() => undefined);
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: stream }));
  const now = Date.now();
  for (let at = 0; at < count; at += 5000)
    await logs.send(
      new PutLogEventsCommand({
        logGroupName,
        logStreamName: stream,
        logEvents: Array.from({ length: Math.min(5000, count - at) }, (_, index) => ({
          timestamp: now + at + index,
          message: `line ${at + index + 1}\n`,
        })),
      }),
    );
}

test("a job before any other has no log yet", async () => {
  expect(await logLines("Processing", "pbp-embed-1")).toEqual([]);
});

test("a log of several pages is read to its end, or its last lines alone", async () => {
  // GetLogEvents answers with at most 10,000 events (its page in the CloudWatch Logs API reference).
  await write("Training", "pbp-train-1/algo-1-1", 10_050);
  await write("Training", "pbp-train-10/algo-1-1", 1);
  const lines = await logLines("Training", "pbp-train-1");
  expect(lines.length).toBe(10_050);
  expect([lines[0], lines.at(-1)]).toEqual(["line 1", "line 10050"]);
  expect(await logLines("Training", "pbp-train-1", 2)).toEqual(["line 10049", "line 10050"]);
});

test("each instance's part stands under the name of its stream", async () => {
  await write("Processing", "pbp-embed-2/algo-1-7", 1);
  await write("Processing", "pbp-embed-2/algo-2-7", 2);
  expect(await logLines("Processing", "pbp-embed-2")).toEqual([
    "==> pbp-embed-2/algo-1-7 <==",
    "line 1",
    "==> pbp-embed-2/algo-2-7 <==",
    "line 1",
    "line 2",
  ]);
});
