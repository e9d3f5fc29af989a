/** The name that a deployment has unless it says otherwise (schemas/deployment.schema.json): what `pbp --cloud` means. */
export const defaultStack = "PredictiveBilling";

/** How a command line names a stack: what is typed behind a `pbp` command. */
export const optionsOf = (stackName: string) =>
  stackName === defaultStack ? " --cloud" : ` --cloud --stack ${stackName}`;
