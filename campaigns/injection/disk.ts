// A disk as a power cut leaves it: what fsync has promised is there; of the rest, any part may be. A file's fsync keeps
// its bytes; a folder's keeps the names in it. Renames are whole, as every journalling file system makes them: their two
// names change together or not at all. A folder has one name: of two renames after each other, the second takes it from
// wherever the first left it, on the disk or not.
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Random } from "../../samples/random.ts";
import type { Call } from "./interpose.ts";

type Node =
  | { kind: "folder"; names: Map<string, Node> }
  | { kind: "file"; bytes: Buffer; synced: Buffer | null }
  | { kind: "link"; target: string };
type Folder = Extract<Node, { kind: "folder" }>;
type File = Extract<Node, { kind: "file" }>;

/** The names that the disk has, by folder. */
type Have = Map<Folder, Map<string, Node>>;
/** A change of names, which the disk has or has not yet. */
type Change = { folders: Folder[]; make: (have: Have) => void; durable: boolean };

/** What is lost of all that no fsync has promised. */
export type Loss = "all" | "nothing" | "bytes" | "any";

export class Disk {
  private readonly root: Folder;
  private readonly changes: Change[] = [];
  private readonly path: string;
  /** By the name under which it was opened last: a file keeps being written after it has lost its name. */
  private readonly opened = new Map<string, Node | null>();
  /** The names when the recording began: on the disk, all of them. */
  private readonly before = new Map<Folder, Map<string, Node>>();

  constructor(path: string) {
    this.path = path;
    this.root = this.load(path) as Folder;
  }

  /** Takes note of a call that was made. */
  record({ name, paths, bytes, flags, recursive }: Call): void {
    const [first = "", second = ""] = paths;
    if (name === "mkdir") this.makeFolder(first, recursive ?? false);
    else if (name === "open") this.openFile(first, flags ?? 0);
    else if (name === "write") this.write(first, bytes!, flags);
    else if (name === "fsync") this.sync(this.opened.get(first) ?? this.at(first));
    else if (name === "rename") this.rename(first, second);
    else if (name === "link") this.enter(second, this.at(first)!);
    else if (name === "symlink") this.enter(second, { kind: "link", target: first });
    else if (name === "unlink" || name === "rmdir") this.leave(first);
    else if (name === "truncate") throw new Error("A truncation is not modelled.");
  }

  /** Writes what the disk has when the power goes now. */
  cutTo(folder: string, loss: Loss, random: Random): void {
    const keeps = (share: number) =>
      loss === "nothing" || loss === "bytes" || (loss === "any" && random.chance(share));
    const have = new Map([...this.before].map(([node, names]) => [node, new Map(names)]));
    for (const change of this.changes) if (change.durable || keeps(0.5)) change.make(have);
    const written = new Map<Node, string>();
    const write = (node: Node, path: string): void => {
      const other = written.get(node);
      written.set(node, path);
      if (other !== undefined) linkSync(other, path);
      else if (node.kind === "link") symlinkSync(node.target, path);
      else if (node.kind === "file") writeFileSync(path, this.survivor(node, loss, random));
      else {
        mkdirSync(path, { recursive: true });
        for (const [name, child] of have.get(node) ?? []) write(child, join(path, name));
      }
    };
    write(this.root, folder);
  }

  private survivor({ bytes, synced }: File, loss: Loss, random: Random): Buffer {
    const safe = synced ?? Buffer.alloc(0);
    if (loss === "nothing" || safe.length === bytes.length) return bytes;
    if (loss !== "any") return safe;
    // A part of what was written since, or its length with zeros in it.
    const length = random.between(safe.length, bytes.length);
    const part = bytes.subarray(0, length);
    return random.chance(0.3) ? Buffer.concat([safe, Buffer.alloc(length - safe.length)]) : part;
  }

  private load(path: string): Node {
    const found = lstatSync(path);
    if (found.isSymbolicLink()) return { kind: "link", target: readlinkSync(path) };
    if (found.isFile()) {
      const bytes = readFileSync(path);
      return { kind: "file", bytes, synced: bytes };
    }
    const folder: Folder = { kind: "folder", names: new Map() };
    for (const name of readdirSync(path)) folder.names.set(name, this.load(join(path, name)));
    this.before.set(folder, new Map(folder.names));
    return folder;
  }

  private at(path: string): Node | null {
    let node: Node | null = this.root;
    for (const name of path.slice(this.path.length).split("/").filter(Boolean))
      node = node?.kind === "folder" ? (node.names.get(name) ?? null) : null;
    return node;
  }

  private folderOf(path: string): Folder {
    const node = this.at(dirname(path));
    if (node?.kind !== "folder") throw new Error("The recording lacks a folder.");
    return node;
  }

  private fileAt(path: string): File {
    const node = this.opened.get(path) ?? this.at(path);
    if (node?.kind !== "file") throw new Error("The recording lacks a file.");
    return node;
  }

  private change(folders: Folder[], make: Change["make"]): void {
    this.changes.push({ folders, make, durable: false });
  }

  private enter(path: string, node: Node): void {
    const folder = this.folderOf(path);
    const name = basename(path);
    folder.names.set(name, node);
    this.change([folder], (have) => void namesOf(have, folder).set(name, node));
  }

  private leave(path: string): void {
    const folder = this.folderOf(path);
    const name = basename(path);
    const node = folder.names.get(name);
    folder.names.delete(name);
    this.change([folder], (have) => drop(have, folder, name, node));
  }

  private rename(from: string, to: string): void {
    const [left, entered] = [this.folderOf(from), this.folderOf(to)];
    const [name, newName] = [basename(from), basename(to)];
    const node = left.names.get(name)!;
    left.names.delete(name);
    entered.names.set(newName, node);
    this.change([left, entered], (have) => {
      if (node.kind === "folder") dropEverywhere(have, node);
      else drop(have, left, name, node);
      namesOf(have, entered).set(newName, node);
    });
  }

  private makeFolder(path: string, recursive: boolean): void {
    if (this.at(path)) return;
    if (recursive && !this.at(dirname(path))) this.makeFolder(dirname(path), true);
    this.enter(path, { kind: "folder", names: new Map() });
  }

  private openFile(path: string, flags: number): void {
    const creates = 0o100;
    const truncates = 0o1000;
    const found = this.at(path);
    if (!found && (flags & creates) !== 0)
      this.enter(path, { kind: "file", bytes: Buffer.alloc(0), synced: null });
    if (found?.kind === "file" && (flags & truncates) !== 0) found.bytes = Buffer.alloc(0);
    this.opened.set(path, this.at(path));
  }

  private write(path: string, bytes: Buffer, flags?: number): void {
    if (flags !== undefined) this.openFile(path, flags);
    const file = this.fileAt(path);
    file.bytes = Buffer.concat([file.bytes, bytes]);
  }

  private sync(node: Node | null): void {
    if (node?.kind === "file") node.synced = node.bytes;
    if (node?.kind === "folder")
      for (const change of this.changes) if (change.folders.includes(node)) change.durable = true;
  }
}

function drop(have: Have, folder: Folder, name: string, node: Node | undefined): void {
  if (namesOf(have, folder).get(name) === node) namesOf(have, folder).delete(name);
}

function dropEverywhere(have: Have, node: Folder): void {
  for (const names of have.values()) for (const [name, one] of names) if (one === node) names.delete(name);
}

function namesOf(have: Have, folder: Folder): Map<string, Node> {
  const names = have.get(folder) ?? new Map<string, Node>();
  have.set(folder, names);
  return names;
}
