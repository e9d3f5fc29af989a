import deploymentSchema from "../schemas/installation/deployment.schema.json" with { type: "json" };

/** The name that a deployment has unless it says otherwise: what `pbp --cloud` means. */
export const defaultStack = deploymentSchema.properties.stackName.default;

/** How a command line names a stack: what is typed behind a `pbp` command. */
export const optionsOf = (stackName: string) =>
  stackName === defaultStack ? " --cloud" : ` --cloud --stack ${stackName}`;
