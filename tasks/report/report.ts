// report.html: the page of a run as one file. It runs nothing and asks for nothing, so it can be mailed, printed and
// read in ten years.
import { grid } from "./elements.ts";
import { type Html, html, styleElement } from "./html.ts";
import type { RunView } from "./run-view.ts";
import { facts, failure, head, headline } from "./sections/head.ts";
import { sectionsOf } from "./sections/sections.ts";

/** The report, as the text of a file. */
export function reportOf(view: RunView): string {
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
${runPage(view)}
<footer>Made from what the run recorded: counts, scores and settings. It holds no text of a note.</footer>
</main>
</body>
</html>
`;
  return page.toString();
}

/** What the report and the console's page of a run have in common. */
export function runPage(view: RunView): Html {
  return html`${head(view)}
${facts(view)}
${grid([failure(view), ...sectionsOf(view)])}`;
}
