// What SageMaker's Model Registry calls a registered model. In small letters, as the endpoints are: SageMaker writes some
// ARNs so, and IAM compares letters.

/** The one group of a registered model, whose packages are the models that were trained for it. */
export const packageGroup = (stackName: string, model: string) => `${stackName.toLowerCase()}-${model}`;

/** By this a package is found again: a group's list tells no more of it than this and its status. */
export const packageDescription = (execution: string) => `The model that ${execution} trained.`;
