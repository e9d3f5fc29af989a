// Where bytes come from: files, folders of files, zip archives, each packed with gzip or not.
import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream";
import { promisify } from "node:util";
import { createGunzip } from "node:zlib";
import type yauzl from "yauzl";
import { refusal } from "./refusal.ts";

/** A file that can be read from its beginning as often as is needed. */
export type SourceFile = {
  /** Below the folder or the archive that was named, with slashes. */
  name: string;
  /** When it was changed last. */
  changed: Date;
  /** Its bytes, unpacked. */
  open(): Promise<Readable>;
};

/** A zip of annotations is not larger: more is a bomb, or wants unpacking first. */
const MOST_UNPACKED_BYTES = 16 * 2 ** 30;

/** Every file below the paths, sorted by name. Throws what the file system throws. */
export async function filesAt(paths: readonly string[]): Promise<SourceFile[]> {
  const found: SourceFile[] = [];
  for (const path of paths) {
    const named = await stat(path);
    if (named.isFile()) found.push(...(await filesOf(path, basename(path))));
    else if (!named.isDirectory())
      // A pipe can be read once alone, and nobody may ever write into it.
      throw refusal(
        path,
        "expected a file, a folder or an archive, found a pipe or a device. Write what it gives to a file.",
      );
    else {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile() && !isHidden(entry.name));
      const inside = files.map((entry) => join(entry.parentPath, entry.name)).sort();
      for (const file of inside)
        found.push(...(await filesOf(file, relative(path, file).replaceAll("\\", "/"))));
    }
  }
  return found;
}

async function filesOf(path: string, name: string): Promise<SourceFile[]> {
  const head = await beginningOf(path);
  const { mtime: changed } = await stat(path);
  // An Excel workbook is a zip too, and one file all the same.
  if (head.startsWith("PK\x03\x04") && !/\.xls[xm]$/i.test(name)) return entriesOf(path, changed);
  const isPacked = head.startsWith("\x1f\x8b");
  const read = () => createReadStream(path);
  return [
    {
      name: isPacked ? name.replace(/\.gz$/i, "") : name,
      changed,
      open: async () => (isPacked ? unpacked(read()) : read()),
    },
  ];
}

// pipeline ends the one when the other breaks; whoever reads the result is told why.
const unpacked = (packed: Readable): Readable => pipeline(packed, createGunzip(), () => undefined);

async function beginningOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function entriesOf(path: string, changed: Date): Promise<SourceFile[]> {
  const zip = await zipAt(path);
  const files: SourceFile[] = [];
  let bytes = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      zip.on("error", reject).on("end", resolve);
      zip.on("entry", (entry: yauzl.Entry) => {
        const name = entry.fileName;
        if (!name.endsWith("/") && !name.startsWith("__MACOSX/") && !isHidden(basename(name))) {
          bytes += entry.uncompressedSize;
          files.push({ name, changed, open: () => openEntry(path, name) });
        }
        zip.readEntry();
      });
      zip.readEntry();
    });
  } catch (error) {
    throw damaged(path, error);
  } finally {
    zip.close();
  }
  if (bytes > MOST_UNPACKED_BYTES)
    throw refusal(basename(path), "expected at most 16 GiB when unpacked. Unpack it, and name the folder.");
  return files.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The archive is opened for each entry: nothing is left open between two of them. */
async function openEntry(path: string, name: string): Promise<Readable> {
  const zip = await zipAt(path);
  return new Promise((resolve, reject) => {
    zip.on("error", (error) => reject(damaged(path, error)));
    zip.on("end", () => reject(refusal(basename(path), "expected the same entries as a moment ago.")));
    zip.on("entry", (entry: yauzl.Entry) => {
      if (entry.fileName !== name) return zip.readEntry();
      zip.openReadStream(entry, (error, stream) => {
        if (error) return reject(damaged(path, error));
        stream.once("close", () => zip.close());
        resolve(stream);
      });
    });
    zip.readEntry();
  });
}

async function zipAt(path: string): Promise<yauzl.ZipFile> {
  const { open: openZip } = await import("yauzl");
  const options = { lazyEntries: true, autoClose: false, validateEntrySizes: true };
  return promisify<string, yauzl.Options, yauzl.ZipFile>(openZip)(path, options).catch((error) => {
    throw damaged(path, error);
  });
}

function damaged(path: string, error: unknown): unknown {
  // An error of the file system says what to do by itself.
  return (error as { code?: unknown }).code === undefined
    ? refusal(basename(path), "expected a whole zip archive. Download it again.")
    : error;
}

/** Or says what a folder holds: a file of that name is read where it is named itself. */
const isHidden = (name: string) => /^(\.|(readme|licen[cs]e)(\.(md|rst|txt))?$)/i.test(name);
