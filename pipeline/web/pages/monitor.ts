import { badge, card, type Row, table } from "../../../tasks/report/elements.ts";
import { count, counted, score } from "../../../tasks/report/format.ts";
import { type Html, html } from "../../../tasks/report/html.ts";
import {
  confidenceWords,
  type Figures,
  type Monitor,
  type MonitoredArm,
  type ShadowFigures,
} from "../../monitor/monitor.ts";
import { readMonitor } from "../../monitor/read.ts";
import { crumbs } from "../layout.ts";
import type { Asked, Context, Page } from "../routes.ts";
import { historyOf } from "./models.ts";

const hoursDefault = 24;
const hoursMost = 24 * 366;
const spans = [
  [24, "Last day"],
  [168, "Last week"],
  [720, "Last 30 days"],
] as const;

/** What was answered lately: what pbp monitor tells. */
export async function monitorPage({ installation }: Context, { params, query }: Asked): Promise<Page> {
  const { model = "" } = params;
  await historyOf(installation, model);
  const asked = Number(query.get("hours"));
  const hours = Number.isInteger(asked) && asked > 0 && asked <= hoursMost ? asked : hoursDefault;
  const { served } = installation;
  const found = served === null ? null : await readMonitor(installation, { served, model, hours });
  return {
    title: `What ${model} answered`,
    data: found ?? { model, arms: [] },
    body: html`
${crumbs(`/models/${model}`, "What was answered")}
<div class="headline"><h1>What ${model} answered</h1></div>
<p class="lead">${lead(found, hours)}</p>
<ul class="actions">${spans.map(
      ([span, name]) =>
        html`<li><a class="button" href="/models/${model}/monitor?hours=${span}"${span === hours && html` aria-current="true"`}>${name}</a></li>`,
    )}</ul>
<div class="grid">${found?.arms.map(armCards)}${found?.shadow.map(shadowCard)}${found && comparison(found)}</div>`,
  };
}

function lead(found: Monitor | null, hours: number): string {
  if (found === null)
    return "What a service in AWS has counted lies where its PBP_SERVED leads: pbp monitor --served names that folder.";
  if (found.arms.length === 0) return `Nothing was answered in the last ${count(hours)} hours.`;
  return `In the last ${count(hours)} hours, by generation and arm. It decides nothing.`;
}

function armCards(one: MonitoredArm, at: number): Html {
  const { generation, arm, version, total, hours, expected, drift, score: said } = one;
  const drifted = drift.filter(({ exceeds }) => exceeds);
  const say = html`${version}, ${counted(total.answers, ["answer", "answers"])}. ${
    said &&
    html`By feedback on ${count(said.answers)}: ${said.metric} <strong>${score(said.score)}</strong>${said.lower !== null && ` (95 %: ${score(said.lower)} to ${score(said.upper)})`}.`
  }`;
  return html`${card(
    { id: `arm-${at}`, title: `Generation ${generation}, ${arm}`, say, columns: 12 },
    drifted.length > 0
      ? html`<ul>${drifted.map(({ message }) => html`<li>${badge("drifted")} ${message}</li>`)}</ul>`
      : null,
    hours.length > 0
      ? table(
          [
            { head: "Hour (UTC)" },
            { head: "Answers", numeric: true },
            { head: "Confidence", numeric: true },
            { head: "Below 50 %", numeric: true },
            { head: "Words", numeric: true, className: "wide" },
          ],
          [...hours.map((each): Row => [hourOf(each), ...figures(each)]), ["all", ...figures(total)]],
          "tight",
        )
      : null,
    Object.keys(total.labels).length > 0
      ? table(
          [{ head: "Label" }, { head: "Served", numeric: true }, { head: "Export", numeric: true }],
          Object.entries(total.labels).map(([label, share]) => [
            label,
            percent(share),
            percent(expected?.[label]),
          ]),
          "tight",
        )
      : null,
  )}`;
}

/** `2026-11-27T03` → `11-27 03:00`. */
const hourOf = ({ hour }: { hour: string }) => `${hour.slice(5).replace("T", " ")}:00`;

const figures = ({ answers, confidence, unsure, length }: Figures) => [
  count(answers),
  confidenceWords(confidence),
  percent(unsure),
  length && `${length.from} to ${length.to}`,
];

const shadowCard = ({ generation, beside, compared, same, labels }: ShadowFigures, at: number): Html =>
  card(
    {
      id: `shadow-${at}`,
      title: `Generation ${generation} in the shadow of ${beside}`,
      say: `${count(same)} of ${count(compared)} answers are the same.`,
      columns: 12,
    },
    labels.length > 0
      ? table(
          [
            { head: "Label" },
            { head: "Only the shadow", numeric: true },
            { head: "Only the answer", numeric: true },
          ],
          labels.map(({ label, added, dropped }) => [label, count(added), count(dropped)]),
          "tight",
        )
      : null,
  );

function comparison({ comparison: found }: Monitor): Html | null {
  if (!found) return null;
  const { generation, champion, metric, difference, lower, upper } = found;
  return card(
    {
      id: "comparison",
      title: "The arm against the champion",
      say: "By feedback, with the bootstrap of the quality gate.",
      columns: 12,
    },
    html`<p>Generation ${generation} against ${champion}: ${metric} ${signed(difference)}, from ${signed(lower)} to ${signed(upper)} with a confidence of 95 %.</p>`,
  );
}

const percent = (share: number | null | undefined) =>
  share === null || share === undefined ? null : `${(share * 100).toFixed(1)} %`;
const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
