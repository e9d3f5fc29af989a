import { capital } from "../../tasks/report/format.ts";
import { type Html, html } from "../../tasks/report/html.ts";
import type { Asked, Context, Page } from "./routes.ts";

const places = [
  ["/runs", "Runs"],
  ["/models", "Models"],
  ["/compare", "Compare"],
  ["/exports", "Exports"],
] as const;

/** The frame of every page. */
export function layOut(page: Page, { installation }: Context, { path, headers }: Asked): Html {
  const theme = /(?:^|;\s*)pbp-theme=(light|dark)(?:;|$)/.exec(headers.cookie ?? "")?.[1];
  return html`<!doctype html>
<html lang="en"${theme && html` data-theme="${theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · pbp</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<script src="/app.js" type="module"></script>
</head>
<body${page.live !== undefined && html` data-live="${page.live === "" ? "/events" : `/events?run=${page.live}`}"`}>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><div>
<a class="brand" href="/"><svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M2 13h4l3-8 5 14 3-6h5"/></svg>pbp</a>
<nav aria-label="Console">${places.map(
    ([to, name]) =>
      html`<a href="${to}"${(path === to || path.startsWith(`${to}/`)) && html` aria-current="page"`}>${name}</a>`,
  )}</nav>
<span class="where">${installation.place}</span>
<button class="theme" type="button" data-theme-switch hidden aria-label="Light or dark">◐</button>
</div></header>
<main id="main" tabindex="-1">
<p id="gone" class="flash gone" role="alert" hidden></p>
${page.body}
</main>
<p id="said" class="hidden" role="status" aria-live="polite"></p>
</body>
</html>
`;
}

/** The way back up. `above`: the page above this one, as `/runs/<execution>` or `/models/<model>/<generation>`. */
export function crumbs(above: string, here: string): Html {
  const steps = above.split("/").slice(1);
  return html`<nav class="crumbs" aria-label="Place">${steps.map(
    (step, at) => html`<a href="/${steps.slice(0, at + 1).join("/")}">${nameOf(step, at)}</a> / `,
  )}<span aria-current="page">${here}</span></nav>`;
}

/** Names of executions and models, the second step, are as people wrote them. */
function nameOf(step: string, at: number): string {
  if (at === 1) return step;
  return /^\d+$/.test(step) ? `Generation ${step}` : capital(step);
}
