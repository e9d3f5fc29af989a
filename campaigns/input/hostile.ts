// Kinds of archive that must not become a model: what tar and gzip can hold besides a flat folder of plain files.
import { gzipSync } from "node:zlib";
import type { Random } from "../../samples/random.ts";
import { archive, type Member } from "../../test/promote/archives.ts";

type Make = (good: Member[], random: Random) => Buffer;

/** The good members with a bad one among them, at any place. */
const among =
  (bad: (random: Random, good: Member[]) => Member): Make =>
  (good, random) => {
    const members = [...good];
    members.splice(random.between(0, good.length), 0, bad(random, good));
    return archive(members);
  };
const named = (...names: string[]) => among((random) => ({ name: random.pick(names), body: "canary" }));
const typed = (type: string, rest: Partial<Member> = {}) =>
  among((random) => ({ name: `evil${random.between(0, 999)}.json`, type, ...rest }));
const extended = (...records: string[]) =>
  among((random) => {
    const record = random.pick(records);
    return { name: "PaxHeader", type: "x", body: `${record.length + 3} ${record}` };
  });

/** The compressed archive, changed. */
const compressed =
  (change: (bytes: Buffer, random: Random) => Buffer): Make =>
  (good, random) =>
    change(archive(good), random);

export const hostileArchives: Record<string, Make> = {
  "climbs out": named("../evil.json", "../../evil.json", "a/../../evil.json", "./../evil.json"),
  "is absolute": named("/tmp/evil.json", "//evil.json", "/etc/passwd"),
  "goes below": named("sub/evil.json", "a/b/c.txt"),
  "is hidden": named(".evil.json", "..", "."),
  "hides behind a backslash": named("..\\evil.json", "C:\\evil.json", "a\\b.txt"),
  "brings code": named("evil.py", "evil.so", "evil.sh", "modeling_evil.py"),
  "brings a pickle": named("pytorch_model.bin", "evil.pkl", "evil.pt", "embeddings.sav"),
  "has no name": named(""),
  "has a name in another script": named("\u043c\u043e\u0434.json", "e\u0301.json", "\u202e.json"),
  "has control characters": named("a\n.json", "a\tb.txt", "a\u007f.json", "\u001b[2J.txt"),
  "has a name with a space or a sign": named("a b.json", "a;b.json", "$(id).txt", "*.json", "-rf.json"),
  "has a long name": among((random) => ({
    name: "evil.json",
    prefix: random.pick(["sub", "../..", "/etc"]),
  })),
  "links softly": typed("2", { link: "/etc/passwd" }),
  "links hard": typed("1", { link: "config.json" }),
  "links, then writes through": (good) =>
    archive([{ name: "evil.json", type: "2", link: "/tmp" }, { name: "evil.json", body: "canary" }, ...good]),
  "has a device": among((random) => ({ name: "evil.json", type: random.pick(["3", "4"]) })),
  "has a pipe": typed("6"),
  "has a sparse file": typed("S"),
  "has a continued file": typed("M"),
  "has a file of an unknown type": among((random) => ({
    name: "evil.json",
    type: random.pick(["A", "Z", "7", "9", "V"]),
  })),
  "has GNU's long name": typed("L", { body: "../evil\0" }),
  "has GNU's long link": typed("K", { body: "../evil\0" }),
  "has a folder": among((random) => ({ name: random.pick(["evil/", "a/b/", "../"]), type: "5" })),
  "renames by an extended header": extended("path=../evil.json\n", "linkpath=/etc/passwd\n"),
  "resizes by an extended header": extended("size=99999999999\n", "GNU.sparse.size=1\n"),
  "has a torn extended header": extended("mtime", "mtime=", "=1\n"),
  "has a vast extended header": among(() => ({ name: "x", type: "x", body: Buffer.alloc(70_000, "canary") })),
  "has a file twice": among((random, good) => ({ name: random.pick(good).name, body: "canary" })),
  "has a file twice but for case": among((random, good) => ({
    name: random.pick(good).name.replace(/^./, (letter) => letter.toUpperCase()),
    body: "canary",
  })),
  "has a file that its manifest does not know": among((random) => ({
    name: `f${random.between(0, 999)}.txt`,
    body: "canary",
  })),
  "lacks a file": (good, random) => {
    const dropped = random.between(0, good.length - 1);
    return archive(good.filter((_, index) => index !== dropped));
  },
  "has too many files": (good, random) =>
    archive([
      ...good,
      ...Array.from({ length: random.between(40, 400) }, (_, index) => ({ name: `f${index}.json` })),
    ]),
  "is a bomb": (good, random) =>
    archive([...good, { name: "zeros.json", body: Buffer.alloc(random.between(3, 12) * 1_000_000) }]),
  "lies about a size": among((random) => ({
    name: "a.json",
    size: random.pick(["77777777777", "1", "-1", "9", "1e3", "0x10"]),
    body: "canary",
  })),
  "has a wrong checksum": among((random) => ({ name: "a.json", checksum: random.between(0, 500) })),
  "has another magic": among(() => ({ name: "a.json", magic: "canary" })),
  "is another kind of archive": (_, random) => gzipSync(Buffer.alloc(512 * random.between(1, 9), "canary")),
  "has no end": (good, random) => archive(good, Buffer.alloc(512 * random.between(0, 1))),
  "goes on after its end": (good, random) =>
    archive(good, Buffer.concat([Buffer.alloc(512 * random.between(2, 20)), Buffer.from("canary")])),
  "is empty": () => archive([]),
  "is not compressed": (_, random) => Buffer.alloc(random.between(0, 4096), "canary"),
  "is cut off": compressed((bytes, random) => bytes.subarray(0, random.between(0, bytes.length - 1))),
  "has a broken checksum": compressed((bytes, random) => {
    const copy = Buffer.from(bytes);
    copy[copy.length - random.between(1, 8)]! ^= 1 << random.between(0, 7);
    return copy;
  }),
  "has bytes after its compressed end": compressed((bytes, random) =>
    Buffer.concat([bytes, Buffer.alloc(random.between(1, 2000), "canary")]),
  ),
  "is compressed in two parts, the second hostile": (good) =>
    Buffer.concat([archive(good), archive([{ name: "../evil.json", body: "canary" }])]),
};
