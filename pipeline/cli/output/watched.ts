import type { ReadStream } from "node:fs";
import { showProgress } from "./progress.ts";

/** Tells once a second how far a large file has been read, by a command of this name. */
export async function watched<T>(
  what: string,
  stream: ReadStream,
  sizeBytes: number,
  work: (stream: ReadStream) => Promise<T>,
): Promise<T> {
  const progress = showProgress(process.stderr);
  const started = performance.now();
  const timer = setInterval(() => {
    if (stream.bytesRead === 0) return;
    const secondsLeft = ((performance.now() - started) / 1000) * (sizeBytes / stream.bytesRead - 1);
    const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
    const [done, total] = [megabytes(stream.bytesRead), megabytes(sizeBytes)];
    progress.onProgress(what, { step: "read", done, total, unit: "MB", secondsLeft });
  }, 1000);
  try {
    return await work(stream);
  } finally {
    clearInterval(timer);
    progress.close();
  }
}
