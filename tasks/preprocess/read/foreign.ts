import { NamedError } from "../../../schemas/tables/errors.ts";

/** Bytes that show what a file is: a tar says so at 257. */
export const HEAD_BYTES = 512;

const JSON_WANTED = "Export JSON or JSON Lines in UTF-8, gzipped or not";
const UNPACK = "Unpack it, and give the JSON in it";

/** What files of another kind begin with. */
const signatures: [begins: string, what: string, remedy: string][] = [
  ["PK\x03\x04", "a zip archive", UNPACK],
  ["PK\x05\x06", "an empty zip archive", JSON_WANTED],
  ["%PDF-", "a PDF", JSON_WANTED],
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document of the old kind (xls, doc)", JSON_WANTED],
  ["{\\rtf", "an RTF document", JSON_WANTED],
  ["\x28\xb5\x2f\xfd", "packed with zstd", "Unpack it (zstd -d), or pack it with gzip"],
  ["BZh", "packed with bzip2", "Unpack it (bunzip2), or pack it with gzip"],
  ["\xfd7zXZ\0", "packed with xz", "Unpack it (unxz), or pack it with gzip"],
  ["7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK],
  ["Rar!\x1a\x07", "a RAR archive", UNPACK],
  ["PAR1", "a Parquet file", JSON_WANTED],
  ["Obj\x01", "an Avro file", JSON_WANTED],
  ["SQLite format 3\0", "an SQLite database", JSON_WANTED],
  ["\x80\x04\x95", "a Python pickle", JSON_WANTED],
  ["\x89PNG", "an image", JSON_WANTED],
  ["\xff\xd8\xff", "an image", JSON_WANTED],
  ["version https://git-lfs.github.com/", "a Git LFS pointer, not the file", "Fetch the file: git lfs pull"],
];

/**
 * Throws InvalidExport with the remedy when a file begins as something that is not an export: another format, another
 * packing, another encoding. What begins as JSON, or as nothing known, passes.
 *
 * @param head The first HEAD_BYTES, or all where there are fewer.
 */
export function refuseForeign(head: Buffer) {
  const text = head.toString("latin1");
  const known =
    signatures.find(([begins]) => text.startsWith(begins)) ?? encoding(text) ?? archive(text) ?? prose(text);
  if (!known) return;
  const [, what, remedy] = isExcel(text) ? ["", "an Excel workbook (xlsx)", JSON_WANTED] : known;
  throw new NamedError("InvalidExport", `The export is not JSON: it is ${what}. ${remedy}.`);
}

type Known = (typeof signatures)[number];

/** An Office document is a zip: its first entries have these names. */
function isExcel(text: string): boolean {
  return text.startsWith("PK\x03\x04") && /xl\/|\[Content_Types\]\.xml/.test(text);
}

/** JSON in another encoding: with a byte order mark, or with zeros where ASCII characters have them. */
function encoding(text: string): Known | null {
  const remedy = "Save it as UTF-8 (iconv -f FROM -t UTF-8)";
  const is = (name: string): Known => ["", `text in ${name}`, remedy.replace("FROM", name)];
  if (text.startsWith("\xff\xfe\0\0") || /^[[{]\0\0\0/.test(text)) return is("UTF-32LE");
  if (text.startsWith("\0\0\xfe\xff") || /^\0\0\0[[{]/.test(text)) return is("UTF-32BE");
  if (text.startsWith("\xff\xfe") || /^[[{\s"\w<]\0[^\0]\0/.test(text)) return is("UTF-16LE");
  if (text.startsWith("\xfe\xff") || /^\0[[{\s"\w<]\0[^\0]/.test(text)) return is("UTF-16BE");
  return null;
}

function archive(text: string): Known | null {
  if (text.startsWith("ustar", 257)) return ["", "a tar archive", UNPACK];
  if (text.startsWith("\x1f\x8b")) return ["", "packed with gzip twice", "Unpack it once (gunzip)"];
  return null;
}

/** Formats that are text. */
function prose(text: string): Known | null {
  const start = text.replace(/^\xef\xbb\xbf/, "").trimStart();
  if (/^<(!doctype html|html|head|body)\b/i.test(start))
    return ["", "a web page, perhaps an error or a login page", "Download it again, signed in"];
  if (start.startsWith("<")) return ["", "XML", JSON_WANTED];
  const [first = "", second] = start.split(/\r?\n|\r/, 2);
  for (const separator of [",", ";", "\t", "|"]) {
    const names = first.split(separator);
    // Names of columns: prose with commas has longer pieces, and full stops.
    if (
      second !== undefined &&
      names.length > 1 &&
      names.every((name) => /^\s*"?[\w -]{1,40}"?\s*$/.test(name))
    )
      return ["", separator === "\t" ? "TSV" : "CSV", JSON_WANTED];
  }
  if (start.startsWith("["))
    return [
      "",
      "an array, without the header of an export",
      'Write one object: the header, with the array as its "records"',
    ];
  return null;
}
