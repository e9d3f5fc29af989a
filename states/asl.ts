import type { ErrorName } from "../schemas/tables/errors.ts";

/** A literal, or `{% … %}` with a JSONata expression, anywhere in a value. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** Error names of AWS that this machine names. Others exist; a name outside this list is a typo until it is added. */
export const awsErrorNames = [
  "States.ALL",
  "States.TaskFailed",
  "States.Timeout",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
  "Lambda.ClientExecutionTimeoutException",
  "SageMaker.AmazonSageMakerException",
  "SageMaker.ResourceLimitExceededException",
  "SNS.AmazonSNSException",
  "S3.S3Exception",
  "S3.SdkClientException",
  "ECS.AmazonECSException",
  "ECS.ServerException",
  "ECS.SdkClientException",
  "AmazonECS.Unknown",
] as const;

export type AnyErrorName = ErrorName | (typeof awsErrorNames)[number];

export interface Retrier {
  ErrorEquals: readonly AnyErrorName[];
  IntervalSeconds: number;
  MaxAttempts: number;
  BackoffRate: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: "FULL" | "NONE";
}

export interface Catcher {
  ErrorEquals: readonly AnyErrorName[];
  Assign?: Record<string, Value>;
  Output?: Value;
  Next: string;
}

interface Common {
  Comment: string;
  Assign?: Record<string, Value>;
  Output?: Value;
}
type Onward = { Next: string; End?: never } | { End: true; Next?: never };

export type TaskState = Common &
  Onward & {
    Type: "Task";
    Resource: string;
    Arguments: Value;
    TimeoutSeconds: number;
    Retry?: readonly Retrier[];
    Catch?: readonly Catcher[];
  };
export type ParallelState = Common & Onward & { Type: "Parallel"; Branches: readonly StateMachine[] };
/** An inline Map: its iterations are part of the execution's own history. */
export type MapState = Common &
  Onward & { Type: "Map"; Items: string; MaxConcurrency: string; ItemProcessor: StateMachine };
export type ChoiceState = Common & {
  Type: "Choice";
  Choices: readonly { Condition: string; Next: string }[];
  Default: string;
};
export type PassState = Common & Onward & { Type: "Pass" };
export type SucceedState = Omit<Common, "Assign"> & { Type: "Succeed" };
export type FailState = { Comment: string; Type: "Fail"; Error: ErrorName; Cause: string };
export type State = TaskState | ParallelState | MapState | ChoiceState | PassState | SucceedState | FailState;

/** The graphs inside a state: a Parallel's branches, what a Map runs for each item. */
export function machinesIn(state: State): readonly StateMachine[] {
  if (state.Type === "Parallel") return state.Branches;
  return state.Type === "Map" ? [state.ItemProcessor] : [];
}

/** The part of Amazon States Language that this machine uses: JSONata mode only. */
export interface StateMachine {
  Comment?: string;
  QueryLanguage?: "JSONata";
  TimeoutSeconds?: number;
  StartAt: string;
  States: { readonly [name: string]: State };
}
