// The few elements that all sections are made of.
import { type Html, html } from "./html.ts";

/** A column of a table: its head, and whether its cells are numbers, which stand at the right. */
export type Column = { head: string | Html; numeric?: boolean; className?: string };
export type Cell = Html | string | number | null;

/** A card of the page: a heading, a sentence below it, and what it holds. `columns` of twelve it takes where there is room. */
export function card(
  {
    id,
    title,
    say,
    columns,
    look = "",
  }: { id: string; title: string; say?: Html | string; columns: number; look?: string },
  ...content: (Html | null)[]
): Html {
  return html`
<section class="card c${columns} ${look}" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${say ? html`<p class="say">${say}</p>` : null}
${content}
</section>`;
}

/**
 * A table whose first column names the rows. The end tags that HTML lets one leave out are left out: a page may have a
 * thousand labels.
 */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], className = ""): Html {
  const attribute = columns.map(({ numeric, className: own }) => {
    const names = [numeric && "n", own].filter(Boolean).join(" ");
    return names ? html` class="${names}"` : null;
  });
  return html`<div class="scroll"><table class="${className}"><thead><tr>${columns.map(
    ({ head }, at) => html`<th scope=col${attribute[at]}>${head}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, at) =>
        at === 0
          ? html`<th scope=row${attribute[at]}>${cell}</th>`
          : html`<td${attribute[at]}>${cell ?? "–"}</td>`,
      )}</tr>
`,
  )}</tbody></table></div>`;
}

/** Names and values. */
export function pairs(rows: readonly (readonly [string, Cell])[]): Html {
  return html`<dl class="pairs">${rows.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

/** What is read only by whoever wants it. */
export function details(summary: string, content: Html): Html {
  return html`<details><summary>${summary}</summary>${content}</details>`;
}

/** What the marks of a chart mean. `mark` is a class of the stylesheet. */
export function legend(entries: readonly (readonly [mark: string, meaning: string])[]): Html {
  return html`<ul class="legend">${entries.map(
    ([mark, meaning]) => html`<li><span class="swatch ${mark}"></span>${meaning}</li>`,
  )}</ul>`;
}

export type Tone = "good" | "bad" | "unsure" | "live" | "quiet";

// Never colour alone: a symbol and a word as well.
const symbols: Record<Tone, string> = { good: "✓", bad: "✗", unsure: "≈", live: "▸", quiet: "–" };

/** A symbol in a disc, for headlines; the word stands beside it. */
export const disc = (tone: Tone, symbol = symbols[tone]) =>
  html`<span class="disc ${tone}" aria-hidden="true">${symbol}</span>`;

/** A state as symbol and word. */
export const state = (tone: Tone, word: string, symbol = symbols[tone]) =>
  html`<span class="state ${tone}"><span aria-hidden="true">${symbol}</span> ${word}</span>`;

export const badge = (word: string) => html`<span class="badge">${word}</span>`;
