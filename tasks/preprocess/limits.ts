/** Containers within containers. A record needs 3; more is no export of ours, and deep nesting is a way to break parsers. */
export const MAX_DEPTH = 16;
/** Bytes of one record: a million characters, all escaped as \uXXXX, are 6 MB; the rest is room for keyphrases. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;
/** Bytes of one header value. 64 labels of 64 characters are under 5 kB. */
export const MAX_HEADER_BYTES = 64 * 1024;
/** More than this share of rejected records fails the execution: stray records can be left out, a fault of the export cannot. */
export const MAX_REJECTED_SHARE = 0.02;
/** Tokens of a row, so that a row is a window the training job hardly ever has to cut again. schemas/labelled-row. */
export const MAX_ROW_TOKENS = 256;
/** UTF-16 units of a token. schemas/labelled-row. */
export const MAX_TOKEN_LENGTH = 1000;
