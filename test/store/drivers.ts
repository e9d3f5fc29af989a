import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { openFileStore } from "../../tasks/store/fs.ts";
import { openS3Store } from "../../tasks/store/s3.ts";
import type { ObjectStore } from "../../tasks/store/store.ts";
import { startMoto } from "./moto.ts";

export const bucket = "pbp-local";

/** A driver over an empty bucket of its own; `driver` and `environment` let a child process open the same one. */
export type Opened = {
  store: ObjectStore;
  driver: string;
  environment: Record<string, string>;
  close(): Promise<void>;
};

export async function openFs(): Promise<Opened & { root: string }> {
  const root = await mkdtemp(join(tmpdir(), "pbp-store-"));
  const close = () => rm(root, { recursive: true });
  return { store: await openFileStore(root, bucket), driver: `file:${root}`, environment: {}, close, root };
}

export async function openMoto(): Promise<Opened> {
  const moto = await startMoto();
  await moto.client.send(new CreateBucketCommand({ Bucket: bucket }));
  await moto.client.send(
    new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }),
  );
  return {
    store: openS3Store(bucket, moto.client),
    driver: "s3",
    environment: moto.environment,
    close: moto.stop,
  };
}
