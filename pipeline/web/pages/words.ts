import { card, grid } from "../../../tasks/report/elements.ts";
import { type Html, html } from "../../../tasks/report/html.ts";
import type { Explained } from "../../installation.ts";
import { readRows } from "../../results/analysis.ts";
import { crumbs } from "../layout.ts";
import { textOf } from "../note-text.ts";
import { type Asked, type Context, NotFound, type Page } from "../routes.ts";

/** Which words of a note made the model's answer, with sign: text of a patient, so only with --show-notes. */
export async function words(
  { installation, showNotes }: Context,
  { params: { execution = "" }, query }: Asked,
): Promise<Page> {
  if (!showNotes)
    throw new NotFound("The words of a note are shown by a console that was started with --show-notes.");
  await installation.describe(execution);
  const document = query.get("document") ?? "";
  const rows = await readRows(installation.store, execution, new Set([document]));
  const found = rows.get(document);
  if (!found) throw new NotFound("The run has no such note on its test side, or its rows were removed.");
  const { text, offsetOf } = textOf(found);
  const label = query.get("label") || null;
  const place = query.get("place");
  const at = place === null ? null : (offsetOf(Number(place)) ?? null);
  const explained = await installation.explain(execution, { text, label, at });
  if (!explained)
    throw new NotFound(
      "Only a model that was promoted on this machine is explained here. For others, ask POST /v1/explain of pbp serve.",
    );
  return {
    title: `Words of a note of ${execution}`,
    // Weights and places, without the text.
    data: { execution, document, ...explained },
    body: html`
${crumbs(`/runs/${execution}/errors`, "Words")}
<div class="headline"><h1>Words</h1></div>
<p class="lead">What each word adds to the score of <b>${explained.label ?? "no keyphrase"}</b>: marked words speak for it, words struck out against it, the more the bolder.</p>
<p class="warning">This page shows text of patients' notes: keep it out of pictures, mails and tickets.</p>
${grid([
  card(
    { id: "words", title: `Note ${document}`, say: scoreInWords(explained), columns: 12 },
    html`<p class="note-text">${weighed(text, explained)}</p>`,
  ),
])}`,
  };
}

function scoreInWords({ score, baseline, sum, complete }: Explained): string {
  const [whole, start, words] = [score, baseline, sum].map((number) => number.toFixed(3).replace("-", "−"));
  return `Score ${whole} = ${start} of an empty note + ${words} of the words${complete ? "." : ", which do not account for it: take the weights for a hint."}`;
}

/** Below this share of the strongest word, a weight is not marked. */
const faint = 0.1;
const strong = 0.5;

function weighed(text: string, { words, at }: Explained): Html[] {
  // Offsets count code points.
  const points = [...text];
  const most = Math.max(...words.map(({ weight }) => Math.abs(weight)), Number.MIN_VALUE);
  const parts: Html[] = [];
  let done = 0;
  for (const { start, end, weight } of words) {
    const share = Math.abs(weight) / most;
    const word = points.slice(start, end).join("");
    const bold = share >= strong ? html`<b>${word}</b>` : html`${word}`;
    const shown =
      share < faint ? html`${word}` : weight > 0 ? html`<mark>${bold}</mark>` : html`<s>${bold}</s>`;
    parts.push(
      html`${points.slice(done, start).join("")}${at?.start === start ? html`<u>${shown}</u>` : shown}`,
    );
    done = end;
  }
  parts.push(html`${points.slice(done).join("")}`);
  return parts;
}
