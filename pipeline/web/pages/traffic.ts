import type { TrafficArm } from "../../../schemas/types.ts";
import type { Traffic } from "../../../tasks/models/traffic.ts";
import { card, pairs } from "../../../tasks/report/elements.ts";
import { instant } from "../../../tasks/report/format.ts";
import { type Html, html } from "../../../tasks/report/html.ts";
import { done } from "../done.ts";
import { crumbs } from "../layout.ts";
import type { Asked, Context, Page } from "../routes.ts";
import { historyOf } from "./models.ts";

/** Which generation answers beside the one in use: what pbp traffic show tells. */
export async function traffic({ installation }: Context, asked: Asked): Promise<Page> {
  const { model = "" } = asked.params;
  const { generations, traffic: found } = await historyOf(installation, model);
  const inUse = generations[0]?.generation ?? null;
  return {
    title: `Traffic of ${model}`,
    data: { model, traffic: found, inUse },
    body: html`
${crumbs(`/models/${model}`, "Traffic")}
${done(asked)}
<div class="headline"><h1>Traffic of ${model}</h1></div>
<p class="lead">${told(found, inUse)}</p>
<ul class="actions">${
      found.answers
        ? html`<li><a class="button grave" href="/models/${model}/traffic/stop">Stop it</a></li>`
        : null
    }<li><a class="button" href="/models/${model}/monitor">What was answered</a></li></ul>
<div class="grid">${entry(found)}</div>`,
  };
}

/** In a sentence, for the model's page too. */
export function told({ newest, answers, problem }: Traffic, inUse: number | null): Html | string {
  if (problem !== null) return problem;
  if (inUse === null) return "No model has been promoted yet.";
  if (!newest?.arm)
    return `Generation ${inUse} answers alone. Another one can be given a share from its own page.`;
  const { generation, weight, shadow } = newest.arm;
  if (!answers)
    return `Generation ${inUse} came into use since, which has ended the traffic of generation ${generation}.`;
  return shadow
    ? `Generation ${generation} also reads what ${weight} % of the callers send; generation ${inUse} answers.`
    : `Generation ${generation} answers ${weight} % of the callers, generation ${inUse} the others.`;
}

function entry({ newest }: Traffic): Html | null {
  if (!newest) return null;
  const { entry: number, at, actor, reason, arm } = newest;
  return card(
    {
      id: "entry",
      title: "What the log says",
      say: `Its entry ${number}, which is the newest.`,
      columns: 12,
    },
    pairs([["At", instant(at)], ["By", actor], ["Why", reason], ...(arm ? ofArm(arm) : [])], "flow"),
  );
}

const ofArm = ({ generation, version, beside, weight, shadow }: TrafficArm): [string, string][] => [
  ["Generation", String(generation)],
  ["Version", version],
  ["Beside generation", String(beside)],
  ["Share of the callers", `${weight} %`],
  ["What callers get", shadow ? "the answer of the generation in use" : "the answer of their generation"],
];
