import { below } from "../../../schemas/bucket.ts";
import { placeOf } from "../../../schemas/models/registered-models.ts";
import { f1Head } from "../../../schemas/tables/kinds.ts";
import { badge, card, pairs, table } from "../../../tasks/report/elements.ts";
import { bytes, instant, score } from "../../../tasks/report/format.ts";
import { html } from "../../../tasks/report/html.ts";
import type { StoredObject } from "../../../tasks/store/store.ts";
import { hasMacroScores, withLabels } from "../../results/generations.ts";
import { generationOf } from "../actions/rollback.ts";
import { crumbs } from "../layout.ts";
import type { Asked, Context, Page } from "../routes.ts";
import { howOf } from "./models.ts";

/** One entry of a model's log: what came into use, how, why, and its bundle. */
export async function generation(context: Context, { params }: Asked): Promise<Page> {
  const { model = "", generation: number = "" } = params;
  const { installation } = context;
  const entry = await generationOf(context, model, number);
  const { generations } = await installation.history(model);
  const scored = (await withLabels(installation, generations)).find(
    ({ generation }) => generation === entry.generation,
  )!;
  const isNewest = generations[0]?.generation === entry.generation;
  // What the bucket keeps of it; the bundle itself lies where the billing app reads it.
  const prefix = `${below("champions")}${placeOf(model)}${entry.version}/`;
  const kept: StoredObject[] = [];
  for await (const object of installation.store.list(prefix)) kept.push(object);
  const made = generations.find(({ version, execution }) => version === entry.version && execution !== null);
  const promotion = made && (await installation.promotion(made.execution!));
  const labels = Object.entries(scored.perLabel);
  return {
    title: `Generation ${number} of ${model}`,
    data: { ...entry, scores: scored.scores },
    body: html`
${crumbs(`/models/${model}`, `Generation ${number}`)}
<div class="headline"><h1>Generation ${number}${isNewest && html` ${badge("in use")}`}</h1></div>
<p class="lead">${howOf(entry)}</p>
<ul class="actions">${
      isNewest || !entry.kept
        ? null
        : html`<li><a class="button grave" href="/models/${model}/${number}/rollback">Roll back to this one</a></li><li><a class="button" href="/models/${model}/${number}/traffic">Share traffic with it</a></li>`
    }${entry.execution && html`<li><a class="button" href="/runs/${entry.execution}">Its run</a></li>`}</ul>
<div class="grid">
${card(
  { id: "entry", title: "What the log says", columns: labels.length > 0 ? 6 : 12 },
  pairs([
    ["Action", entry.action],
    ["At", instant(entry.at)],
    ["By", entry.actor],
    ...optional("Approved by", entry.approvedBy),
    ...optional("Started by", entry.startedBy),
    ["From", entry.from ?? "nothing"],
    ["To", entry.version],
    [f1Head(hasMacroScores([scored])), score(scored.scores?.f1)],
    ["Accuracy", score(scored.scores?.accuracy)],
    ...optional("Export written", entry.exportedAt && instant(entry.exportedAt)),
    ["Bundle", entry.kept ? (promotion?.bundle ?? "there") : "removed: it cannot be rolled back to"],
  ]),
)}
${
  labels.length > 0
    ? card(
        { id: "labels", title: "Labels", say: "When the model was judged.", columns: 6 },
        table(
          [
            { head: "Label" },
            { head: "Precision", numeric: true },
            { head: "Recall", numeric: true },
            { head: "F1", numeric: true },
          ],
          labels.map(([label, { precision, recall, f1 }]) => [
            label,
            score(precision),
            score(recall),
            score(f1),
          ]),
        ),
      )
    : null
}
${
  kept.length > 0
    ? card(
        { id: "kept", title: "Kept in the bucket", say: html`Below <code>${prefix}</code>`, columns: 12 },
        table(
          [{ head: "File" }, { head: "Size", numeric: true }],
          kept.map(({ key, sizeBytes }) => [key.slice(prefix.length), bytes(sizeBytes)]),
          "tight",
        ),
      )
    : null
}
</div>`,
  };
}

/** What entries of earlier versions, and of other actions, do not have. */
const optional = (name: string, value: string | null | undefined): [string, string][] =>
  value ? [[name, value]] : [];
