// Where a key lies below a folder. Every byte outside 0-9 a-z _ - . is percent-encoded: so ".." and "//" are ordinary
// names, and neither a case-insensitive nor a Unicode-normalising file system can make two keys one.
import { join } from "node:path";
import { readdirOrNone } from "./folders.ts";

/** The folder of a key's versions, inside the key's own folder. "@" is never part of an encoded segment. */
export const versionsFolder = "@";
const emptySegment = "%";
const continues = "~";
// What encodeSegment writes. Other programs leave their own files in any folder: .DS_Store, .nfs…, Thumbs.db.
const encodedSegment = /^(?:[0-9a-z_-]|%[0-9a-f]{2})(?:[0-9a-z_.-]|%[0-9a-f]{2})*~?$/;

/** The folder of a key or of a prefix that ends before a slash. A segment is a folder, a long one a chain of them. */
export function folderOf(root: string, segments: string[]): string {
  return join(root, ...segments.flatMap(encodeSegment));
}

function encodeSegment(segment: string): string[] {
  if (segment === "") return [emptySegment];
  let encoded = "";
  for (const byte of Buffer.from(segment)) {
    const character = String.fromCharCode(byte);
    // A leading dot is encoded because "." and ".." mean something to a file system.
    const plain = encoded === "" ? /[0-9a-z_-]/ : /[0-9a-z_.-]/;
    encoded += plain.test(character) ? character : `%${byte.toString(16).padStart(2, "0")}`;
  }
  // A file name has at most 255 bytes, and 80 encoded bytes at most 240.
  const parts = encoded.match(/(?:%..|[^%]){1,80}/g)!;
  return parts.map((part, index) => (index < parts.length - 1 ? part + continues : part));
}

/** The segments that have a folder right below `folder`, unordered; none when there is no such folder. */
export async function segmentsIn(folder: string, before = ""): Promise<{ name: string; folder: string }[]> {
  const found: { name: string; folder: string }[] = [];
  for (const entry of await readdirOrNone(folder)) {
    const path = join(folder, entry);
    if (entry === emptySegment) found.push({ name: "", folder: path });
    else if (!encodedSegment.test(before + entry)) continue;
    else if (entry.endsWith(continues)) found.push(...(await segmentsIn(path, before + entry.slice(0, -1))));
    else found.push({ name: decodeURIComponent(before + entry), folder: path });
  }
  return found;
}
