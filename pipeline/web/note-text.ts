// The one place of the console that shows text of notes: only with --show-notes.
import type { ModelError } from "../../schemas/types.ts";
import { type Html, html } from "../../tasks/report/html.ts";
import type { Row } from "../results/analysis.ts";

/** Tokens on either side of an error. */
const around = 12;
/** Characters of a text with classes. */
const mostText = 600;

/** A document as one text, and where in it, in code points, a token begins. */
export function textOf(rows: readonly Row[]): { text: string; offsetOf(token: number): number | undefined } {
  const tokens = rows.flatMap((row) => ("tokens" in row ? row.tokens : [row.text]));
  const offsets: number[] = [];
  let at = 0;
  for (const token of tokens) {
    offsets.push(at);
    at += [...token].length + 1;
  }
  return { text: tokens.join(" "), offsetOf: (token) => offsets[token] };
}

/** An error's text, for keyphrases with what is annotated and what the model says marked in it. */
export function noteText(error: ModelError, rows: readonly Row[]): Html {
  if (rows.length === 0) return html`<small class="below">Its rows are no longer here.</small>`;
  const { gold, predicted, start, end = 0 } = error;
  if (start === undefined) {
    const text = rows.flatMap((row) => ("text" in row ? [row.text] : [])).join(" ");
    return html`<p class="note-text">${text.length > mostText ? `${text.slice(0, mostText)} …` : text}</p>`;
  }
  const tokens = rows.flatMap((row) => ("tokens" in row ? row.tokens : []));
  const { predictedStart = start, predictedEnd = end } = error;
  const from = Math.max(0, Math.min(start, predictedStart) - around);
  const to = Math.min(tokens.length, Math.max(end, predictedEnd) + around);
  const line = (who: string, label: string | null, first: number, after: number) => {
    const words = (begin: number, stop: number) => tokens.slice(begin, stop).join(" ");
    const marked =
      label === null
        ? words(from, to)
        : html`${words(from, first)} <mark>${words(first, after)}</mark> ${words(after, to)}`;
    return html`<p class="note-text"><span class="who">${who}</span> ${from > 0 && "… "}${marked}${to < tokens.length && " …"}</p>`;
  };
  return html`${line("annotated", gold, start, end)}${line("model", predicted, predictedStart, predictedEnd)}`;
}
