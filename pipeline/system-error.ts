// What the operating system refuses, in a sentence with what helps against it: one table for every command.
import { dirname } from "node:path";
import { getSystemErrorName } from "node:util";

type Refusal = { what: string; remedy: string };

const noHardLinks: Refusal = {
  what: "the file system makes no hard links here, and pbp commits by them",
  remedy: "Use a home on ext4, xfs, btrfs or APFS, not on FAT or a folder shared with a virtual machine.",
};
const full: Refusal = {
  what: "no space is left",
  remedy: "Free some: df -h and pbp doctor say how much there is.",
};
const tooManyFiles: Refusal = { what: "too many files are open", remedy: "Raise the limit: ulimit -n 4096." };

// errno(3). What a mistake of ours would cause (EBADF, EINVAL, EEXIST, …) is left out: that shows where it is.
const refusals: Readonly<Record<string, Refusal>> = {
  ENOENT: { what: "does not exist", remedy: "Check the spelling of the name." },
  ENOTDIR: { what: "a part of this name is a file, not a folder", remedy: "Name a folder." },
  EISDIR: { what: "is a folder", remedy: "Name a file." },
  EACCES: {
    what: "permission denied",
    remedy: "ls -ld shows who may; change that, or use another folder.",
  },
  EPERM: {
    what: "the operating system does not permit it",
    remedy: "ls -ld shows whose it is; change that, or use another folder.",
  },
  EROFS: { what: "the file system is read-only", remedy: "Use another folder, or mount it for writing." },
  ENOSPC: full,
  EDQUOT: { what: "your quota of disk space is used up", remedy: "Free some, or ask for more: quota -s." },
  EFBIG: { what: "a file would be larger than is allowed", remedy: "Raise the limit: ulimit -f unlimited." },
  ENAMETOOLONG: {
    what: "the name is too long",
    remedy: "Use a shorter one: most systems allow 255 bytes.",
  },
  ELOOP: { what: "its links lead in a circle", remedy: "Name the file itself." },
  EMFILE: tooManyFiles,
  ENFILE: tooManyFiles,
  EXDEV: {
    what: "it spans two file systems",
    remedy: "Keep the whole home on one, without mounts or links in it.",
  },
  EMLINK: { what: "the file has too many hard links already", remedy: "Use a home on another file system." },
  ENOTSUP: { what: "the file system cannot do it", remedy: "Use a home on ext4, xfs, btrfs or APFS." },
  EOPNOTSUPP: { what: "the file system cannot do it", remedy: "Use a home on ext4, xfs, btrfs or APFS." },
  ENOSYS: { what: "the file system cannot do it", remedy: "Use a home on ext4, xfs, btrfs or APFS." },
  EIO: { what: "the disk or the network drive fails", remedy: "Look at dmesg, then run the command again." },
  ESTALE: { what: "the network drive was lost", remedy: "Mount it again, then run the command again." },
  ETXTBSY: { what: "another program uses the file", remedy: "End that one, then run the command again." },
  EAGAIN: { what: "no more processes can be started", remedy: "End some, or raise the limit: ulimit -u." },
  ENOMEM: { what: "no memory is left", remedy: "End other programs, then run the command again." },
};
const noPlace: Refusal = { what: "no folder can be made here", remedy: "Use another folder." };
const whereLinksFail = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

export type SystemError = Error & { code: string; syscall: string; path?: string; dest?: string };

/** The refusal of the operating system that `error` is or was caused by; null when there is none that people can fix. */
export function systemErrorIn(error: unknown): SystemError | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code, errno, syscall } = at as NodeJS.ErrnoException;
    // Errors of the network have an address instead.
    if (typeof errno === "number" && syscall && code && code in refusals && !("address" in at))
      return at as SystemError;
  }
  return null;
}

/** What is refused, and what helps. */
export function refusalOfSystem({ code, syscall }: SystemError): Refusal {
  if (syscall === "link" && whereLinksFail.has(code)) return noHardLinks;
  if (syscall === "mkdir" && code === "ENOENT") return noPlace;
  return refusals[code]!;
}

/** `does not exist. Check the spelling of the name.`: what comes after the name of a file or folder. */
export function explainSystemError(error: SystemError): string {
  const { what, remedy } = refusalOfSystem(error);
  return `${what}. ${remedy}`;
}

/** The refusal that a Python script has ended with, `OSError: [Errno 28] …`, about `path`; null for another end. */
export function systemErrorOfPython(said: string, path: string): SystemError | null {
  const number = /^\w*Error: \[Errno (\d+)\]/.exec(said)?.[1];
  if (number === undefined) return null;
  const errno = -Number(number);
  const error = new Error(said);
  return systemErrorIn(
    Object.assign(error, { errno, code: getSystemErrorName(errno), syscall: "write", path }),
  );
}

/** The whole sentence, with the name of what it is about. */
export function sentenceOf(error: SystemError): string {
  const { path, dest, syscall } = error;
  // A rename or link fails because of the place where it leads to; a new file, because of its folder.
  const where = dest !== undefined ? dirname(dest) : path;
  return `${where ?? `${syscall} (${error.code})`}: ${explainSystemError(error)}`;
}
