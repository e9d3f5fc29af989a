// Who has something in a home: an execution, the incoming folder, a delivery, a job. Several containers, or machines,
// may share the home's volume, so an owner may be a process that cannot be looked up by its pid. No clock and no
// heartbeat tells a dead one from one that is stopped, suspended or slow; the kernel does: every owner listens on a
// socket in the home's folder `processes`. A connection to it succeeds from any container of the machine while the
// process lives, stopped or not, and is refused from the moment of its death.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { identify, isRunning, isVisible, type ProcessIdentity, sharesKernel } from "./process-identity.ts";

export type Owner = ProcessIdentity & {
  /** Names its files in `processes`. */
  id: string;
  /** Whether it listens on <id>.socket. */
  listens: boolean;
  /** The folder's file system is one that a single kernel mounts: nobody of another kernel can be at work in it. */
  oneKernel: boolean;
};

/** `unknown`: on another machine, or where no socket tells; it may be alive. */
export type OwnerState = "running" | "gone" | "unknown";

const own = new Map<string, Owner>();
process.on("exit", () => {
  for (const [processes, owner] of own) clearAway(owner, processes);
});

/** This process as the owner of something, made known in the folder `processes`. */
export function ownerIn(processes: string): Owner {
  const known = own.get(processes);
  if (known && (!known.listens || existsSync(socketOf(processes, known)))) return known;
  const self = identify(process.pid);
  if (self === null) throw new Error("this process cannot be found in the process table");
  mkdirSync(processes, { recursive: true });
  const id = randomUUID();
  const owner = { ...self, id, listens: listen(processes, id), oneKernel: isOfOneKernel(processes) };
  own.set(processes, owner);
  return owner;
}

export function stateOf(owner: Owner, processes: string): OwnerState {
  if (isVisible(owner)) return isRunning(owner) ? "running" : "gone";
  // What this kernel can mount alone, another start of a kernel can no longer be using.
  if (!sharesKernel(owner) && owner.oneKernel) return "gone";
  if (sharesKernel(owner) && owner.listens) {
    const answer = probe(processes, owner);
    if (answer === "running") return "running";
    // Two mounts of a network file system may have a socket each, although the process lives.
    if (answer === "gone" && owner.oneKernel) return "gone";
  }
  return existsSync(declarationOf(processes, owner)) ? "gone" : "unknown";
}

/** Removes what a killed owner left in `processes`; one that ends by itself leaves nothing. */
export function clearAway(owner: Owner, processes: string): void {
  try {
    rmSync(socketOf(processes, owner), { force: true });
  } catch {
    // It is refused connections all the same.
  }
}

/** Records what a person says of an owner that is `unknown`: that it is gone for good. */
export function declareGone(owner: Owner, processes: string): void {
  mkdirSync(processes, { recursive: true });
  writeFileSync(declarationOf(processes, owner), "", { flush: true });
}

/** For people: where an owner runs, or ran. */
export function placeOf(owner: Owner): string {
  const process = `process ${owner.pid}`;
  if (isVisible(owner)) return process;
  return sharesKernel(owner)
    ? `${process} of another container of this machine, ${owner.host}`
    : `${process} on another machine, ${owner.host}`;
}

const socketOf = (processes: string, { id }: Pick<Owner, "id">) => join(processes, `${id}.socket`);
const declarationOf = (processes: string, { id }: Owner) => join(processes, `${id}.gone`);

/** False where sockets cannot be made, as on some shared folders of virtual machines. */
function listen(processes: string, id: string): boolean {
  // Elsewhere there are no PID namespaces, and so no need.
  if (process.platform !== "linux") return false;
  // A socket's path has 107 characters at most, a home's may have more.
  const folder = openSync(processes, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    createServer((connection) => connection.destroy())
      .on("error", () => {})
      .listen(`/proc/self/fd/${folder}/${id}.socket`)
      .unref();
  } finally {
    closeSync(folder);
  }
  return existsSync(socketOf(processes, { id }));
}

// Magic numbers of statfs(2): ext, XFS, Btrfs, F2FS, ZFS, tmpfs, overlayfs. A network's, FUSE's and a virtual
// machine's shared folders are not among them.
const ofOneKernel = [0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0x01021994, 0x794c7630];

function isOfOneKernel(folder: string): boolean {
  return process.platform === "linux" && ofOneKernel.includes(statfsSync(folder).type >>> 0);
}

const prober = fileURLToPath(new URL("./owner-probe.ts", import.meta.url));

/** Asks the owner's socket, in its own process: callers cannot wait, and owners that are not visible are few. */
function probe(processes: string, owner: Owner): OwnerState {
  const { stdout } = spawnSync(process.execPath, [prober, `${owner.id}.socket`], {
    cwd: processes,
    env: {},
    encoding: "utf8",
    timeout: 30_000,
  });
  return stdout === "running" || stdout === "gone" ? stdout : "unknown";
}
