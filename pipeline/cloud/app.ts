// The CDK app: `npx cdk deploy`. What a deployment decides is the context value `pbp` in cdk.json, see
// schemas/installation/deployment.schema.json and docs/deployment.md.
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks } from "cdk-nag";
import { bundleTasks } from "../bundle.ts";
import { codeRevision } from "../code-revision.ts";
import { readConfiguration } from "./configuration.ts";
import { pipelineStack } from "./stack.ts";

const app = new App();
const deployment = readConfiguration(app.node.tryGetContext("pbp"));
// The functions' code, before the stack refers to its folders.
await bundleTasks();
// Of npm run deploy. A stack that failed when it was made can only be deleted, which the protection would forbid.
const isFirst = app.node.tryGetContext("firstDeployment") === "true";
pipelineStack(app, deployment, {
  revision: codeRevision(),
  ...(isFirst && { terminationProtection: false }),
});
Validations.of(app).addPlugins(
  new AwsSolutionsChecks(app),
  new HIPAASecurityChecks(app),
  new NIST80053R5Checks(app),
);
app.synth();
