import {
  CreateProcessingJobCommand,
  type CreateProcessingJobCommandInput,
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  type SageMakerClient,
  SageMakerServiceException,
} from "@aws-sdk/client-sagemaker";
import type { SFNClient } from "@aws-sdk/client-sfn";
import { type Failure, startActivityWorker } from "./activity-worker.ts";
import type { Kind, SageMaker } from "./sagemaker/sagemaker.ts";

/**
 * Does for an activity what Step Functions' own `.sync` integration does for SageMaker: creates the job with the task's
 * arguments, waits for its end, and answers with its description, in which times are milliseconds.
 */
export function startSyncWorker(options: {
  steps: SFNClient;
  activityArn: string;
  kind: Kind;
  sagemaker: SageMaker;
  client: SageMakerClient;
}): { stop(): Promise<void> } {
  const { steps, activityArn, kind, sagemaker, client } = options;
  async function perform(request: unknown): Promise<unknown> {
    const name = await create(request).catch((error: unknown) => {
      throw refused(error);
    });
    await sagemaker.ended(kind, name);
    const job = Object.fromEntries(
      Object.entries(await describe(name))
        .filter(([field]) => field !== "$metadata")
        .map(([field, value]) => [field, value instanceof Date ? value.getTime() : value]),
    );
    if (job[`${kind}JobStatus`] !== "Completed")
      throw { error: "States.TaskFailed", cause: JSON.stringify(job) } satisfies Failure;
    return job;
  }

  async function create(request: unknown): Promise<string> {
    if (kind === "Training") {
      const input = request as CreateTrainingJobCommandInput;
      await client.send(new CreateTrainingJobCommand(input));
      return input.TrainingJobName!;
    }
    const input = request as CreateProcessingJobCommandInput;
    await client.send(new CreateProcessingJobCommand(input));
    return input.ProcessingJobName!;
  }

  const describe = (name: string) =>
    kind === "Training"
      ? client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }))
      : client.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }));

  return startActivityWorker(steps, activityArn, perform);
}

/** Step Functions keeps the name of an exception that SageMaker documents, and calls every other one alike. */
function refused(error: unknown): Failure {
  if (!(error instanceof SageMakerServiceException)) throw error;
  const isDocumented = error.name.startsWith("Resource");
  const name = isDocumented
    ? `${error.name.replace(/(Exception)?$/, "Exception")}`
    : "AmazonSageMakerException";
  return { error: `SageMaker.${name}`, cause: `${error.message} (Error Code: ${error.name})` };
}
