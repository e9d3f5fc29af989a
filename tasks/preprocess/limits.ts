/** Containers within containers. A record needs 3; more is no export of ours, and deep nesting is a way to break parsers. */
export const MAX_DEPTH = 16;
/** Bytes of one record: a million characters, all escaped as \uXXXX, are 6 MB; the rest is room for keyphrases. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;
/** Bytes of one header value. 1,000 labels of 128 characters are 0.8 MB if all are escaped as \uXXXX. */
export const MAX_HEADER_BYTES = 1024 * 1024;
/** More than this share of rejected records fails the execution: stray records can be left out, a fault of the export cannot. */
export const MAX_REJECTED_SHARE = 0.02;
/** Tokens of a row, so that a row is a window the training job hardly ever has to cut again. labelled-row.schema.json. */
export const MAX_ROW_TOKENS = 256;
/** UTF-16 units of a token. labelled-row.schema.json. */
export const MAX_TOKEN_LENGTH = 1000;
/**
 * More than this share of spans that begin or end inside a word fails the execution: their offsets are off. Annotators
 * cut 0.7 % of the sample export's spans, 0.002 % of MTSamples' and none of NCBI-disease's; offsets that are off by one
 * cut 97 %.
 */
export const MAX_WIDENED_SHARE = 0.1;
/** Fewer spans than this may be cut by chance, whatever their share. */
export const LEAST_WIDENED = 3;
/** So many more spans that fit under another unit fail the execution whatever their share: chance makes a few fit at most. */
export const LEAST_MISREAD = 20;
/** More than this share of texts with different classes fails a single-label export: 27 texts of 14,600 are slips, 91 % are another task. */
export const MAX_CONFLICTING_SHARE = 0.05;
/** Documents that a label needs to be learnt at all: with one, nothing can be told from the text's other properties. */
export const FEWEST_TO_LEARN = 2;
/** Below this many documents, a label has none on a test side of a fifth more often than once in a thousand (0.8^30). */
export const FEWEST_TO_JUDGE = 30;
