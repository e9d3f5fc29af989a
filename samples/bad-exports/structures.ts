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
      "The export is not JSON of the expected shape: expected { at byte 0",
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
