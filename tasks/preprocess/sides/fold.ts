import { digestOf } from "./digest-map.ts";

/** Runs of white space other than a lone space: most texts have lone spaces, and replacing each takes four times as long. */
const uneven =
  / [\s\u0085]+|[\t-\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000][\s\u0085]*/g;
/** What ASCII with lone spaces has not: most texts, with which there is nothing to do. */
const unusual = / {2}|^ | $|[^ -~]/;
const notPlain = /[^\t-\r -~]/;
/** Invisible, and no part of a word: control, format and private characters. Joined emoji stay as they are. */
const invisible = /(?![\s\u0085\u200d])[\p{Cc}\p{Cf}\p{Co}\ufffd]|\ufeff/gu;

/**
 * A text as its id and the search for identifiers see it: runs of white space as one space, trimmed, in lower case,
 * composed (NFC), without characters that nobody sees.
 */
export function fold(text: string): string {
  if (!unusual.test(text)) return text.toLowerCase();
  const visible = notPlain.test(text) ? text.normalize("NFC").replace(invisible, "") : text;
  return visible.replace(uneven, " ").trim().toLowerCase();
}

/** What BERT's normaliser or pre-tokeniser drops; the last two are marks in the Unicode that tokenizers was built with. */
const unread = /[\s\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Mn}\ufffd\u1734\u{1171e}]+/gu;

/**
 * What a model may read of a folded text: equal for any two texts of which a BERT tokeniser makes the same pieces,
 * lower-casing or not. So two such texts are one document, which lies on one side of the split.
 *
 * BERT's normaliser takes out control and format characters, and, where it lower-cases, accents; its pre-tokeniser
 * drops white space and parts punctuation and ideographs from their neighbours, so that "a , b" is "a, b". The key goes
 * as far as any of them, and on to white space within words and to compatible characters (a micro sign and a Greek mu):
 * coarser than one model needs, but the split must hold for every base model, and two notes that differ in nothing else
 * are copies. What it cannot know is which words a vocabulary lacks: of these a model sees only that they are there.
 */
export function readingOf(folded: string): string {
  return folded.replace(strange, readingOfStrange).replaceAll(" ", "");
}

/** Runs of what is not ASCII: normalising a whole note for one of its characters would take ten times as long. */
const strange = /[^ -~]+/g;

function readingOfStrange(run: string): string {
  // A sigma at the end of a word: JavaScript lower-cases by place, BERT character by character.
  return run.normalize("NFKD").replace(unread, "").toLowerCase().replaceAll("\u03c2", "\u03c3");
}

let bytes = Buffer.allocUnsafe(4096);

/** Digest of readingOf, its spaces taken out as bytes: out of the string, each would cost ten times as much. */
export function readingDigest(folded: string): string {
  const read = folded.replace(strange, readingOfStrange);
  // Each unit takes three bytes of UTF-8 at most.
  if (bytes.length < 3 * read.length) bytes = Buffer.allocUnsafe(6 * read.length);
  const written = bytes.write(read);
  let length = 0;
  for (let at = 0; at < written; at++) {
    const byte = bytes[at] as number;
    bytes[length] = byte;
    if (byte !== SPACE) length++;
  }
  return digestOf(bytes.subarray(0, length));
}

const SPACE = 0x20;
