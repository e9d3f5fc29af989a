import { expect, test } from "vitest";
import { refusalOf } from "../../../pipeline/deployed/refusal.ts";
import { InstallationError } from "../../../pipeline/installation.ts";
import { executionLink, logLink } from "../../../schemas/installation/aws-links.ts";

test.each([
  ["aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/"],
  ["aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"],
])("links of %s lead to its own console", (partition, region, start) => {
  const arn = `arn:${partition}:states:${region}:111122223333:execution:machine:run-1`;
  expect(executionLink(arn)).toBe(`${start}states/home?region=${region}#/v2/executions/details/${arn}`);
  expect(logLink(arn, "Training", "pbp-train-1")).toBe(
    `${start}cloudwatch/home?region=${region}#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FTrainingJobs$3FlogStreamNameFilter$3Dpbp-train-1`,
  );
});

const awsError = (name: string, message: string, fields: object = { $metadata: {} }) =>
  Object.assign(new Error(message), { name, ...fields });

test.each([
  [awsError("ExpiredTokenException", "secret words"), "NoCredentials", /aws sso login/],
  [awsError("SignatureDoesNotMatch", "AKIA… secret words"), "NoCredentials", /AWS_PROFILE/],
  [
    awsError("AccessDeniedException", "not authorized to perform: states:StartExecution"),
    "AccessDenied",
    /StartExecution Ask/,
  ],
  [awsError("Error", "connect", { code: "ENOTFOUND" }), "NoConnection", /network/],
  [awsError("ThrottlingException", "Rate exceeded"), "ThrottlingException", /Rate exceeded/],
])("%s is told with a remedy", (error, name, message) => {
  const refusal = refusalOf(error) as Error;
  expect(refusal).toBeInstanceOf(InstallationError);
  expect(refusal.name).toBe(name);
  expect(refusal.message).toMatch(message);
  expect(refusal.message).not.toContain("secret");
});

test("an error of our own stays what it is", () => {
  const bug = new TypeError("undefined is not a function");
  expect(refusalOf(bug)).toBe(bug);
  const told = new InstallationError("NoStack", "There is no stack.");
  expect(refusalOf(told)).toBe(told);
});
