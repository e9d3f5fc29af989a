// spaCy's DocBin: documents as tables of numbers, packed. Its strings are named by their hashes.
import { inflateSync } from "node:zlib";
import type { SourceFile } from "../files.ts";
import { type Format, isObject } from "../format.ts";
import type { SourceRecord, SourceSpan } from "../record.ts";
import { refusal } from "../refusal.ts";
import { symbols } from "./spacy-symbols.ts";

// spaCy's own numbers for the columns.
const ORTH = 65;
const ENT_IOB = 77;
const ENT_TYPE = 78;
// ENT_IOB: 0 not annotated, 1 inside, 2 outside, 3 begins.
const [MISSING, INSIDE, OUTSIDE] = [0n, 1n, 2n];

/** The whole of it has to be in memory, as it has in spaCy. */
const MOST_BYTES = 2 ** 30;

type DocBin = {
  attrs: number[];
  tokens: Uint8Array;
  spaces: Uint8Array;
  lengths: Uint8Array;
  strings: string[];
  cats?: Record<string, number>[];
  flags?: { has_unknown_spaces?: boolean }[];
  span_groups?: Uint8Array[];
};

export const docbin: Format = {
  name: "spacy-docbin",
  title: "spaCy DocBin",
  units: [],
  recognise: ({ names }) =>
    names.some(isDocBin) && names.every((name) => isDocBin(name) || isBeside.test(name))
      ? "files that end with .spacy"
      : null,
  async *read(files, _options, losses) {
    for (const file of files) {
      if (files.length > 1 && !isDocBin(file.name)) continue;
      const bin = await open(file);
      const column = (attribute: number) => bin.attrs.indexOf(attribute);
      const [orth, iob, type] = [column(ORTH), column(ENT_IOB), column(ENT_TYPE)];
      if (orth < 0) throw refusal(file.name, "expected the words of the documents (the attribute ORTH).");
      const strings = new Map([
        ...symbols,
        ...bin.strings.map((text): [bigint, string] => [murmur(text), text]),
      ]);
      const tokens = words(bin.tokens);
      const width = bin.attrs.length;
      let begin = 0;
      for (const [number, length] of lengthsIn(bin.lengths).entries()) {
        const place = `${file.name}, document ${number + 1}`;
        const doc = { text: "", spans: [] as SourceSpan[], isAnnotated: false };
        let isPartly = false;
        let open: SourceSpan | undefined;
        for (let token = begin; token < begin + length; token++) {
          const at = (index: number) => tokens[token * width + index]!;
          const word = at(orth) === 0n ? "" : strings.get(at(orth));
          if (word === undefined) throw refusal(place, "expected every word in the string table.");
          const start = doc.text.length;
          const end = start + word.length;
          doc.text += bin.spaces[token] ? `${word} ` : word;
          const state = iob < 0 ? MISSING : at(iob);
          if (state !== MISSING) doc.isAnnotated = true;
          else if (word.trim() !== "") isPartly = true;
          // What spaCy calls blocked begins without a type: no entity may stand there.
          const isBlocked = type >= 0 && at(type) === 0n;
          if (state === MISSING || state === OUTSIDE || isBlocked) open = undefined;
          else if (state === INSIDE && open) open.end = end;
          else {
            open = { start, end, label: typeName(type < 0 ? 0n : at(type), strings, place) };
            doc.spans.push(open);
          }
        }
        begin += length;
        // As where spaCy could not align an entity with its words: the rest would say that there is none.
        if (doc.isAnnotated && isPartly) {
          losses.add("texts with words that are not annotated, left unannotated", place);
          doc.isAnnotated = false;
        }
        if (bin.flags?.[number]?.has_unknown_spaces)
          losses.add("texts whose white space is not known", place);
        losses.add("span groups", place, (bin.span_groups?.[number]?.length ?? 0) > 1 ? 1 : 0);
        yield recordOf(doc, bin.cats?.[number] ?? {}, place);
      }
    }
  },
};

const isDocBin = (name: string) => name.endsWith(".spacy");
/** What `spacy init` lays beside them. */
const isBeside = /\.cfg$|(?:^|\/)(?:labels\/[^/]+|meta)\.json$/;

function recordOf(
  { text, spans, isAnnotated }: { text: string; spans: SourceSpan[]; isAnnotated: boolean },
  cats: Record<string, number>,
  place: string,
): SourceRecord {
  const isClassified = Object.keys(cats).length > 0;
  return {
    place,
    text,
    fields: {},
    ...(isAnnotated && { spans }),
    ...(isClassified && { classes: Object.keys(cats).filter((name) => cats[name]! >= 0.5) }),
  };
}

function typeName(hash: bigint, strings: Map<bigint, string>, place: string): string {
  const name = strings.get(hash);
  if (name === undefined) throw refusal(place, "expected the types of the entities in the string table.");
  return name;
}

async function open(file: SourceFile): Promise<DocBin> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of await file.open()) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_BYTES) throw refusal(file.name, "expected at most 1 GiB. Write it as several DocBins.");
  }
  const { decode } = await import("@msgpack/msgpack");
  try {
    const bin = decode(inflateSync(Buffer.concat(chunks), { maxOutputLength: 4 * MOST_BYTES }));
    if (
      isObject(bin) &&
      Array.isArray(bin.attrs) &&
      Array.isArray(bin.strings) &&
      bin.tokens instanceof Uint8Array
    )
      return bin as DocBin;
  } catch {
    // said below
  }
  throw refusal(file.name, "expected a DocBin as DocBin.to_disk writes it.");
}

/** Copied, since a view has to begin at a multiple of eight. */
const words = (bytes: Uint8Array) => new BigUint64Array(Uint8Array.from(bytes).buffer);
const lengthsIn = (bytes: Uint8Array) => new Int32Array(Uint8Array.from(bytes).buffer);

const MASK = 0xffffffffffffffffn;
const FACTOR = 0xc6a4a7935bd1e995n;

/** MurmurHash64A with the seed 1, by which spaCy names strings. */
export function murmur(text: string): bigint {
  const bytes = Buffer.from(text, "utf8");
  const whole = bytes.length & ~7;
  let hash = 1n ^ ((BigInt(bytes.length) * FACTOR) & MASK);
  for (let at = 0; at < whole; at += 8) {
    let part = (bytes.readBigUInt64LE(at) * FACTOR) & MASK;
    part = ((part ^ (part >> 47n)) * FACTOR) & MASK;
    hash = ((hash ^ part) * FACTOR) & MASK;
  }
  if (whole < bytes.length) {
    let rest = 0n;
    for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8n) | BigInt(bytes[at]!);
    hash = ((hash ^ rest) * FACTOR) & MASK;
  }
  hash = ((hash ^ (hash >> 47n)) * FACTOR) & MASK;
  return hash ^ (hash >> 47n);
}
