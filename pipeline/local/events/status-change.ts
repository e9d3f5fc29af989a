import { randomUUID } from "node:crypto";
import type { ExecutionDescription } from "../../execution.ts";
import { ACCOUNT_ID, REGION } from "../machine/identity.ts";

/** EventBridge's event for an execution that ended; dates in milliseconds since the epoch. */
export type StatusChange = {
  version: "0";
  id: string;
  "detail-type": "Step Functions Execution Status Change";
  source: "aws.states";
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: {
    executionArn: string;
    stateMachineArn: string;
    name: string;
    status: ExecutionDescription["status"];
    startDate: number;
    stopDate: number | null;
    input: string;
    output: string | null;
    error: string | null;
    cause: string | null;
    redriveCount: number;
    redriveDate: number | null;
    inputDetails: { included: true };
    outputDetails: { included: true } | null;
  };
};

export function statusChange(execution: ExecutionDescription): StatusChange {
  const { executionArn, stateMachineArn, name, status, startDate, stopDate, redriveDate } = execution;
  const milliseconds = (date: string | null) => (date === null ? null : Date.parse(date));
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Step Functions Execution Status Change",
    source: "aws.states",
    account: ACCOUNT_ID,
    time: stopDate ?? startDate,
    region: REGION,
    resources: [executionArn],
    detail: {
      executionArn,
      stateMachineArn,
      name,
      status,
      startDate: Date.parse(startDate),
      stopDate: milliseconds(stopDate),
      input: JSON.stringify(execution.input),
      output: status === "SUCCEEDED" ? JSON.stringify(execution.output) : null,
      error: execution.error,
      cause: execution.cause,
      redriveCount: execution.redriveCount,
      redriveDate: milliseconds(redriveDate),
      inputDetails: { included: true },
      outputDetails: status === "SUCCEEDED" ? { included: true } : null,
    },
  };
}
