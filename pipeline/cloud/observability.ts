import { Duration, type Stack } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  PeriodOverride,
  TextWidget,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { Topic } from "aws-cdk-lib/aws-sns";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { daysSinceSuccess } from "../../schemas/installation/metrics.ts";
import { defaultModel, ofModel } from "../../schemas/models/registered-models.ts";
import type { Deployment } from "../../schemas/types.ts";
import { expectedDays } from "./configuration.ts";
import { endpointMetric, endpointWatches, watchedModels } from "./serving/alarms.ts";

type Parts = {
  stack: Stack;
  deployment: Deployment;
  stateMachineArn: string;
  fileSystemId: string;
  deadLetters: readonly Queue[];
  topic: Topic;
};

export type Watch = {
  id: string;
  /** The heading in docs/runbook.md that says what it means, how to look, and what to do. */
  heading: string;
  description: string;
  metric: IMetric;
  threshold: number;
  comparison?: ComparisonOperator;
  /** Periods in a row. */
  periods?: number;
  missing?: TreatMissingData;
};

const fiveMinutes = Duration.minutes(5);
// Of what the file system can move a second: above it a promotion may outlast its Lambda function.
const busyShare = 80;

/** Alarms on what nobody would see in time, and a dashboard for everything else. */
export function observability(parts: Parts): Dashboard {
  const watches = watchesOf(parts);
  for (const watch of watches) alarm(parts, watch);
  return dashboard(parts, watches);
}

function machineMetric(stateMachineArn: string, metricName: string, statistic: string): Metric {
  return new Metric({
    namespace: "AWS/States",
    metricName,
    dimensionsMap: { StateMachineArn: stateMachineArn },
    statistic,
    period: fiveMinutes,
    label: metricName,
  });
}

function watchesOf({ stateMachineArn, fileSystemId, deadLetters, deployment }: Parts): Watch[] {
  const fileSystem = (metricName: string, statistic: string) =>
    new Metric({
      namespace: "AWS/EFS",
      metricName,
      dimensionsMap: { FileSystemId: fileSystemId },
      statistic,
      period: fiveMinutes,
    });
  return [
    // Not on executions that fail: notify has a message for each, with its reason and what to type.
    ...deadLetters.map((queue) => ({
      id: `${queue.node.id}Waiting`,
      heading: "Alarm: something was not delivered",
      description:
        "An export may have started nothing, a failure was not announced, or nobody looked for successes. The queue's name says which.",
      metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: "Maximum", period: fiveMinutes }),
      threshold: 1,
    })),
    ...Object.entries(expectedDays(deployment)).map(([model, days]) =>
      noSuccess(stateMachineArn, model, days),
    ),
    {
      id: "FileSystemBusy",
      heading: "Alarm: the file system is at its limit",
      description: `The models' file system has moved over ${busyShare} % of what it may for 15 minutes.`,
      // Bytes of five minutes, as bytes a second, of the bytes a second that EFS permits just now.
      metric: new MathExpression({
        expression: "100 * (moved / PERIOD(moved)) / permitted",
        usingMetrics: {
          moved: fileSystem("MeteredIOBytes", "Sum"),
          permitted: fileSystem("PermittedThroughput", "Average"),
        },
        label: "% of the permitted throughput",
        period: fiveMinutes,
      }),
      threshold: busyShare,
      periods: 3,
    },
    ...endpointWatches(deployment),
  ];
}

/** How long no execution of a registered model has succeeded, as tasks/check-last-success.ts says each hour. */
const sinceSuccess = (stateMachineArn: string, model: string) =>
  new Metric({
    namespace: daysSinceSuccess.namespace,
    metricName: daysSinceSuccess.name,
    dimensionsMap: { StateMachineArn: stateMachineArn, Model: model },
    statistic: "Maximum",
    period: Duration.hours(1),
  });

function noSuccess(stateMachineArn: string, model: string, days: number): Watch {
  return {
    id: `NoSuccess${model === defaultModel ? "" : `-${model}`}`,
    heading: "Alarm: no execution succeeded for days",
    description: `No execution${ofModel(model)} has succeeded for more than ${days} days. Do exports still arrive?`,
    metric: sinceSuccess(stateMachineArn, model),
    threshold: days,
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    // An hour without a look changes nothing; a look that failed waits in a queue, which has an alarm.
    missing: TreatMissingData.IGNORE,
  };
}

function alarm({ stack, deployment, topic }: Parts, watch: Watch): void {
  const anchor = watch.heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
  const made = new Alarm(stack, watch.id, {
    alarmName: `${deployment.stackName}-${watch.id}`,
    alarmDescription: `${watch.description} Runbook: ${deployment.runbookUrl}#${anchor}`,
    metric: watch.metric,
    threshold: watch.threshold,
    comparisonOperator: watch.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: watch.periods ?? 1,
    treatMissingData: watch.missing ?? TreatMissingData.NOT_BREACHING,
  });
  made.addAlarmAction(new SnsAction(topic));
}

/** An account has its dashboards in common for all regions, so the name says which: the same stack may stand in two. */
export const dashboardName = (stack: Stack) => `${stack.stackName}-${stack.region}`;

function dashboard({ stack, deployment, stateMachineArn }: Parts, watches: Watch[]): Dashboard {
  const machine = (metricName: string, statistic: string) =>
    machineMetric(stateMachineArn, metricName, statistic);
  const board = new Dashboard(stack, "Dashboard", {
    dashboardName: dashboardName(stack),
    defaultInterval: Duration.days(14),
    periodOverride: PeriodOverride.AUTO,
  });
  const graph = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: 12 });
  const metricOf = (id: string) =>
    watches.filter((watch) => watch.id.endsWith(id)).map(({ metric }) => metric);
  board.addWidgets(
    new TextWidget({
      width: 24,
      height: 2,
      markdown: `Executions are promoted, rejected or inconclusive: all of these succeed. What to do when one fails: [runbook](${deployment.runbookUrl}).`,
    }),
  );
  board.addWidgets(
    graph(
      "Executions",
      ["Started", "Succeeded", "Failed", "TimedOut", "Aborted"].map((how) =>
        machine(`Executions${how}`, "Sum"),
      ),
    ),
    graph("Duration of an execution, ms", [
      machine("ExecutionTime", "Average"),
      machine("ExecutionTime", "Maximum"),
    ]),
  );
  board.addWidgets(
    graph("Not delivered", metricOf("Waiting")),
    graph("File system, % of its permitted throughput", metricOf("FileSystemBusy")),
  );
  const served = watchedModels(deployment);
  const ofEndpoints = (title: string, metricName: Parameters<typeof endpointMetric>[2]) =>
    graph(
      title,
      served.map((model) => endpointMetric(deployment, model, metricName).with({ label: model })),
    );
  if (served.length > 0)
    board.addWidgets(
      ofEndpoints("Endpoints: share of requests that failed", "Invocation5XXErrors"),
      ofEndpoints("Endpoints: time of an answer, µs", "ModelLatency"),
    );
  const models = new Set([defaultModel, ...Object.keys(expectedDays(deployment))]);
  board.addWidgets(
    graph(
      "Days since an execution succeeded",
      [...models].map((model) => sinceSuccess(stateMachineArn, model).with({ label: model })),
    ),
  );
  return board;
}
