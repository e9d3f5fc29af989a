// report.html: the page of a run as one file. It runs nothing and asks for nothing, so it can be mailed, printed and
// read in ten years.
import { type Card, grid } from "./elements.ts";
import { html, styleElement } from "./html.ts";
import type { RunView } from "./run-view.ts";
import { facts, failure, head, headline, missing } from "./sections/head.ts";
import { sectionsOf } from "./sections/sections.ts";

/**
 * The report, as the text of a file.
 *
 * @param states The way of the run, where its history is at hand: Notify, a part of that way, cannot tell it.
 */
export function reportOf(view: RunView, states: Card | null = null): string {
  const { above, below } = sectionsOf(view);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${headline(view)} · ${view.execution}</title>
${styleElement()}
</head>
<body>
<main>
<p class="crumbs">Run <code>${view.execution}</code></p>
${head(view)}
${facts(view)}
${missing(view)}
${grid([failure(view), ...above, states, ...below])}
<footer>Made from what the run recorded: counts, scores and settings. It holds no text of a note.</footer>
</main>
</body>
</html>
`;
  return page.toString();
}
