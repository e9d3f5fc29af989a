// The few elements that all sections are made of.
import { Html, html } from "./html.ts";

/** The head of a column that explains itself to the eye: for those who hear the page. */
export const unseen = (head: string) => html`<span class=hidden>${head}</span>`;

/** A column of a table: its head, and whether its cells are numbers, which stand at the right. */
export type Column = { head: string | Html; numeric?: boolean; className?: string };
export type Cell = Html | string | number | null;
/** The cells of a row, and what the row as a whole is: the run's `own`, or `off` to one side. */
export type Row = readonly Cell[] | { look: string; cells: readonly Cell[] };

type CardOptions = {
  id: string;
  title: string;
  say?: Html | string | null;
  /** Of twelve: the width it takes where there is room. */
  columns: number;
  look?: string;
};

/** A card of the page: a heading, a sentence below it, and what it holds. */
export class Card extends Html {
  readonly id: string;
  readonly columns: number;
  readonly #options: CardOptions;
  readonly #content: Html;
  constructor(options: CardOptions, content: Html) {
    const { id, title, say, columns, look = "" } = options;
    super(
      html`
<section class="card c${columns} ${look}" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${say ? html`<p class="say">${say}</p>` : null}
${content}
</section>`.toString(),
    );
    this.id = id;
    this.columns = columns;
    this.#options = options;
    this.#content = content;
  }
  widened(columns: number): Card {
    return new Card({ ...this.#options, columns }, this.#content);
  }
}

export const card = (options: CardOptions, ...content: (Html | null | undefined | false)[]) =>
  new Card(options, html`${content}`);

/** Cards in rows of twelve columns; what a row lacks, its last card gets. */
export function grid(cards: readonly (Card | null | undefined | false)[]): Html {
  const rows: Card[][] = [];
  let free = 0;
  for (const one of cards) {
    if (!one) continue;
    if (one.columns > free) {
      rows.push([]);
      free = 12;
    }
    rows.at(-1)!.push(one);
    free -= one.columns;
  }
  const filled = rows.map((row) => {
    const rest = 12 - row.reduce((sum, { columns }) => sum + columns, 0);
    return rest === 0 ? row : [...row.slice(0, -1), row.at(-1)!.widened(row.at(-1)!.columns + rest)];
  });
  return html`<div class="grid">${filled.flat()}
</div>`;
}

/**
 * A table whose first column names the rows. The end tags that HTML lets one leave out are left out: a page may have a
 * thousand labels.
 */
export function table(columns: readonly Column[], rows: readonly Row[], className = ""): Html {
  // Said once where it holds for all: of a thousand labels, each cell's class is a hundred kilobytes.
  const [, ...others] = columns;
  const isNumeric = others.every((column) => column.numeric && !column.className);
  const attribute = columns.map(({ numeric, className: own }) => {
    const names = [numeric && !isNumeric && "n", own].filter(Boolean).join(" ");
    return names ? html` class="${names}"` : null;
  });
  return html`<div class="scroll"><table class="${className}${isNumeric && " numbers"}"><thead><tr>${columns.map(
    ({ head }, at) => html`<th scope=col${attribute[at]}>${head}</th>`,
  )}</tr></thead><tbody>${rows.map((row) => {
    const { look, cells } = "cells" in row ? row : { look: null, cells: row };
    return html`<tr${look && html` class="${look}"`}>${cells.map((cell, at) =>
      at === 0 ? html`<th scope=row${attribute[at]}>${cell}` : html`<td${attribute[at]}>${cell ?? "–"}`,
    )}
`;
  })}</tbody></table></div>`;
}

/** Names and values; many of them `flow` into columns. */
export function pairs(rows: readonly (readonly [string, Cell])[], look: "" | "flow" = ""): Html {
  return html`<dl class="pairs ${look}">${rows.map(
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
