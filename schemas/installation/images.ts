/** What the repository of an image is called, by the image's folder in containers/. ECR takes small letters only. */
export const repositoryName = (stackName: string, image: string) => `${stackName.toLowerCase()}/${image}`;
