// Stands between Node and the operating system: every file-system call below one folder is seen before it is made, and
// may be refused, done with its reply lost, done by half, or be the process's last. It patches the functions that
// Node's own modules call (one of them is one request to libuv), so that fs, fs/promises, streams and file handles all
// pass through, with nothing to install and nothing of the code under trial changed.
import { constants as fileConstants, writeFileSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { sep } from "node:path";

export type Call = {
  /** From 1, in the order in which the calls are made. */
  number: number;
  /** open, read, write, fsync, close, rename, link, symlink, unlink, mkdir, rmdir, stat, … */
  name: string;
  /** What it is about: a file's path, or the two names of a rename or link. */
  paths: string[];
  /** Of a write: the bytes, and where they go in the file (null: at its end or position). */
  bytes?: Buffer;
  /** Of an open, or of a write that opens by itself: its flags. */
  flags?: number;
  /** Of a mkdir: it makes the folders above as well. */
  recursive?: boolean;
};

/** What happens to a call: null, it is made as if nobody watched. */
export type Fault =
  | null
  /** It fails and does nothing. */
  | { refuse: string }
  /** It is done, and then fails. */
  | { loseReply: string }
  /** A write that takes this many bytes only, as a disk that is nearly full does. */
  | { shorten: number }
  /** The process ends here by SIGKILL; of a write, this many bytes are done first. */
  | { die: number };

type Binding = Record<string, unknown> & { kUsePromises: symbol; FSReqCallback: { new (): Request } };
type Request = { oncomplete: (error: Error | null, ...results: unknown[]) => void };
type Native = (this: unknown, ...args: unknown[]) => unknown;

const binding = (process as unknown as { binding(name: "fs"): Binding }).binding("fs");
const { O_CREAT, O_TRUNC } = fileConstants;

// Node's name of a request → the system call's. What is not listed (watchers, statfs) is not used on data.
const oneName: Record<string, string> = {
  open: "open",
  openFileHandle: "open",
  readFileUtf8: "read",
  writeFileUtf8: "write",
  stat: "stat",
  lstat: "stat",
  mkdir: "mkdir",
  rmdir: "rmdir",
  readdir: "readdir",
  readlink: "readlink",
  realpath: "realpath",
  unlink: "unlink",
  access: "stat",
  utimes: "utimes",
  lutimes: "utimes",
  chmod: "chmod",
  rmSync: "rm",
};
const twoNames: Record<string, string> = {
  rename: "rename",
  link: "link",
  symlink: "symlink",
  copyFile: "copy",
};
const byDescriptor: Record<string, string> = {
  read: "read",
  readBuffers: "read",
  writeBuffer: "write",
  writeBuffers: "write",
  writeString: "write",
  fstat: "stat",
  fsync: "fsync",
  fdatasync: "fsync",
  ftruncate: "truncate",
  close: "close",
};

/** Calls that change what is on the disk; the others only look. */
export const changing = new Set([
  "write",
  "mkdir",
  "rmdir",
  "unlink",
  "rename",
  "link",
  "symlink",
  "truncate",
  "rm",
  "copy",
]);

/** Whether the call makes or changes something, an open with O_CREAT included. */
export function changes(call: Call): boolean {
  return changing.has(call.name) || (call.name === "open" && ((call.flags ?? 0) & O_CREAT) !== 0);
}

/**
 * From now on `decide` is asked about every call below `root`, and `done` is told of those that succeeded.
 *
 * @returns a function that takes everything back.
 */
export function interpose(
  root: string,
  decide: (call: Call) => Fault,
  done: (call: Call) => void = () => undefined,
): () => void {
  const original = new Map<string, Native>();
  const files = new Map<number, string>();
  let count = 0;
  const below = (path: unknown) => {
    const text = path instanceof Uint8Array ? Buffer.from(path).toString() : String(path);
    return text === root || text.startsWith(root + sep) ? text : null;
  };

  function meet(call: Omit<Call, "number">, native: Native, self: unknown, args: unknown[]): unknown {
    const seen: Call = { number: ++count, ...call };
    const fault = decide(seen);
    const make = () => native.apply(self, args);
    if (fault && "die" in fault) {
      const part = seen.bytes?.subarray(0, fault.die);
      if (part && typeof args[0] === "number") writeSync(args[0], part);
      else if (part && seen.name === "write") writeFileSync(String(args[0]), part);
      process.kill(process.pid, "SIGKILL");
      // The signal is on its way to this very thread; nothing more of ours may run.
      for (;;);
    }
    // A close that fails has closed.
    const undone = seen.name === "close" ? make : null;
    if (fault && "refuse" in fault) return settle(args, seen, fault.refuse, undone);
    if (fault && "loseReply" in fault) return settle(args, seen, fault.loseReply, make);
    if (fault && "shorten" in fault && typeof args[3] === "number") args[3] = fault.shorten;
    return after(args, make, () => done(seen));
  }

  for (const [name, system] of Object.entries(oneName))
    patch(name, (native, self, args) => {
      const path = below(args[0]);
      if (path === null) return native.apply(self, args);
      const flags =
        system === "open" ? Number(args[1]) : name === "writeFileUtf8" ? O_CREAT | O_TRUNC : undefined;
      const call = {
        name: system,
        paths: [path],
        ...(flags !== undefined && { flags }),
        ...bytesOf(name, args),
        ...(system === "mkdir" && args[2] === true && { recursive: true }),
      };
      const result = meet(call, native, self, args);
      return system === "open" ? remember(result, args, path) : result;
    });
  for (const [name, system] of Object.entries(twoNames))
    patch(name, (native, self, args) => {
      // The first of a symlink is what it says, not a place.
      const paths = [system === "symlink" ? String(args[0]) : below(args[0]), below(args[1])];
      if (paths[1] === null || paths[0] === null) return native.apply(self, args);
      return meet({ name: system, paths: paths as string[] }, native, self, args);
    });
  for (const [name, system] of Object.entries(byDescriptor))
    patch(name, (native, self, args) => {
      const path = files.get(Number(args[0]));
      // readFileSync's own fstat answers failures in a way of its own.
      if (path === undefined || (name === "fstat" && args[3] === true)) return native.apply(self, args);
      if (system === "close") files.delete(Number(args[0]));
      return meet({ name: system, paths: [path], ...bytesOf(name, args) }, native, self, args);
    });
  const handles = (binding.FileHandle as { prototype: Record<string, unknown> }).prototype;
  const closeHandle = handles.close as Native;
  handles.close = function (this: { fd: number }, ...args: unknown[]) {
    const path = files.get(this.fd);
    if (path === undefined) return closeHandle.apply(this, args);
    files.delete(this.fd);
    return meet({ name: "close", paths: [path] }, closeHandle, this, [...args, binding.kUsePromises]);
  };

  function patch(name: string, replacement: (native: Native, self: unknown, args: unknown[]) => unknown) {
    const native = binding[name] as Native;
    original.set(name, native);
    binding[name] = function (this: unknown, ...args: unknown[]) {
      return replacement(native, this, args);
    };
  }

  /** Notes which file a descriptor is of, in whatever way the open answers. */
  function remember(result: unknown, args: unknown[], path: string): unknown {
    if (typeof result === "number") files.set(result, path);
    if (result instanceof Promise)
      return result.then((handle: { fd: number }) => {
        files.set(handle.fd, path);
        return handle;
      });
    const request = args.at(-1);
    if (isRequest(request)) {
      const { oncomplete } = request;
      request.oncomplete = function (this: unknown, error, ...results) {
        if (!error) files.set(Number(results[0]), path);
        oncomplete.call(this, error, ...results);
      };
    }
    return result;
  }

  return () => {
    for (const [name, native] of original) binding[name] = native;
    handles.close = closeHandle;
  };
}

function isRequest(value: unknown): value is Request {
  return value instanceof binding.FSReqCallback;
}

/** Calls `then` once the call has succeeded. */
function after(args: unknown[], make: () => unknown, then: () => void): unknown {
  const request = args.at(-1);
  if (isRequest(request)) {
    const { oncomplete } = request;
    request.oncomplete = function (this: unknown, error, ...results) {
      if (!error) then();
      oncomplete.call(this, error, ...results);
    };
    return make();
  }
  const result = make();
  if (!(result instanceof Promise)) {
    then();
    return result;
  }
  return result.then((value) => {
    then();
    return value;
  });
}

/** Answers with an error, in the way that the call wants to be answered; `make` is done before. */
function settle(args: unknown[], call: Call, code: string, make: (() => unknown) | null): unknown {
  const error = failing(code, call);
  const request = args.at(-1);
  if (isRequest(request)) {
    const { oncomplete } = request;
    if (make) {
      request.oncomplete = function (this: unknown) {
        oncomplete.call(this, error);
      };
      return make();
    }
    setImmediate(() => oncomplete.call(request, error));
    return undefined;
  }
  if (request === binding.kUsePromises)
    return Promise.resolve(make?.()).then(async (made) => {
      // A handle that nobody gets to know would stay open until it is collected, and then end the process.
      await (made as { close?: () => Promise<void> } | undefined)?.close?.();
      throw error;
    });
  const made = make?.();
  if (typeof made === "number" && call.name === "open") (binding.close as Native)(made);
  throw error;
}

/** As Node's own, whose message quotes the path: a canary for messages that must not quote it. */
function failing(code: string, call: Call): Error {
  const errno = -(constants.errno as Record<string, number>)[code]!;
  return Object.assign(new Error(`${code}: canary, ${call.name} '${call.paths.join("' -> '")}'`), {
    code,
    errno,
    syscall: call.name,
    path: call.paths[0],
  });
}

function bytesOf(name: string, args: unknown[]): { bytes?: Buffer } {
  if (name === "writeBuffer") {
    const [, buffer, offset, length] = args as [number, Uint8Array, number, number];
    return { bytes: Buffer.from(buffer.buffer, buffer.byteOffset + (offset ?? 0), length) };
  }
  if (name === "writeBuffers") return { bytes: Buffer.concat(args[1] as Uint8Array[]) };
  if (name === "writeString" || name === "writeFileUtf8") return { bytes: Buffer.from(args[1] as string) };
  return {};
}
