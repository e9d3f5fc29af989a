import { isModelName, modelNameExpectation } from "../../../schemas/models/registered-models.ts";
import { f1Head } from "../../../schemas/tables/kinds.ts";
import type { Generation } from "../../../tasks/models/history.ts";
import { badge, card, table } from "../../../tasks/report/elements.ts";
import { count, instant, score } from "../../../tasks/report/format.ts";
import { type Html, html } from "../../../tasks/report/html.ts";
import type { Installation, ModelHistory } from "../../installation.ts";
import {
  hasMacroScores,
  type LabelledGeneration,
  withLabels,
  withScores,
} from "../../results/generations.ts";
import { done } from "../done.ts";
import { crumbs } from "../layout.ts";
import { type Asked, type Context, NotFound, type Page } from "../routes.ts";
import { trend } from "../trend.ts";
import { told } from "./traffic.ts";

/** The registered models. */
export async function models({ installation }: Context): Promise<Page> {
  const { models: names } = await installation.history();
  const all = await Promise.all(
    names.map(async (model) => ({ model, generations: (await installation.history(model)).generations })),
  );
  return {
    title: "Models",
    live: "",
    data: { models: all.map(({ model, generations }) => ({ model, generation: generations[0] ?? null })) },
    body: html`
<div class="headline"><h1>Models</h1></div>
<p class="lead">Each registered model has a champion, a history and rollbacks of its own.</p>
<div class="grid" id="list" data-part>${card(
      { id: "models", title: "Registered models", columns: 12 },
      table(
        [
          { head: "Model" },
          { head: "In use" },
          { head: "Version", className: "wide" },
          {
            head: f1Head(all.some(({ generations }) => hasMacroScores(withScores(generations)))),
            numeric: true,
          },
          { head: "Since", className: "wide" },
          { head: "Generations", numeric: true, className: "wide" },
        ],
        all.map(({ model, generations: [newest, ...older] }) => [
          html`<a class="name" href="/models/${model}">${model}</a>`,
          newest
            ? html`<a href="/models/${model}/${newest.generation}">generation ${newest.generation}</a>`
            : "nothing yet",
          newest?.version ?? null,
          score(withScores(newest ? [newest, ...older] : [])[0]?.scores?.f1),
          newest ? instant(newest.at) : null,
          count(newest ? older.length + 1 : 0),
        ]),
        "runs",
      ),
    )}</div>`,
  };
}

/** The generations of one registered model, and how its scores have moved. */
export async function model({ installation }: Context, asked: Asked): Promise<Page> {
  const { model: name = "" } = asked.params;
  const { generations: all, models: names, traffic } = await historyOf(installation, name);
  const generations = await withLabels(installation, all);
  return {
    title: `Model ${name}`,
    data: {
      model: name,
      generations: generations.map(({ perLabel: _, ...entry }) => entry),
      models: names,
      traffic,
    },
    body: html`
${crumbs("/models", name)}
${done(asked)}
<div class="headline"><h1>${name}</h1></div>
<p class="lead">${
      generations[0]
        ? html`Generation <strong>${generations[0].generation}</strong> is in use since ${instant(generations[0].at)}, with a ${f1Head(hasMacroScores(generations))} of <strong>${score(generations[0].scores?.f1)}</strong> when it was judged.`
        : "No model has been promoted yet."
    }${traffic.newest?.arm && html` ${told(traffic, generations[0]?.generation ?? null)}`}</p>
<ul class="actions"><li><a class="button" href="/models/${name}/traffic">Traffic</a></li><li><a class="button" href="/models/${name}/monitor">What was answered</a></li></ul>
<div class="grid">
${generations.length > 1 ? f1OverTime(generations) : null}
${generations.length > 0 ? card({ id: "generations", title: "Generations", say: "Newest first. Each score is of the test notes of its own time.", columns: 12 }, log(name, generations)) : null}
</div>`,
  };
}

/** Of a model that is registered. Throws {@link NotFound}. */
export async function historyOf(installation: Installation, model: string): Promise<ModelHistory> {
  if (!isModelName(model)) throw new NotFound(`A registered model has ${modelNameExpectation}.`);
  const found = await installation.history(model);
  if (!found.models.includes(model)) throw new NotFound("There is no registered model of that name.");
  return found;
}

function f1OverTime(newestFirst: readonly LabelledGeneration[]): Html {
  const oldestFirst = newestFirst.toReversed();
  const labels = [...new Set(newestFirst.flatMap(({ perLabel }) => Object.keys(perLabel)))];
  const hasMacro = hasMacroScores(newestFirst);
  const lines = [
    { name: hasMacro ? "all (micro)" : "all", values: oldestFirst.map(({ scores }) => scores?.f1 ?? null) },
    ...labels.map((label) => ({
      name: label,
      values: oldestFirst.map(({ perLabel }) => perLabel[label]?.f1 ?? null),
    })),
  ];
  return card(
    {
      id: "trend",
      title: "F1 over the generations",
      say: "In all, and by label. Test notes differ from export to export: a small step may be theirs.",
      columns: 12,
    },
    trend(
      oldestFirst.map(({ generation }) => generation),
      lines,
    ),
  );
}

function log(name: string, generations: readonly LabelledGeneration[]): Html {
  return table(
    [
      { head: "Generation" },
      { head: "Action" },
      { head: "Version", className: "wide" },
      { head: "At", className: "wide" },
      { head: "Accuracy", numeric: true, className: "wide" },
      { head: f1Head(hasMacroScores(generations)), numeric: true },
      { head: "Why" },
    ],
    generations.map((entry, at) => [
      html`<a class="name" href="/models/${name}/${entry.generation}">${entry.generation}</a>${at === 0 && badge("in use")}`,
      entry.action,
      html`${entry.version}${!entry.kept && html`<small>bundle removed</small>`}`,
      instant(entry.at),
      score(entry.scores?.accuracy),
      score(entry.scores?.f1),
      why(entry),
    ]),
    "runs",
  );
}

/** By whom and why. */
export function why({ action, actor, approvedBy, execution, reason, overruled }: Generation): Html {
  const by = action === "promote" && execution ? html`<a href="/runs/${execution}">${execution}</a>` : actor;
  return html`${by}${approvedBy && html`, approved by ${approvedBy}`}${reason && html`: ${reason}`}${
    overruled && html`<small>overruled: ${[overruled.verdict, ...overruled.rules].join(", ")}</small>`
  }`;
}

/** How a generation came into use, by whom and why. */
export function howOf({ action, actor, approvedBy, reason, execution, overruled }: Generation): Html {
  const verdict =
    overruled && html`, although the gate said ${overruled.verdict} (${overruled.rules.join(", ")})`;
  const why = html`${verdict}${reason && html`: ${reason}`}`;
  if (approvedBy)
    return html`Approved by ${approvedBy}, from <a href="/runs/${execution}">${execution}</a>${why}`;
  if (action === "promote")
    return html`Promoted by the gate, from <a href="/runs/${execution}">${execution}</a>${why}`;
  return html`${action === "rollback" ? "Rolled back" : "Promoted by hand"} by ${actor}${why}`;
}
