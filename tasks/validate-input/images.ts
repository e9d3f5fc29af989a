// The containers that a run's jobs will use, by digest: a tag says what somebody called an image, a digest which one it is.
import type { Image, Images } from "../../schemas/types.ts";

/** Never fails a run by itself: a registry that does not answer leaves the digest open. */
export async function resolveImages(uris: { [Job in keyof Images]: string }): Promise<Images> {
  const [embed, train, evaluate] = await Promise.all([uris.embed, uris.train, uris.evaluate].map(resolve));
  return { embed: embed!, train: train!, evaluate: evaluate! };
}

/** `123456789012.dkr.ecr.eu-west-1.amazonaws.com/stack/train:tag`; anything else is not in a registry that can be asked. */
const inRegistry = /^(\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/(.+):([^:/]+)$/;

async function resolve(uri: string): Promise<Image> {
  const [, registryId, repositoryName, imageTag] = inRegistry.exec(uri) ?? [];
  if (repositoryName === undefined) return { uri, digest: null };
  try {
    // On one machine nothing asks, and the SDK is never loaded.
    const { DescribeImagesCommand, ECRClient } = await import("@aws-sdk/client-ecr");
    const { imageDetails = [] } = await new ECRClient({ maxAttempts: 2 }).send(
      new DescribeImagesCommand({ registryId, repositoryName, imageIds: [{ imageTag }] }),
    );
    return { uri, digest: imageDetails[0]?.imageDigest ?? null };
  } catch (error) {
    console.warn(`The digest of ${repositoryName} is not known (${(error as Error).name}).`);
    return { uri, digest: null };
  }
}
