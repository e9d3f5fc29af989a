// Writes the policies of a template into a folder, one file each, with everything that CloudFormation fills in filled in
// with values of the right form, so that parliament, which knows IAM's grammar, actions, resources and conditions, can
// read them; and reads what it finds.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Resource = { Type: string; Properties?: Record<string, unknown> };
type Resources = Readonly<Record<string, Resource>>;

const account = "123456789012";
const region = "us-east-1";
const pseudo: Readonly<Record<string, string>> = {
  "AWS::Partition": "aws",
  "AWS::Region": region,
  "AWS::AccountId": account,
  "AWS::URLSuffix": "amazonaws.com",
};

// What the ARN of a resource looks like: Service Authorization Reference, "Resource types defined by …".
const arns: Readonly<Record<string, string>> = {
  "AWS::ECR::Repository": `arn:aws:ecr:${region}:${account}:repository/x`,
  "AWS::EFS::AccessPoint": `arn:aws:elasticfilesystem:${region}:${account}:access-point/fsap-0123456789abcdef0`,
  "AWS::EFS::FileSystem": `arn:aws:elasticfilesystem:${region}:${account}:file-system/fs-0123456789abcdef0`,
  "AWS::IAM::Role": `arn:aws:iam::${account}:role/x`,
  "AWS::KMS::Key": `arn:aws:kms:${region}:${account}:key/01234567-89ab-cdef-0123-456789abcdef`,
  "AWS::Lambda::Function": `arn:aws:lambda:${region}:${account}:function:x`,
  "AWS::Logs::LogGroup": `arn:aws:logs:${region}:${account}:log-group:x:*`,
  "AWS::S3::Bucket": "arn:aws:s3:::x",
  "AWS::SNS::Topic": `arn:aws:sns:${region}:${account}:x`,
  "AWS::SQS::Queue": `arn:aws:sqs:${region}:${account}:x`,
  "AWS::StepFunctions::StateMachine": `arn:aws:states:${region}:${account}:stateMachine:x`,
};
const refersToArn = new Set(["AWS::SNS::Topic", "AWS::StepFunctions::StateMachine"]);

/** The value with `Ref`, `Fn::GetAtt`, `Fn::Join` and `Fn::Sub` filled in. */
function fill(value: unknown, resources: Resources): unknown {
  if (Array.isArray(value)) return value.map((one) => fill(one, resources));
  if (typeof value !== "object" || value === null) return value;
  const [[name, argument] = []] = Object.entries(value);
  if (name === "Ref") {
    const type = resources[argument as string]?.Type ?? "";
    return pseudo[argument as string] ?? (refersToArn.has(type) ? arns[type] : "x");
  }
  if (name === "Fn::GetAtt") return arns[resources[(argument as string[])[0]!]?.Type ?? ""] ?? "x";
  if (name === "Fn::Join") {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map((part) => fill(part, resources)).join(separator);
  }
  if (name === "Fn::Sub")
    return String(argument).replace(/\$\{([^}]+)\}/g, (_, inner: string) =>
      String(fill({ Ref: inner }, resources)),
    );
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, resources)]));
}

// A fault that must be found, or else the scan has looked at nothing.
const planted = "PlantedFault.json";
const plantedAction = "s3:GetObjekt";

/** Writes the policies of roles, and one with a fault. Returns how many. */
export function writePolicies(template: string, folder: string): number {
  const { Resources } = JSON.parse(readFileSync(template, "utf8")) as { Resources: Resources };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const policies = Object.entries(Resources).filter(([, { Type }]) =>
    /^AWS::IAM::(Managed)?Policy$/.test(Type),
  );
  for (const [id, { Properties }] of policies)
    writeFileSync(
      join(folder, `${id}.json`),
      JSON.stringify(fill(Properties?.PolicyDocument, Resources), null, 1),
    );
  const fault = { Effect: "Allow", Action: plantedAction, Resource: "*" };
  writeFileSync(join(folder, planted), JSON.stringify({ Version: "2012-10-17", Statement: [fault] }));
  return policies.length;
}

type Finding = { issue: string; title: string; detail: unknown; location: { filepath?: string } };

// parliament asks for every type of resource that an action knows; one is enough for IAM. Service Authorization Reference,
// AWS Step Functions: ListExecutions takes a state machine or a map run, DescribeExecution an execution of either kind.
const oneTypeIsEnough = ["states:ListExecutions", "states:DescribeExecution"];

/** What parliament found, a JSON object a line, without what is known to be right. Throws when the planted fault is missing. */
export function readFindings(output: string): string[] {
  const findings = output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Finding);
  const isPlanted = ({ location }: Finding) => location.filepath?.endsWith(planted) === true;
  if (!findings.some((finding) => isPlanted(finding) && finding.issue === "UNKNOWN_ACTION"))
    throw new Error(`parliament did not find the planted fault, ${plantedAction}:\n${output}`);
  return findings
    .filter((finding) => !isPlanted(finding) && !isAcknowledged(finding))
    .map(({ title, detail, location }) => `${location.filepath}: ${title} ${JSON.stringify(detail)}`);
}

const leftToOthers: readonly string[] = [
  // cdk-nag and checkov look at every star, and each that stays is acknowledged there with its reason.
  "RESOURCE_STAR",
  // An ARN compared letter by letter, which is what is meant.
  "MISMATCHED_TYPE_BUT_USABLE",
];

function isAcknowledged({ issue, detail }: Finding): boolean {
  if (leftToOthers.includes(issue)) return true;
  const actions = Array.isArray(detail) ? detail.map(({ action }: { action?: string }) => action ?? "") : [];
  return (
    issue === "RESOURCE_MISMATCH" &&
    actions.length > 0 &&
    actions.every((one) => oneTypeIsEnough.includes(one))
  );
}
