import { defaultModel } from "../../../schemas/models/registered-models.ts";
import { type Card, card, grid } from "../../../tasks/report/elements.ts";
import { instant, score } from "../../../tasks/report/format.ts";
import { html } from "../../../tasks/report/html.ts";
import type { Installation } from "../../installation.ts";
import { type ScoredGeneration, withScores } from "../../results/generations.ts";
import { listRuns, type RunEntry } from "../../results/runs.ts";
import { endedBadly } from "../../results/summary.ts";
import type { Context, Page } from "../routes.ts";
import { runsTable } from "../runs-table.ts";
import { howOf } from "./models.ts";

/** How far back failures are looked for. */
const looked = 50;
const newest = 8;

type InUse = { model: string; generation: ScoredGeneration | null };

/** What an operator looks at first: what is in use, what runs, what failed. */
export async function home({ installation }: Context): Promise<Page> {
  const [inUse, { runs }] = await Promise.all([
    modelsOf(installation),
    listRuns(installation, { limit: looked }),
  ]);
  const entries = runs.map(({ entry }) => entry);
  const running = entries.filter(({ status }) => status === "RUNNING");
  const failed = notMadeGood(entries);
  const waiting = entries.filter(({ approval }) => approval?.decision === null);
  const recent = entries.slice(0, newest);
  const showsModel = inUse.length > 1;
  return {
    title: "Home",
    live: "",
    data: { inUse, running, waiting, failed, recent },
    body: html`
<h1 class="hidden">Console</h1>
<div id="home" data-part>${grid([
      ...inUse.map((one) => useCard(one, inUse.length)),
      running.length > 0 &&
        card({ id: "running", title: "Running", columns: 12 }, runsTable(running, { showsModel })),
      waiting.length > 0 &&
        card(
          {
            id: "waiting",
            title: "Awaiting approval",
            say: `The gate would promote them; a person has to decide. Of the last ${looked} runs.`,
            columns: 12,
          },
          runsTable(waiting, { showsModel }),
        ),
      failed.length > 0 &&
        card(
          {
            id: "failed",
            title: "Failed, and not made good since",
            say: `No later run of the same model has succeeded. Of the last ${looked} runs.`,
            columns: 12,
          },
          runsTable(failed, { showsModel }),
        ),
      card(
        { id: "recent", title: "Newest runs", columns: 12 },
        recent.length > 0
          ? html`${runsTable(recent, { showsModel })}<p class="note"><a href="/runs">All runs</a></p>`
          : html`<p class="empty">No run yet. <a href="/exports">Give it an export</a>, or type <code>pbp run &lt;export&gt;${installation.options}</code>.</p>`,
      ),
    ])}</div>`,
  };
}

/** Every registered model that there is, the default one first; that one only if it has been promoted or is alone. */
async function modelsOf(installation: Installation): Promise<InUse[]> {
  const { generations, models } = await installation.history();
  const others = await Promise.all(
    models
      .filter((model) => model !== defaultModel)
      .map(async (model) => ({
        model,
        generation: withScores((await installation.history(model)).generations)[0] ?? null,
      })),
  );
  const first = { model: defaultModel, generation: withScores(generations)[0] ?? null };
  return first.generation || others.length === 0 ? [first, ...others] : others;
}

/** Runs that ended badly, where no later one of the same registered model has succeeded. */
function notMadeGood(newestFirst: readonly RunEntry[]): RunEntry[] {
  const good = new Set<string>();
  return newestFirst.filter(({ status, model }) => {
    if (status === "SUCCEEDED") good.add(model);
    return endedBadly(status) && !good.has(model);
  });
}

function useCard({ model, generation }: InUse, count: number): Card {
  const columns = count === 1 ? 12 : 6;
  const head = {
    id: `use-${model}`,
    title: count === 1 && model === defaultModel ? "In use" : `In use for ${model}`,
    columns,
  };
  if (!generation) return card(head, html`<p class="empty">No model has been promoted yet.</p>`);
  const { scores } = generation;
  return card(
    head,
    html`<div class="use"><a class="big" href="/models/${model}/${generation.generation}">Generation ${generation.generation}</a>
<dl><div><dt>F1</dt><dd>${score(scores?.f1)}</dd></div><div><dt>Accuracy</dt><dd>${score(scores?.accuracy)}</dd></div><div><dt>Since</dt><dd>${instant(generation.at)}</dd></div><div><dt>Version</dt><dd>${generation.version}</dd></div></dl></div>
<p class="say">${howOf(generation)}</p>`,
  );
}
