import { f1Head, hasMacroF1 } from "../../schemas/tables/kinds.ts";
import { badge, type Cell, type Column, table } from "../../tasks/report/elements.ts";
import { duration, instant, score, signed } from "../../tasks/report/format.ts";
import { type Html, html } from "../../tasks/report/html.ts";
import { outcomeOf, outcomeWord } from "../../tasks/report/outcome.ts";
import type { RunEntry } from "../results/runs.ts";
import { progressBar } from "./progress.ts";

/** The runs of a list, the way to each of them, and what an operator compares them by. */
export function runsTable(runs: readonly RunEntry[], { showsModel }: { showsModel: boolean }): Html {
  const hasClasses = runs.some(({ kind }) => kind !== null && hasMacroF1(kind));
  const columns: Column[] = [
    { head: "Run" },
    ...(showsModel ? [{ head: "Model", className: "wide" }] : []),
    { head: "Outcome" },
    { head: f1Head(hasClasses), numeric: true },
    { head: "Epochs", numeric: true, className: "wide" },
    { head: "Started", className: "wide" },
    { head: "Took", numeric: true },
  ];
  return table(
    columns,
    runs.map((run): Cell[] => [
      html`<a class="name" href="/runs/${run.execution}">${run.execution}</a>${run.inUse && badge("in use")}${
        run.reason && html`<small>${run.reason}</small>`
      }`,
      ...(showsModel ? [run.model] : []),
      html`${outcomeWord(outcomeOf(run.status, run.verdict, run.approval))}${run.error && html`<small>${run.error}</small>`}${run.progress.map(progressBar)}`,
      f1(run),
      run.settings?.epochs ?? null,
      instant(run.startedAt),
      took(run),
    ]),
    "runs",
  );
}

/** With its distance from the champion that was in use then. */
function f1({ metrics }: RunEntry): Cell {
  if (!metrics) return null;
  const { challenger, champion } = metrics;
  if (!champion) return score(challenger.f1);
  const difference = challenger.f1 - champion.f1;
  const side = difference < 0 ? "down" : difference > 0 && "up";
  return html`${score(challenger.f1)}<small class="${side}">${signed(difference)}</small>`;
}

const took = ({ startedAt, endedAt }: RunEntry): Cell =>
  endedAt === null ? null : duration((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
