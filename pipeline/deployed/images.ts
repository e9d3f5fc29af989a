import { DescribeImagesCommand, ECRClient, type ImageDetail } from "@aws-sdk/client-ecr";

/** An image by its tag; null where the repository, or the image in it, does not exist. */
export async function findImage(repositoryName: string, imageTag: string): Promise<ImageDetail | null> {
  try {
    const { imageDetails } = await new ECRClient({}).send(
      new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }),
    );
    return imageDetails?.[0] ?? null;
  } catch (error) {
    if (/^(ImageNotFound|RepositoryNotFound)Exception$/.test((error as Error).name)) return null;
    throw error;
  }
}
