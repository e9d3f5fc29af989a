import { createHash, randomUUID } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { readdir, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ObjectStore, StoredObject } from "../../tasks/store/store.ts";
import { type Clock, systemClock } from "./clock.ts";
import { ensureFolder } from "./durable.ts";
import { EngineError } from "./engine-error.ts";
import type { BusEvent } from "./event-bus.ts";
import { ACCOUNT_ID, REGION } from "./identity.ts";
import { acquireLock } from "./lock.ts";

export type IncomingOptions = {
  /** Folder that people copy exports into. */
  folder: string;
  store: ObjectStore;
  bucket: string;
  /** Resolves once the event is on the disk. */
  emit: (event: BusEvent) => Promise<void>;
  /** Ends the watch after the file at hand. */
  signal: AbortSignal;
  onTaken?: (name: string) => void;
  clock?: Clock;
};

// A person who copies a file does not wait for two seconds; a copy that pauses for longer than that is on a bad network.
const lookEveryMs = 2000;

/**
 * S3's counterpart at the gate: every file that appears in a plain folder becomes the object incoming/<name> and an
 * "Object Created" event. A file is taken when two looks find it unchanged; it is removed from the folder once the event
 * is safe, since the store keeps every version.
 *
 * Meanwhile the file is in `.taking`: what a killed watcher left there gives the same version again, and with it the
 * same execution.
 *
 * @throws EngineError WatchRunning when a living process watches the folder already.
 */
export async function watchIncoming(options: IncomingOptions): Promise<void> {
  const { folder, signal, clock = systemClock } = options;
  const taking = join(folder, ".taking");
  const lockFolder = join(folder, ".lock");
  await ensureFolder(taking);
  await ensureFolder(lockFolder);
  const lock = acquireLock(lockFolder);
  if (!lock) throw new EngineError("WatchRunning", "a living process watches this folder already");
  try {
    let seen = new Map<string, Stats>();
    while (!signal.aborted) {
      for (const name of await filesIn(taking)) await take(options, name, true);
      const now = new Map<string, Stats>();
      for (const name of await filesIn(folder)) {
        const found = await stat(join(folder, name)).catch(() => null);
        if (!found?.isFile()) continue;
        const before = seen.get(name);
        if (before && isSame(before, found)) {
          await rename(join(folder, name), join(taking, name));
          await take(options, name, false);
        } else now.set(name, found);
        if (signal.aborted) return;
      }
      seen = now;
      await clock.sleep(lookEveryMs, signal);
    }
  } finally {
    lock.release();
  }
}

/** Uploads and announces one file of `.taking`; leaves it there when somebody still writes to it. */
async function take(options: IncomingOptions, name: string, isLeftover: boolean): Promise<void> {
  const { folder, store, bucket, emit, onTaken } = options;
  const path = join(folder, ".taking", name);
  const key = `incoming/${name}`;
  const before = await stat(path);
  const known = isLeftover ? await stored(store, key, path, before) : null;
  const object = known ?? (await store.write(key, createReadStream(path)));
  if (!isSame(before, await stat(path))) return;
  await emit(objectCreated(bucket, object));
  await unlink(path);
  onTaken?.(name);
}

/** The object, when these very bytes are its newest version: a watcher was killed between the upload and the event. */
async function stored(
  store: ObjectStore,
  key: string,
  path: string,
  file: Stats,
): Promise<StoredObject | null> {
  const object = await store.head(key);
  if (object?.sizeBytes !== file.size) return null;
  const md5 = createHash("md5");
  await pipeline(createReadStream(path), md5);
  return md5.digest("hex") === object.etag ? object : null;
}

/** Names that do not begin with a dot: hidden files are temporary ones of whoever copies. */
async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
}

function isSame(before: Stats, after: Stats): boolean {
  return before.ino === after.ino && before.size === after.size && before.mtimeMs === after.mtimeMs;
}

/** S3's event in EventBridge's envelope. */
export function objectCreated(bucket: string, object: StoredObject): BusEvent & Record<string, unknown> {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Object Created",
    source: "aws.s3",
    account: ACCOUNT_ID,
    time: new Date().toISOString(),
    region: REGION,
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: "0",
      bucket: { name: bucket },
      object: {
        key: object.key,
        size: object.sizeBytes,
        etag: object.etag,
        "version-id": object.versionId,
        sequencer: Number(object.versionId).toString(16).toUpperCase().padStart(18, "0"),
      },
      "request-id": randomUUID(),
      requester: ACCOUNT_ID,
      "source-ip-address": "127.0.0.1",
      reason: "PutObject",
    },
  };
}
