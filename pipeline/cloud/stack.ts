import { CfnOutput, Stack, type StackProps, Tags } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";
import { consoleUrl } from "../../schemas/installation/aws-links.ts";
import { packageGroup } from "../../schemas/installation/registry.ts";
import { endpointName } from "../../schemas/installation/serving.ts";
import type { Deployment } from "../../schemas/types.ts";
import { costTags } from "../../states/jobs/sagemaker.ts";
import { acknowledge } from "./acknowledgements.ts";
import { deadLetterQueue, events } from "./events.ts";
import { promoteTask } from "./fargate/promote-task.ts";
import { modelsFileSystem } from "./file-system.ts";
import { functionUrl } from "./function-url.ts";
import { functions, liveAlias } from "./functions.ts";
import { dataKey } from "./keys.ts";
import { network } from "./network.ts";
import { dashboardName, observability } from "./observability.ts";
import { operatorsPolicy, predictPolicy } from "./operators.ts";
import { imageRepository, imageTag } from "./sagemaker/images.ts";
import { jobs } from "./sagemaker/jobs.ts";
import { hosting } from "./serving/hosting.ts";
import { predicting } from "./serving/predicting.ts";
import { registryTarget } from "./serving/registry.ts";
import { servesImage } from "./serving/settings.ts";
import { modelsMachine, pipelineMachine } from "./state-machines.ts";
import { storage } from "./storage.ts";

/** The pipeline in an AWS account: the same definition, bundles and images as on one machine. Wiring only. */
export function pipelineStack(
  scope: Construct,
  deployment: Deployment,
  { revision = "unknown", ...props }: StackProps & { revision?: string } = {},
): Stack {
  const { stackName } = deployment;
  const stack = new Stack(scope, stackName, {
    description: "Trains, judges and promotes models of keyphrases and classes for medical billing notes.",
    // Patient data lies here: it must not vanish by a slip of the hand. Not during the first deployment (app.ts).
    terminationProtection: deployment.keepData,
    ...props,
  });
  // By these a bill is told apart; the jobs, which no stack makes, have them from the definition.
  for (const [name, value] of Object.entries(costTags(stackName))) Tags.of(stack).add(name, value);
  const key = dataKey(stack, deployment);
  const bucket = storage(stack, key, deployment);
  const inside = network(stack, key, deployment);
  const models = modelsFileSystem(stack, key, inside, deployment);
  const topic = new Topic(stack, "Notices", { topicName: stackName, masterKey: key, enforceSSL: true });
  // A policy of the topic's own leaves no default: without this line the alarms would be silent.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
      actions: ["sns:Publish"],
      resources: [topic.topicArn],
      conditions: { StringEquals: { "aws:SourceAccount": stack.account } },
    }),
  );
  // So does the rule about endpoints. Without a condition, which EventBridge's page on topics has not either.
  if (deployment.serving.mode !== "none")
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal("events.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [topic.topicArn],
      }),
    );
  if (deployment.alarmEmail) topic.addSubscription(new EmailSubscription(deployment.alarmEmail));

  const queue = (id: string, name: string) => deadLetterQueue(stack, id, key, `${stackName}-${name}`);
  const undelivered = queue("Undelivered", "undelivered");
  // What the hourly schedule calls.
  const notChecked = queue("NotChecked", "not-checked");
  const deadLetters = {
    "start-execution": queue("NotStarted", "not-started"),
    notify: queue("NotNotified", "not-notified"),
    "check-last-success": notChecked,
    "remind-approvals": notChecked,
  };
  const queues = [...new Set([undelivered, ...Object.values(deadLetters)])];
  // By its name, since the function that starts the machine is made before the machine that calls the others.
  const stateMachineArn = stack.formatArn({ service: "states", resource: `stateMachine:${stackName}` });
  const liveAliasArn = `${stateMachineArn}:${liveAlias}`;
  const imagesParts = { stack, key, bucket, imageTag: imageTag(stack) };
  // For endpoints, for whoever deploys from the Model Registry, and for jobs that answer files.
  const serveImages = servesImage(deployment)
    ? imageRepository(stack, "Serve", key, "serve", deployment)
    : null;
  const servedParts = { ...imagesParts, network: inside, repository: serveImages };
  const served = hosting(servedParts, deployment);
  const predicted = predicting(servedParts, deployment);
  const made = functions({
    stack,
    key,
    bucket,
    network: inside,
    models,
    deployment,
    stateMachineArn,
    topic,
    revision,
    registry: registryTarget(deployment, serveImages, imagesParts.imageTag),
    deadLetters,
    serving: served?.target ?? "none",
    servingRoleArn: served?.roleArn ?? null,
    predict: predicted?.target ?? "none",
    predictRoleArn: predicted?.roleArn ?? null,
  });
  const machineParts = { stack, key, deployment, functions: made, topic };
  const jobParts = jobs(imagesParts, deployment);
  const machine = pipelineMachine({
    ...machineParts,
    bucket,
    network: inside,
    models,
    jobs: jobParts,
    promoteTask: promoteTask({ ...imagesParts, models, image: jobParts.PreprocessJob }, deployment),
    revision,
  });
  const operatorsMachine = modelsMachine(machineParts);
  events({
    stack,
    deployment,
    bucketName: bucket.bucketName,
    stateMachineArn: machine.ref,
    functions: made,
    topic,
    undelivered,
  });
  observability({
    stack,
    deployment,
    stateMachineArn: machine.ref,
    fileSystemId: models.fileSystemId,
    deadLetters: queues,
    topic,
  });

  const operators = operatorsPolicy({
    stack,
    key,
    bucket,
    deployment,
    models,
    queues,
    topic,
  });

  const predictors = predictPolicy({ stack, bucket, deployment });
  const receiveExportUrl = functionUrl(made["receive-export"], deployment.dashboardRoleArn, "Dashboard");
  const answerUrl = functionUrl(made.answer, deployment.serving.callerRoleArn, "Caller");
  const dashboardUrl = `${consoleUrl(deployment.partition, stack.region)}/cloudwatch/home?region=${stack.region}#dashboards:name=${dashboardName(stack)}`;
  // pbp --cloud finds everything by these.
  const outputs: Record<string, string> = {
    DataBucketName: bucket.bucketName,
    StateMachineArn: machine.ref,
    LiveAliasArn: liveAliasArn,
    ModelsStateMachineArn: operatorsMachine.ref,
    TopicArn: topic.topicArn,
    OperatorsPolicyArn: operators.managedPolicyArn,
    FileSystemId: models.fileSystemId,
    AccessPointId: models.accessPoint.attrAccessPointId,
    DeadLetterQueueUrl: undelivered.queueUrl,
    DashboardUrl: dashboardUrl,
    ...(deployment.registry && { ModelPackageGroups: packageGroup(stackName, "*") }),
    ...(receiveExportUrl !== null && { ReceiveExportUrl: receiveExportUrl }),
    ...(answerUrl !== null && { AnswerUrl: answerUrl }),
    ...(serveImages && { ServeRepositoryUri: serveImages.repositoryUri }),
    ...(predictors && { PredictPolicyArn: predictors.managedPolicyArn }),
    ...(served && { EndpointNames: endpointName(stackName, "*") }),
    ...Object.fromEntries(
      Object.entries(jobParts).map(([job, { repository }]) => [
        `${job}RepositoryUri`,
        repository.repositoryUri,
      ]),
    ),
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
  acknowledge(stack, bucket);
  return stack;
}
