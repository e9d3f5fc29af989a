import { type Baseline, f1Head, hasMacroF1, wordsOf } from "../../../schemas/tables/kinds.ts";
import type { Coverage, Evaluation, ModelScores, Scores, Verdict } from "../../../schemas/types.ts";
import { type Card, type Column, card, pairs, table } from "../elements.ts";
import { capital, count, counted, percent, score } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { Spread } from "../spread.ts";
import { linear } from "../svg/chart.ts";
import { histogram } from "../svg/histogram.ts";

/** The challenger, the model that was in use, and answers that need no model, all on the same test documents. */
export function scoresSection(
  verdict: Verdict,
  { evaluation, spread }: { evaluation: Evaluation | null; spread: Spread | null },
): Card {
  const words = wordsOf(verdict.kind);
  const { counts, metrics, championGeneration } = verdict;
  const hasMacro = hasMacroF1(verdict.kind);
  const aside = hasMacro ? { className: "wide" } : {};
  const columns: Column[] = [
    { head: "Model" },
    { head: "Accuracy", numeric: true },
    // With one column more, a phone has no room for these two.
    { head: "Precision", numeric: true, ...aside },
    { head: "Recall", numeric: true, ...aside },
    { head: f1Head(hasMacro), numeric: true },
    ...(hasMacro ? [{ head: "Macro F1", numeric: true }] : []),
  ];
  const row = (name: string, remark: string, scores: Scores | null) => [
    html`${name} <small>${remark}</small>`,
    score(scores?.accuracy),
    score(scores?.precision),
    score(scores?.recall),
    score(scores?.f1),
    ...(hasMacro ? [score(scores?.macroF1)] : []),
  ];
  const baselines = Object.entries(metrics.baselines).map(([baseline, scores]) =>
    row(capital(words.baselines[baseline as Baseline]?.row ?? baseline), "", scores),
  );
  return card(
    { id: "scores", title: "Scores", say: testSet(verdict), columns: 7 },
    table(
      columns,
      [
        { look: "own", cells: row("Challenger", "this run", metrics.challenger) },
        championGeneration === null
          ? { look: "off", cells: row("Champion", "none yet", null) }
          : row("Champion", `generation ${count(championGeneration)}`, metrics.champion),
        ...baselines.map((cells) => ({ look: "off", cells })),
      ],
      "scores",
    ),
    html`<p class="note">${words.scoresSay}${
      counts.excludedDocuments > 0
        ? ` ${counted(counts.excludedDocuments, ["test document is", "test documents are"])} left out, because the champion was trained on them.`
        : null
    }</p>`,
    spread && howSure(spread, verdict),
    separatedBy(evaluation?.separatedBy),
  );
}

function testSet({ kind, counts }: Verdict): string {
  const { unit, item } = wordsOf(kind);
  const parts = [
    counted(counts.documents, ["test document", "test documents"]),
    ...(unit[1] === "documents" ? [] : [counted(counts.units, unit)]),
    ...(item[1] === "documents" ? [] : [counted(counts.items, item)]),
  ];
  return `${parts.join(", ")}; the same for every model`;
}

function howSure({ metric, level, lower, upper, resamples, histogram: drawn }: Spread, { kind }: Verdict) {
  const name = metric === "f1" && !hasMacroF1(kind) ? "F1" : nameOf(metric);
  const sentence = `${percent(level)} of ${count(resamples)} resamples of the test documents lie between ${score(lower)} and ${score(upper)}.`;
  const width = (drawn.to - drawn.from) / drawn.bins.length;
  const bins = drawn.bins.map((value, at) => {
    const middle = drawn.from + (at + 0.5) * width;
    return { value, faint: middle < lower || middle > upper };
  });
  const x = linear(drawn.from, drawn.to);
  return html`<div class="beside"><div><h3>How sure is ${name}?</h3><p class="say">${percent(level)} of ${count(resamples)} resamples of the test documents lie between <strong>${score(lower)}</strong> and <strong>${score(upper)}</strong>.</p></div>${histogram(
    sentence,
    bins,
    // Of a model that finds nothing, all resamples have one score.
    score(lower) === score(upper)
      ? [{ at: x(lower), text: score(lower) }]
      : [
          { at: x(lower), text: score(lower), anchor: "start" },
          { at: x(upper), text: score(upper), anchor: "end" },
        ],
    84,
  )}</div>`;
}

const nameOf = (metric: Spread["metric"]) =>
  ({ accuracy: "accuracy", f1: "micro F1", macroF1: "macro F1" })[metric];

/** Of classes: what decides nothing, and says how far the answers can be relied on. */
export function careSection({
  challenger,
  champion,
}: Pick<Evaluation, "challenger" | "champion">): Card | null {
  const rows: [string, Html][] = [];
  const add = (name: string, figure: (model: ModelScores) => string | null) => {
    const now = figure(challenger);
    if (now === null) return;
    const then = champion && figure(champion);
    rows.push([name, html`${now}${then && html` <small class="off">champion ${then}</small>`}`]);
  };
  const share = (value: number | undefined) => (value === undefined ? null : percent(value));
  add("All classes of a document right", (model) => share(model.subsetAccuracy));
  add("Documents without an answer", (model) => share(model.emptyPredictions));
  add("Calibration error", (model) =>
    model.calibrationError === undefined ? null : score(model.calibrationError),
  );
  const wanted = challenger.coverage?.precision ?? champion?.coverage?.precision;
  if (challenger.coverage !== undefined && wanted !== undefined)
    add(`Can go on without a person, if ${percent(wanted)} are to be right`, ({ coverage }) =>
      coverage ? coveredBy(coverage) : "none",
    );
  add("Labels without a test document", ({ withoutSupport }) =>
    withoutSupport === undefined ? null : count(withoutSupport.length),
  );
  if (rows.length === 0) return null;
  return card(
    { id: "care", title: "How far to rely on it", say: "It decides nothing.", columns: 6 },
    pairs(rows),
  );
}

/** The precision was asked for on the validation side; on the test side it is what it is. */
const coveredBy = ({ share, reached }: Coverage) =>
  typeof reached === "number" ? `${percent(share)}, and ${percent(reached)} of these are` : percent(share);

function separatedBy(found: { word: string; documents: number } | undefined): Html | null {
  if (!found) return null;
  return html`<p class="warning">One word tells the classes apart almost by itself, in ${counted(found.documents, ["document", "documents"])}: a heading or a template of the export, which the model may have learned instead of the content. metrics.json names the word.</p>`;
}
