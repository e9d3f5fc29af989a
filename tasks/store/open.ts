import { openFileStore } from "./fs.ts";
import type { ObjectStore } from "./store.ts";

/**
 * Opens the bucket with the driver that the deployment names: `s3`, or `file:` and the absolute path of the folder that
 * holds a folder a bucket. The S3 driver and its SDK are loaded only when they are used.
 */
export async function openStore(options: { driver: string; bucket: string }): Promise<ObjectStore> {
  if (options.driver.startsWith("file:/"))
    return openFileStore(options.driver.slice("file:".length), options.bucket);
  if (options.driver !== "s3") throw new Error("The object store must be s3 or file:/absolute/folder.");
  const { openS3Store } = await import("./s3.ts");
  return openS3Store(options.bucket);
}
