// What can be wrong with JSON: its text changed somewhere, or a value in it. What a change adds says canary.
import { gzipSync } from "node:zlib";
import type { Random } from "../../samples/random.ts";

type Fault = { name: string; mustFail: boolean; change: (text: Buffer, random: Random) => Buffer };

const fault = (
  name: string,
  mustFail: boolean,
  change: (text: Buffer, random: Random) => Buffer | string,
): Fault => ({
  name,
  mustFail,
  change: (text, random) => Buffer.from(change(text, random)),
});
const inText = (name: string, mustFail: boolean, change: (text: string, random: Random) => string): Fault =>
  fault(name, mustFail, (bytes, random) => change(bytes.toString("utf8"), random));
/** Replaces one of the places that match. */
const replaceOne =
  (pattern: RegExp, by: (match: string, random: Random) => string) => (text: string, random: Random) => {
    const matches = [...text.matchAll(pattern)];
    if (matches.length === 0) return text;
    const { 0: match, index } = random.pick(matches);
    return text.slice(0, index) + by(match, random) + text.slice(index + match.length);
  };
const insert = (bytes: Buffer, at: number, ...more: Buffer[]) =>
  Buffer.concat([bytes.subarray(0, at), ...more, bytes.subarray(at)]);
export const deep = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

/** mustFail: whatever the good export was, with this fault alone it is invalid. */
export const faults: Fault[] = [
  fault("cut off", false, (bytes, random) => bytes.subarray(0, random.between(0, bytes.length - 1))),
  fault("a flipped bit", false, (bytes, random) => {
    const copy = Buffer.from(bytes);
    copy[random.between(0, copy.length - 1)]! ^= 1 << random.between(0, 7);
    return copy;
  }),
  fault("bytes that are no UTF-8", true, (bytes, random) =>
    insert(
      bytes,
      random.between(0, bytes.length),
      random.pick([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80]].map((one) => Buffer.from(one))),
    ),
  ),
  fault("a byte order mark", false, (bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])),
  fault("a byte order mark inside", false, (bytes, random) =>
    insert(bytes, random.between(1, bytes.length), Buffer.from([0xef, 0xbb, 0xbf])),
  ),
  fault("UTF-16", true, (bytes) => Buffer.from(`\ufeff${bytes.toString("utf8")}`, "utf16le")),
  fault("a control character", false, (bytes, random) =>
    insert(bytes, random.between(0, bytes.length), Buffer.from([random.between(0, 31)])),
  ),
  fault("a part twice", false, (bytes, random) => {
    const [from, to] = [random.between(0, bytes.length), random.between(0, bytes.length)].sort(
      (a, b) => a - b,
    ) as [number, number];
    return insert(bytes, to, bytes.subarray(from, to));
  }),
  fault("a part missing", false, (bytes, random) => {
    const from = random.between(0, bytes.length - 1);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + random.between(1, 40))]);
  }),
  fault("text after its end", true, (bytes) => Buffer.concat([bytes, Buffer.from("canary")])),
  fault("gzip, cut off", true, (bytes, random) => {
    const zipped = gzipSync(bytes);
    return zipped.subarray(0, random.between(2, zipped.length - 1));
  }),
  fault("gzip with a flipped bit at its end", true, (bytes, random) => {
    const zipped = gzipSync(bytes);
    zipped[zipped.length - random.between(1, 8)]! ^= 1 << random.between(0, 7);
    return zipped;
  }),
  fault("gzip in gzip", true, (bytes) => gzipSync(gzipSync(bytes))),
  inText("Windows' line ends", false, (text) => text.replaceAll("\n", "\r\n")),
  inText(
    "a lone surrogate",
    true,
    replaceOne(/"text":"/g, (match, random) => `${match}\\ud8${random.between(10, 99)}`),
  ),
  inText(
    "a lone surrogate the other way",
    true,
    replaceOne(/"recordId":"/g, (match) => `${match}\\udc00`),
  ),
  inText(
    "10,000 deep",
    true,
    replaceOne(/"(text|labels|exportId|recordId|keyphrases)":/g, (match) => `${match}${deep(10_000)},"x":`),
  ),
  inText(
    "17 deep",
    true,
    replaceOne(/"(text|source|recordId)":/g, (match) => `"canary":${deep(17)},${match}`),
  ),
  inText(
    "many keys",
    true,
    replaceOne(
      /"(recordId|source)":/g,
      (match, random) =>
        `${Array.from({ length: random.pick([10, 100, 2000]) }, (_, key) => `"canary${key}":0,`).join("")}${match}`,
    ),
  ),
  inText(
    "__proto__",
    true,
    replaceOne(
      /"(recordId|source|start)":/g,
      (match, random) =>
        `"${random.pick(["__proto__", "constructor", "toString", "hasOwnProperty"])}":{"canary":1},${match}`,
    ),
  ),
  inText(
    "a key twice",
    true,
    replaceOne(
      /"(recordId|text|source|exportId|labels|start|split)":("[^"]*"|\d+|\[[^\]]*\])/g,
      (match) => `${match},${match}`,
    ),
  ),
  inText(
    "a key twice, once escaped",
    true,
    replaceOne(
      /"(recordId|text)":"[^"]*"/g,
      (match) =>
        `${match},${match.replace(/^"(.)/, (_, letter: string) => `"\\u00${letter.charCodeAt(0).toString(16)}`)}`,
    ),
  ),
  inText(
    "records twice",
    true,
    replaceOne(/"records":/g, (match) => `"records":[],${match}`),
  ),
  inText(
    "a number that is none",
    true,
    replaceOne(
      /"(start|end)":\d+/g,
      (_, random) =>
        `"start":${random.pick(["NaN", "Infinity", "-Infinity", "01", ".5", "1.", "+1", "0x1", "1e", "--1"])}`,
    ),
  ),
  inText(
    "a number beyond numbers",
    true,
    replaceOne(
      /"(start|end)":\d+/g,
      (match, random) =>
        `${match.split(":")[0]}:${random.pick(["1e400", "-1e400", "9".repeat(400), "1e-5", "2000001", "-1", "0.5"])}`,
    ),
  ),
  inText(
    "an offset that lies",
    false,
    replaceOne(/"(start|end)":\d+/g, (match, random) => `${match.split(":")[0]}:${random.between(0, 80)}`),
  ),
  inText(
    "another label",
    true,
    replaceOne(/"label":"[^"]*"/g, () => '"label":"canary"'),
  ),
  inText(
    "another class",
    true,
    replaceOne(
      /"classes":\[[^\]]*\]/g,
      (_, random) => `"classes":${random.pick(['["canary"]', '["urology","urology"]', '"urology"', "[7]"])}`,
    ),
  ),
  inText(
    "keyphrases for classes",
    true,
    replaceOne(/"classes":/g, () => '"keyphrases":'),
  ),
  inText(
    "a facet that is no text",
    true,
    replaceOne(
      /"canary":"canary ward"/g,
      (_, random) => `"canary":${random.pick(["7", "null", '["canary"]'])}`,
    ),
  ),
  inText(
    "another kind",
    true,
    replaceOne(
      /"kind":"[^"]*"/g,
      (_, random) => `"kind":${random.pick(['"keyphrases"', '"canary"', "null"])}`,
    ),
  ),
  inText(
    "another slice",
    true,
    replaceOne(/("label":"[^"]*"),"text":"[^"]*"/g, (match) =>
      match.replace(/"text":"[^"]*"/, '"text":"canary"'),
    ),
  ),
  inText(
    "another type",
    true,
    replaceOne(
      /"(recordId|text|exportId|labels|offsetUnit|keyphrases)":("[^"]*"|\[[^\]]*\])/g,
      (match, random) =>
        `${match.slice(0, match.indexOf(":") + 1)}${random.pick(["null", "{}", "7", "true", '[["canary"]]'])}`,
    ),
  ),
  inText(
    "no value",
    true,
    replaceOne(/:("[^"]*"|\d+)/g, () => ":"),
  ),
  inText(
    "a comma too many",
    true,
    replaceOne(/[,[{](?=["{])/g, (match) => `${match},`),
  ),
  inText(
    "a comma at the end",
    true,
    replaceOne(/[}\]]/g, (match) => `,${match}`),
  ),
  inText(
    "a bracket too many",
    true,
    replaceOne(/[}\]]/g, (match) => `${match}${match}`),
  ),
  inText(
    "a comment",
    true,
    replaceOne(/,(?=["{])/g, (match) => `${match}/* canary */`),
  ),
  inText(
    "single quotes",
    true,
    replaceOne(/"[a-zA-Z]+":/g, (match) => match.replaceAll('"', "'")),
  ),
  inText(
    "an escape that is none",
    true,
    replaceOne(/"text":"/g, (match, random) => `${match}${random.pick(["\\x41", "\\u12", "\\", "\\u{41}"])}`),
  ),
  inText(
    "a line break in a text",
    true,
    replaceOne(/"text":"/g, (match) => `${match}\n`),
  ),
  inText(
    "another version",
    true,
    replaceOne(
      /"schemaVersion":"1.0"/g,
      (_, random) => `"schemaVersion":${random.pick(['"2.0"', "1.0", '"canary"'])}`,
    ),
  ),
  inText(
    "no header",
    true,
    replaceOne(
      /"(schemaVersion|exportId|labels|offsetUnit|source|exportedAt)":("[^"]*"|\[[^\]]*\]),/g,
      () => "",
    ),
  ),
  inText(
    "a record without an id",
    true,
    replaceOne(/"recordId":"[^"]*",/g, () => ""),
  ),
  inText(
    "an empty text",
    true,
    replaceOne(/("split":"[^"]*"),"text":"[^"]*"/g, (match) => match.replace(/"text":"[^"]*"/, '"text":""')),
  ),
];
/** Megabytes each: once in a while only. */
export const heavy: Fault[] = [
  inText(
    "a million keys",
    true,
    replaceOne(
      /"source":/g,
      (match) => `${Array.from({ length: 1_000_000 }, (_, key) => `"k${key}":0,`).join("")}${match}`,
    ),
  ),
  inText(
    "a million keys in a record",
    true,
    replaceOne(
      /"recordId":/g,
      (match) => `${Array.from({ length: 1_000_000 }, (_, key) => `"k${key}":0,`).join("")}${match}`,
    ),
  ),
  inText(
    "a text of two million characters",
    true,
    replaceOne(/"text":"/g, (match) => `${match}${"canary ".repeat(300_000)}`),
  ),
  inText(
    "a million deep",
    true,
    replaceOne(/"source":/g, (match) => `${match}${deep(1_000_000)},"x":`),
  ),
  fault("a gzip bomb", true, (bytes) =>
    gzipSync(Buffer.concat([bytes.subarray(0, 20), Buffer.alloc(50_000_000, " "), Buffer.from("x")])),
  ),
];

const strange: ((random: Random) => unknown)[] = [
  () => null,
  // In capitals, so that it is not a base model's name either, which a message may tell.
  () => "Canary",
  () => ["canary"],
  () => ({ canary: 1 }),
  () => ({}),
  () => "",
  (random) => random.pick([-1, 0, 0.5, 101, 1e9, 2 ** 53, -0]),
  () => Number.POSITIVE_INFINITY,
  () => Number.NaN,
  () => "canary".repeat(1000),
  () => "../../canary",
  () => "\ud800canary",
  () => "incoming/\u0000canary",
  () => JSON.parse('{"__proto__":{"canary":1}}') as unknown,
  () => JSON.parse(deep(5000)) as unknown,
  () => Object.fromEntries(Array.from({ length: 5000 }, (_, key) => [`canary${key}`, 0])),
  () => true,
];

/** Changes, drops or adds a property or an item anywhere in the value. */
export function changeSomewhere(value: object, random: Random): void {
  let at = value as Record<string, unknown>;
  for (;;) {
    const inner = Object.values(at).filter((one) => typeof one === "object" && one !== null);
    if (inner.length === 0 || random.chance(0.5)) break;
    at = random.pick(inner) as Record<string, unknown>;
  }
  const keys = Object.keys(at);
  const key =
    keys.length > 0 && random.chance(0.8)
      ? random.pick(keys)
      : random.pick(["canary", "constructor", "toString"]);
  if (random.chance(0.15)) delete at[key];
  else at[key] = random.pick(strange)(random);
}
