// The app of pipeline/cloud/app.ts, but a state is of a type that does not exist.
import { App } from "aws-cdk-lib";
import type { CfnStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { readConfiguration } from "../../pipeline/cloud/configuration.ts";
import { pipelineStack } from "../../pipeline/cloud/stack.ts";

const app = new App();
const stack = pipelineStack(app, readConfiguration({}));
const machine = stack.node.findChild("StateMachine") as CfnStateMachine;
machine.definitionString = machine.definitionString!.replace('"Type":"Parallel"', '"Type":"Paralel"');
app.synth();
