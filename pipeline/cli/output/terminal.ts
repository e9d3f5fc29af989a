// What pbp does when nobody reads it any more: an execution takes hours, a terminal or a pipe may be gone in seconds.

/**
 * Lets no closed pipe, full disk or closed terminal end what pbp is doing.
 *
 * A reader that has seen enough (`pbp runs | head`) is no error. A result that could not be written is: it is said once,
 * and the exit code is 1 where it would have been 0. A SIGHUP is ignored, as under nohup, which Node undoes when it
 * starts; Ctrl-C, SIGTERM and pbp stop are what stops a run.
 */
export function outliveTerminal(): void {
  process.on("SIGHUP", () => {});
  // There is no place left to say it.
  process.stderr.on("error", () => {});
  let isLost = false;
  // Once: a stream that has failed fails every later write too, which says nothing new.
  process.stdout.once("error", (error: NodeJS.ErrnoException) => {
    process.stdout.on("error", () => {});
    // EIO is how a terminal that was closed answers.
    if (error.code === "EPIPE" || (error.code === "EIO" && process.stdout.isTTY)) return;
    isLost = true;
    process.stderr.write(`pbp: the output cannot be written (${error.code}).\n`);
  });
  // At the very end: a write may fail after the command has said how it went.
  process.on("exit", () => {
    if (isLost) process.exitCode ||= 1;
  });
}
