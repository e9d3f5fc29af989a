import {
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";

/**
 * The lines of a job's log, or the last ones of each of its instances; none before it has said anything.
 *
 * SageMaker logs to /aws/sagemaker/TrainingJobs and …/ProcessingJobs, a stream for each instance, named
 * `<job>/algo-<n>-<epoch>`.
 */
export async function logLines(
  kind: "Training" | "Processing",
  job: string,
  last?: number,
): Promise<string[]> {
  const logs = new CloudWatchLogsClient({ maxAttempts: 8 });
  const logGroupName = `/aws/sagemaker/${kind}Jobs`;
  const streams = await streamsOf(logs, logGroupName, `${job}/`);
  const lines: string[] = [];
  for (const stream of streams) {
    if (streams.length > 1) lines.push(`==> ${stream} <==`);
    lines.push(...(await linesOf(logs, logGroupName, stream, last)));
  }
  return lines;
}

async function streamsOf(logs: CloudWatchLogsClient, logGroupName: string, prefix: string) {
  const names: string[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const page = await logs.send(
        new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: prefix, nextToken }),
      );
      names.push(...(page.logStreams ?? []).map(({ logStreamName }) => logStreamName!));
      nextToken = page.nextToken;
    } while (nextToken);
  } catch (error) {
    // The first job of an account and region makes the group.
    if ((error as Error).name !== "ResourceNotFoundException") throw error;
  }
  return names;
}

async function linesOf(
  logs: CloudWatchLogsClient,
  logGroupName: string,
  logStreamName: string,
  last?: number,
): Promise<string[]> {
  const lines: string[] = [];
  let nextToken: string | undefined;
  for (;;) {
    const page = await logs.send(
      new GetLogEventsCommand(
        last === undefined
          ? { logGroupName, logStreamName, startFromHead: true, nextToken }
          : { logGroupName, logStreamName, limit: last },
      ),
    );
    lines.push(...(page.events ?? []).map(({ message = "" }) => message.trimEnd()));
    // The end of a stream answers with the token that it was asked with.
    if (last !== undefined || !page.nextForwardToken || page.nextForwardToken === nextToken) return lines;
    nextToken = page.nextForwardToken;
  }
}
