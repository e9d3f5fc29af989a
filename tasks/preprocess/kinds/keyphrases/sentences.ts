import { MAX_ROW_TOKENS } from "../../limits.ts";
import { BLANK_LINE, NEW_LINE, SAME_LINE, type Tokens } from "../../read/tokens.ts";
import { isInside, type Tags } from "./spans.ts";

// After these a full stop ends no sentence. Lower case. A wrong cut costs context, never a token.
const abbreviations = new Set(
  "dr mr mrs ms vs st no approx ca cf fig et al ie eg etc dept inc jr sr mg ml cm mm kg hr hrs min sec wt ht temp pt pts".split(
    " ",
  ),
);

/**
 * Cuts a text's tokens into rows: sentences of at most 256 tokens. A sentence that is longer is cut at its last comma
 * or the like, else at the last place outside a keyphrase. Only a keyphrase of more than 256 tokens is cut itself; its
 * rest then begins with B (changed in `tags`), so that each row is strict IOB2.
 *
 * Writes the index behind each row's last token to `ends` and returns the number of rows. Every token is in one row.
 */
export function cutRows(text: string, tokens: Tokens, tags: Tags, ends: Int32Array): number {
  let rows = 0;
  let start = 0;
  for (let i = 0; i < tokens.count; i++) {
    const next = i + 1;
    let end = -1;
    if (next === tokens.count) end = next;
    else if (!isInside(tags[next] as number) && endsSentence(text, tokens, i)) end = next;
    else if (next - start === MAX_ROW_TOKENS) end = windowEnd(text, tokens, tags, start);
    if (end < 0) continue;
    ends[rows++] = end;
    const tag = end < tokens.count ? (tags[end] as number) : 0;
    if (isInside(tag)) tags[end] = tag - 1;
    start = end;
    i = end - 1;
  }
  return rows;
}

/** Where to end a row that is full: behind a comma or the like in its second half, else outside a keyphrase, else here. */
function windowEnd(text: string, tokens: Tokens, tags: Tags, start: number): number {
  const full = start + MAX_ROW_TOKENS;
  const half = start + MAX_ROW_TOKENS / 2;
  let outside = -1;
  for (let end = full; end > start; end--) {
    if (isInside(tags[end] as number)) continue;
    if (outside < 0) outside = end;
    if (end <= half) break;
    if (tokens.gaps[end] !== SAME_LINE && isPause(text, tokens, end - 1)) return end;
  }
  return outside < 0 ? full : outside;
}

function isPause(text: string, tokens: Tokens, index: number): boolean {
  const at = tokens.starts[index] as number;
  return (tokens.ends[index] as number) - at === 1 && ",;:.".includes(text[at] as string);
}

/** Whether a sentence ends behind token `index`, which is not the last. */
function endsSentence(text: string, tokens: Tokens, index: number): boolean {
  const gap = tokens.gaps[index + 1] as number;
  if (gap === SAME_LINE) return false;
  if (gap === BLANK_LINE) return true;
  const next = tokens.units[tokens.starts[index + 1] as number] as number;
  // A line that continues in lower case is a wrapped one.
  if (gap === NEW_LINE && !isLower(next)) return true;
  const at = tokens.starts[index] as number;
  if ((tokens.ends[index] as number) - at !== 1) return false;
  const mark = tokens.units[at];
  if (mark === 0x21 || mark === 0x3f) return true;
  if (mark !== 0x2e || isLower(next)) return false;
  return index === 0 || !isAbbreviation(text, tokens, index - 1);
}

function isAbbreviation(text: string, tokens: Tokens, index: number): boolean {
  const start = tokens.starts[index] as number;
  const length = (tokens.ends[index] as number) - start;
  if (tokens.gaps[index + 1] !== SAME_LINE || length > 6) return false;
  const first = tokens.units[start] as number;
  // An initial, or the p of "p.o."; but "1." and "a 5." may end one.
  if (length === 1) return (first >= 0x41 && first <= 0x5a) || isLower(first);
  return abbreviations.has(text.slice(start, start + length).toLowerCase());
}

function isLower(unit: number): boolean {
  return unit >= 0x61 && unit <= 0x7a;
}
