import { createHash, randomUUID } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { lstat, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { below } from "../../../schemas/bucket.ts";
import type { ObjectStore, StoredObject } from "../../../tasks/store/store.ts";
import { EngineError } from "../engine/engine-error.ts";
import { type Clock, systemClock } from "../machine/clock.ts";
import { ensureFolder } from "../machine/durable.ts";
import { type Home, optionsFor } from "../machine/home.ts";
import { ACCOUNT_ID, REGION } from "../machine/identity.ts";
import { acquireLock, explainHolder } from "../machine/lock.ts";
import type { BusEvent } from "./event-bus.ts";
import { type End, endOf, entriesOf, isBeingWritten } from "./incoming-files.ts";

export type IncomingOptions = {
  /** Its incoming folder is what people copy exports into. */
  home: Pick<Home, "root" | "incoming" | "processes">;
  /** From a watcher who may be alive. */
  takeOver?: boolean;
  store: ObjectStore;
  bucket: string;
  /** Resolves once the event is on the disk. */
  emit: (event: BusEvent) => Promise<void>;
  /** Ends the watch after the file at hand. */
  signal: AbortSignal;
  /** The folder is ours from here on. */
  onWatching?: () => void | Promise<void>;
  onTaken?: (name: string) => void;
  /** An entry that is not taken, and why; once as long as it lies there for that reason. */
  onLeft?: (name: string, why: string) => void;
  clock?: Clock;
};

// A person who copies a file does not wait for two seconds.
const lookEveryMs = 2000;
// How many looks must find a file unchanged. JSON Lines may end after any line, so only time tells: half a minute is
// longer than most copies stall.
const looksOf: Record<Exclude<End, "cut">, number> = { whole: 1, open: 15 };

/** A file that was seen before: unchanged for so many looks, and what its end says, once that was read. */
type Seen = { stats: Stats; looks: number; end?: End };

/**
 * S3's counterpart at the gate: every export that appears in a plain folder becomes the object incoming/<name> and an
 * "Object Created" event. A file is taken when it rests, nobody has it open for writing and its end is there; it is
 * removed from the folder once the store's copy was read back and the event is safe. What cannot be taken stays where it
 * is, and is told once.
 *
 * A file in a folder of the name of a registered model becomes incoming/<model>/<name>, and its execution that model's.
 *
 * Meanwhile the file is in `.taking`: what a killed watcher left there gives the same version again, and with it the
 * same execution.
 *
 * @throws EngineError WatchRunning when a process that is alive, or may be, watches the folder already; WatchFailed when the folder, the
 * store or the events cannot be used any more.
 */
export async function watchIncoming(options: IncomingOptions): Promise<void> {
  const { home, takeOver = false, signal, clock = systemClock } = options;
  const { incoming: folder, processes } = home;
  const taking = join(folder, ".taking");
  const lockFolder = join(folder, ".lock");
  await ensureFolder(taking);
  await ensureFolder(lockFolder);
  const lock = acquireLock(lockFolder, { processes, takeOver });
  if (!lock) {
    const holder = explainHolder(lockFolder, processes, {
      alive: "What is put there is taken; to watch it from here, end that process first.",
      takeOver: `pbp watch${optionsFor(home)} --take-over`,
    });
    throw new EngineError("WatchRunning", `${folder} is being watched by ${holder}`);
  }
  const told = new Told(options.onLeft);
  try {
    await options.onWatching?.();
    let seen = new Map<string, Seen>();
    while (!signal.aborted) {
      if (!lock.isOurs())
        throw new EngineError("WatchFailed", `another process has taken over the watch of ${folder}`);
      for (const entry of await entriesOf(taking)) {
        if ("why" in entry) told.tell(`.taking/${entry.name}`, entry.why);
        else await take(options, told, entry.name, true);
      }
      const now = new Map<string, Seen>();
      for (const entry of await entriesOf(folder, [".taking", ".lock"])) {
        if ("why" in entry) {
          told.tell(entry.name, entry.why);
          continue;
        }
        const { name, stats } = entry;
        const before = seen.get(name);
        const file: Seen =
          before && isSame(before.stats, stats)
            ? { ...before, looks: before.looks + 1 }
            : { stats, looks: 0 };
        now.set(name, file);
        const why = await whyNotYet(join(folder, name), file);
        if (why) told.tell(name, why);
        else if (why === null && (await isFree(join(taking, name)))) {
          now.delete(name);
          await ensureFolder(join(taking, dirname(name)));
          await rename(join(folder, name), join(taking, name)).catch(unlessGone);
          await take(options, told, name, false);
        }
        if (signal.aborted) return;
      }
      seen = now;
      told.endOfLook();
      await clock.sleep(lookEveryMs, signal);
    }
  } catch (error) {
    throw watchFailed(error);
  } finally {
    try {
      lock.release();
    } catch {
      // It went with its folder.
    }
  }
}

/**
 * What keeps a file from being taken: null when nothing does, "" when it has only not rested for long enough. Reads the
 * file once for each time that it changed.
 */
async function whyNotYet(path: string, file: Seen): Promise<string | null> {
  if (file.looks === 0) return "";
  try {
    file.end ??= await endOf(path);
    if (file.end === "cut") return "It ends in the middle; it is taken when the rest is there.";
    if (file.looks < looksOf[file.end]) return "";
    return (await isBeingWritten(path)) ? "A process still has it open for writing." : null;
  } catch (error) {
    return unreadable(error);
  }
}

const unreadable = (error: unknown) => `It cannot be read (${(error as NodeJS.ErrnoException).code}).`;

/** Uploads and announces one file of `.taking`; puts it back when somebody still writes to it. */
async function take(options: IncomingOptions, told: Told, name: string, isLeftover: boolean): Promise<void> {
  const { home, store, bucket, emit, onTaken } = options;
  const folder = home.incoming;
  const path = join(folder, ".taking", name);
  const before = await lstat(path).catch(unlessGone);
  if (!before) return;
  const key = below("incoming") + name;
  const known = isLeftover ? await stored(store, key, path, before) : null;
  const object =
    known ?? (await upload(store, key, path, (error) => told.tell(`.taking/${name}`, unreadable(error))));
  if (!object) return;
  const after = await lstat(path).catch(unlessGone);
  if (!after) return;
  if (!isSame(before, after)) {
    // A file of that name that came since is another one, and has its turn first.
    await ensureFolder(dirname(join(folder, name)));
    if (await isFree(join(folder, name))) await rename(path, join(folder, name));
    return;
  }
  if (!known) await readBack(store, object);
  await emit(objectCreated(bucket, object));
  await unlink(path);
  onTaken?.(name);
}

/** Null when it was the file that could not be read: that is not a reason to end the watch, a full store is. */
async function upload(
  store: ObjectStore,
  key: string,
  path: string,
  onUnreadable: (error: unknown) => void,
): Promise<StoredObject | null> {
  const bytes = createReadStream(path);
  let unread: unknown;
  bytes.once("error", (error) => {
    unread = error;
  });
  try {
    return await store.write(key, bytes);
  } catch (error) {
    if (unread === undefined) throw error;
    onUnreadable(unread);
    return null;
  }
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
  return (await md5Of(createReadStream(path))) === object.etag ? object : null;
}

/** The original goes: what the store gives back must be what was read from it. */
async function readBack(store: ObjectStore, { key, versionId, etag }: StoredObject): Promise<void> {
  if ((await md5Of(await store.read(key, { versionId }))) !== etag)
    throw new EngineError(
      "WatchFailed",
      `the store's copy of ${key} is not what was written; the disk may be failing`,
    );
}

async function md5Of(bytes: NodeJS.ReadableStream): Promise<string> {
  const md5 = createHash("md5");
  await pipeline(bytes, md5);
  return md5.digest("hex");
}

/** Tells each thing once, and again when it went away and came back. */
class Told {
  private before = new Map<string, string>();
  private now = new Map<string, string>();
  private readonly onLeft: IncomingOptions["onLeft"];

  constructor(onLeft: IncomingOptions["onLeft"]) {
    this.onLeft = onLeft;
  }

  tell(name: string, why: string): void {
    this.now.set(name, why);
    if (this.before.get(name) !== why) this.onLeft?.(name, why);
  }

  endOfLook(): void {
    this.before = this.now;
    this.now = new Map();
  }
}

function watchFailed(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof EngineError || !("code" in error)) return error;
  const where = "path" in error && typeof error.path === "string" ? ` at ${error.path}` : "";
  return new EngineError("WatchFailed", `the watch cannot continue: ${error.code}${where}`);
}

function unlessGone(error: NodeJS.ErrnoException): null {
  if (error.code !== "ENOENT") throw error;
  return null;
}

async function isFree(path: string): Promise<boolean> {
  return (await lstat(path).catch(unlessGone)) === null;
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
