import { constants } from "node:fs";
import { copyFile, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { FileStore } from "../../../tasks/store/fs.ts";
import type { ObjectStore, StoredObject } from "../../../tasks/store/store.ts";
import type { Channel } from "./job-request.ts";
import { refuse, withSlash } from "./request-fields.ts";

/** One object and the path it gets below the job's folder. */
export type Download = { object: StoredObject; path: string };

/**
 * Finds what a channel holds: the object under that very key, else every object below the prefix.
 *
 * @throws TaskError SageMaker.AmazonSageMakerException when there is nothing, as CreateTrainingJob does.
 */
export async function findChannel(
  store: ObjectStore,
  bucket: string,
  { name, uri, folder }: Channel,
): Promise<Download[]> {
  if (uri.bucket !== bucket) refuse(`The bucket of the channel ${name}`, "does not exist");
  const exact = uri.key === "" || uri.key.endsWith("/") ? null : await store.head(uri.key);
  if (exact) return [{ object: exact, path: join(folder, safePath(name, uri.key.split("/").at(-1)!)) }];
  const prefix = withSlash(uri.key);
  const found: Download[] = [];
  for await (const object of store.list(prefix)) {
    // S3's consoles mark folders by empty objects with a slash at the end.
    if (object.key.endsWith("/")) continue;
    found.push({ object, path: join(folder, safePath(name, object.key.slice(prefix.length))) });
  }
  if (found.length === 0)
    refuse(
      `No S3 objects found under S3 URL "s3://${uri.bucket}/${uri.key}" given in input data source ${name}: the prefix`,
      "must hold an object",
    );
  return found;
}

/**
 * Copies the objects into `base`. On the file-system driver no byte goes through this process: the kernel clones the
 * file where the file system can and copies it where not. Never a hard link: the job could change the store through it.
 */
export async function download(
  store: ObjectStore | FileStore,
  downloads: readonly Download[],
  base: string,
  signal: AbortSignal,
): Promise<void> {
  for (const { object, path } of downloads) {
    signal.throwIfAborted();
    const target = join(base, path);
    await mkdir(dirname(target), { recursive: true });
    if ("localPath" in store)
      await copyFile(
        await store.localPath(object.key, object.versionId),
        target,
        constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL,
      );
    else {
      const file = await open(target, "wx");
      await pipeline(
        await store.read(object.key, { versionId: object.versionId }),
        file.createWriteStream(),
        {
          signal,
        },
      );
    }
  }
}

/** Keys are anybody's: one that would climb out of its channel is refused. */
function safePath(channel: string, key: string): string {
  if (key.includes("\0") || key.split("/").some((part) => part === "" || part === "." || part === ".."))
    refuse(`The channel ${channel}`, "must hold no object whose key is not a plain path");
  return key;
}
