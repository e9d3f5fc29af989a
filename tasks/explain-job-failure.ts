// Why this step exists: SageMaker's failure is a Describe…Job answer inside a string, in words that may quote the data.
// This names the failure, or leads back to the job: with the next instance of its list when AWS had none of this one, and
// after a redrive, which comes in here because this is a Task and not a Fail state.
import { type ErrorName, errorMeanings, NamedError } from "../schemas/tables/errors.ts";
import {
  anotherInstanceMayDo,
  explainFailure,
  isBusy,
  type JobFailed,
  jobFailed,
} from "./explain-job-failure/job.ts";
import { explainTask, type TaskFailed, taskFailed } from "./explain-job-failure/task.ts";
import { task } from "./lambda/task.ts";

const counts = { type: "integer", minimum: 0 };

// Of several trainings none was completed, and the first one's failure, which was explained, is the execution's.
const trialsFailed = {
  type: "object",
  additionalProperties: false,
  required: ["failure", "redriveCount", "failedAtRedriveCount"],
  properties: {
    failure: {
      type: "object",
      additionalProperties: false,
      required: ["name", "message"],
      properties: { name: { type: "string" }, message: { type: "string" } },
    },
    redriveCount: counts,
    failedAtRedriveCount: counts,
  },
};

const event = {
  type: "object",
  if: { required: ["failure"], properties: { failure: true } },
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
  then: trialsFailed,
  else: {
    if: { required: ["said"], properties: { said: true } },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
    then: taskFailed,
    else: jobFailed,
  },
};
type TrialsFailed = {
  failure: { name: string; message: string };
  redriveCount: number;
  failedAtRedriveCount: number;
};
type Again = { rung: number; throttles: number };

/** Returns what to try the job with, or throws the failure. SageMakerBusy asks for a pause first. */
export const handler = task(event, async (failed: JobFailed | TrialsFailed | TaskFailed): Promise<Again> => {
  if (failed.redriveCount > failed.failedAtRedriveCount) return { rung: 0, throttles: 0 };
  if ("said" in failed) {
    const { name, message } = explainTask(failed);
    throw new NamedError(name, message);
  }
  if ("failure" in failed) {
    const { name, message } = failed.failure;
    // What is not ours is Lambda's or Step Functions' own: the explanation itself failed.
    throw new NamedError(
      Object.hasOwn(errorMeanings, name) ? (name as ErrorName) : "TrainingFailed",
      message,
    );
  }
  const { rung, throttles } = failed;
  if (isBusy(failed.cause) && throttles < failed.throttlesAllowed) {
    if (failed.retryCount > 0) return { rung, throttles: throttles + 1 };
    throw new NamedError("SageMakerBusy", "SageMaker was too busy to take the request; it is made again.");
  }
  const next = rung + 1;
  if (next < failed.rungs && anotherInstanceMayDo(failed.cause, failed.isSpot))
    return { rung: next, throttles };
  const { name, message } = explainFailure(failed.name, failed.cause, failed.error);
  throw new NamedError(name, message);
});
