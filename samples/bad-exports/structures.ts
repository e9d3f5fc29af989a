import { gzipSync } from "node:zlib";
import { type BadExport, canary, header, note, notes, rejectedText, text, unreadable } from "./parts.ts";

/** Exports whose structure breaks: no JSON, cut off, damaged. */
export function structures(): BadExport[] {
  const whole = text(notes());
  // Level 0 and no operating system byte: the same bytes from every zlib.
  const stored = gzipSync(whole, { level: 0 });
  stored[9] = 255;
  const damaged = Buffer.from(stored);
  damaged[40] = 0x7e;
  const latin1 = Buffer.from(whole.replace("kidney", "kidn\u00e9y"), "latin1");
  const lines = [header, ...notes()].map((line) => JSON.stringify(line));
  return [
    unreadable("empty.json", "an empty file", "", "The export is empty"),
    unreadable(
      "not-json.json",
      "prose",
      `${canary} has a kidney stone.`,
      "The export is not JSON of the expected shape: expected { at byte 0",
    ),
    unreadable(
      "array.json",
      "an array of records without a header",
      JSON.stringify(notes()),
      "The export is not JSON: it is an array, without the header of an export",
    ),
    unreadable(
      "truncated.json",
      "cut off in a record",
      whole.slice(0, -90),
      "The export ends too early after /records/1",
    ),
    unreadable(
      "truncated.json.gz",
      "a gzip that is cut off",
      stored.subarray(0, -200),
      "The gzip of the export is damaged or cut off",
    ),
    unreadable(
      "damaged.json.gz",
      "a gzip whose checksum is wrong",
      damaged,
      "The gzip of the export is damaged or cut off",
    ),
    ...foreign(whole, stored),
    ...joined(whole, lines, stored),
    unreadable("latin1.json", "not UTF-8", latin1, "The export is not valid UTF-8 between bytes"),
    unreadable("no-records.json", "a header alone", JSON.stringify(header), "The export holds no record"),
    unreadable(
      "records-not-array.json",
      "records as an object",
      text({ [canary]: note(0) }),
      "The export is not JSON of the expected shape: expected [ at byte",
    ),
    unreadable(
      "records-twice.json",
      "records twice",
      whole.replace(/\n}\n$/, ',\n "records": []}\n'),
      "/records stands twice",
    ),
    unreadable(
      "comma-missing.json",
      "no comma between two records",
      whole.replace("\n  },", "\n  }"),
      "The export is not JSON of the expected shape: expected , or ] after /records/0",
    ),
    unreadable(
      "text-after-end.json",
      "text behind the object",
      `${whole}${canary}`,
      "The export is not JSON of the expected shape: expected nothing more",
    ),
    unreadable(
      "lines-header-only.jsonl",
      "JSON Lines without a record",
      `${lines[0]}\n`,
      "The export holds no record",
    ),
    unreadable(
      "lines-without-break.jsonl",
      "a record on the header's line",
      `${lines[0]}${lines[1]}\n`,
      "The export is not JSON of the expected shape: expected a new line after the header",
    ),
    rejectedText(
      "lines-broken-line.jsonl",
      "a line that is cut off",
      `${[...lines.slice(0, 3), lines[1]?.slice(0, 60), lines[4 - 1]].join("\n")}\n`,
      "/records/2 (json: a JSON object)",
    ),
  ];
}

/** Files of another kind under the name of an export. */
function foreign(whole: string, stored: Buffer): BadExport[] {
  const utf16 = (text: string, order: "le" | "be") => {
    const bytes = Buffer.from(text, "utf16le");
    return order === "le" ? bytes : bytes.swap16();
  };
  const files: [file: string, content: string | Buffer, is: string][] = [
    [
      "workbook.xlsx",
      `PK\x03\x04\x14\0\x06\0${"\0".repeat(22)}[Content_Types].xml${canary}`,
      "an Excel workbook",
    ],
    ["archive.zip", `PK\x03\x04\x14\0${"\0".repeat(24)}${canary}.json`, "a zip archive"],
    ["document.pdf", `%PDF-1.7\n${canary}`, "a PDF"],
    [
      "page.html",
      `<!DOCTYPE html>\n<html><p>${canary}</p></html>`,
      "a web page, perhaps an error or a login page",
    ],
    ["table.csv", `id,text,label\n1,"${canary} has a stone, large",problem\n`, "CSV"],
    ["table-semicolons.csv", `\ufeff"id";"text"\r\n"1";"${canary}"\r\n`, "CSV"],
    ["table.tsv", `id\ttext\n1\t${canary}\n`, "TSV"],
    ["utf16-marked.json", utf16(`\ufeff${whole}`, "le"), "text in UTF-16LE"],
    ["utf16-little-endian.json", utf16(whole, "le"), "text in UTF-16LE"],
    ["utf16-big-endian.json", utf16(whole, "be"), "text in UTF-16BE"],
    [
      "pointer.json",
      `version https://git-lfs.github.com/spec/v1\noid sha256:${canary}\n`,
      "a Git LFS pointer",
    ],
    ["twice-packed.json.gz", gzipSync(stored), "packed with gzip twice"],
  ];
  return files.map(([file, content, is]) =>
    unreadable(file, `not JSON: ${is}`, content, `The export is not JSON: it is ${is}`),
  );
}

/** Two exports in one file. What is behind the first may count its offsets otherwise. */
function joined(whole: string, lines: string[], stored: Buffer): BadExport[] {
  const second =
    "The header of another export stands at /records/3 (line 5): two exports seem to have been joined";
  const twice = (text: string) => `${lines.join("\n")}\n${text}`;
  return [
    unreadable("joined-lines.jsonl", "two exports in JSON Lines, joined", twice(twice("")), second),
    unreadable(
      "joined-object.jsonl",
      "an object behind JSON Lines",
      twice(JSON.stringify(JSON.parse(whole))),
      second,
    ),
    unreadable(
      "joined-pretty.jsonl",
      "an object in several lines behind JSON Lines",
      twice(whole),
      second.replace("/records/3 (line 5)", "/records/4 (line 6)"),
    ),
    unreadable("joined-header.jsonl", "a header behind the records", twice(lines[0] ?? ""), second),
    unreadable(
      "joined-objects.json",
      "two objects, joined",
      `${whole}${whole}`,
      `More JSON follows the end of the export at byte ${whole.length}: two exports seem to have been joined`,
    ),
    unreadable(
      "joined-header.json",
      "a header among the records",
      text([...notes(), header]),
      "The header of another export stands at /records/3 (byte ",
    ),
    unreadable(
      "joined.jsonl.gz",
      "two gzips in JSON Lines, joined",
      Buffer.concat([gzipSync(twice("")), gzipSync(twice(""))]),
      second,
    ),
    unreadable(
      "joined-padded.json.gz",
      "a gzip, zeros, and another gzip",
      Buffer.concat([stored, Buffer.alloc(8), stored]),
      "The export holds more behind the end of its gzip: two files seem to have been joined",
    ),
  ];
}
