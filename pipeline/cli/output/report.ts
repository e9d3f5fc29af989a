import { adviceIn, isExplained } from "../../../schemas/execution/advice.ts";
import { modelOf } from "../../../schemas/models/registered-models.ts";
import { oneLine } from "../../../schemas/printable.ts";
import { kindOf, metricAdvice, wordsOf } from "../../../schemas/tables/kinds.ts";
import type { Verdict } from "../../../schemas/types.ts";
import { count, duration } from "../../../tasks/report/format.ts";
import { isWarning } from "../../../tasks/report/outcome.ts";
import { publicationInWords, registrationInWords } from "../../../tasks/report/published.ts";
import type { Results } from "../../results/results.ts";
import { endedBadly, type Summary } from "../../results/summary.ts";
import { settings } from "../settings.ts";
import { classCounts } from "../validation.ts";
import { curves } from "./curve.ts";
import { driftSince } from "./drift.ts";
import { describe } from "./progress.ts";
import { cost, failedJobs, fileSystem, rentedJobs } from "./rented.ts";
import { errorFigures, figures, labels, scores } from "./scores.ts";
import { moment, pairs, score, table, wrap } from "./tables.ts";
import { findings, training } from "./training.ts";
import { trials } from "./trials.ts";

/** An execution for people: history with durations, data, metrics, verdict with reasons, and where the bundle lies. */
export function reportOf(results: Results): string {
  const { description, summary, options } = results;
  const { verdict } = results.files;
  const parts = [head(description, summary), ...settings(summary), states(description)];
  parts.push(...rentedJobs(summary));
  parts.push(...failedJobs(summary, options));
  if (summary.report) parts.push(data(summary));
  // The trials of a curve are its points.
  if (summary.curves.length === 0) parts.push(...trials(summary));
  parts.push(...training(results), ...curves(summary.curves), ...findings(summary.findings));
  if (verdict)
    parts.push(
      scores(verdict),
      ...figures(verdict, summary),
      labels(verdict, summary),
      ...errorFigures(kindOf(verdict), summary, options),
      decision(verdict),
    );
  if (summary.drift) parts.push(driftSince(summary.drift));
  if (summary.approval) parts.push(approval(summary.execution, summary.approval, options));
  if (summary.bundle) parts.push(promotion(summary));
  if (summary.publication) parts.push(wrap(publicationInWords(summary.publication)));
  if (summary.registration) parts.push(wrap(registrationInWords(summary.registration)));
  parts.push(...summary.warnings.map((warning) => wrap(`Warning: ${oneLine(warning)}`)));
  if (summary.error)
    parts.push(
      [
        wrap(oneLine(`${summary.error.name}: ${summary.error.message}`)),
        ...(isExplained(summary.error.name)
          ? [`docs/runbook.md explains it under ${summary.error.name}.`]
          : []),
      ].join("\n"),
    );
  const { execution, status, error } = summary;
  if (endedBadly(status)) {
    const { say, type } = adviceIn(
      { execution, status, error: error?.name ?? null, model: modelOf(summary.settings ?? {}) },
      options,
    );
    // On a line of its own, to be copied.
    parts.push(type === null ? say : `${say}:\n  ${type}`);
  }
  return parts.join("\n\n");
}

function head(description: Results["description"], summary: Summary): string {
  const ended = description.stopDate ?? new Date().toISOString();
  const seconds = (Date.parse(ended) - Date.parse(description.startDate)) / 1000;
  const { redriveCount } = description;
  const rows: [string, string][] = [
    ["Execution", summary.execution],
    ["Status", summary.status],
    ["Started", `${moment(description.startDate)} UTC`],
    ["Took", duration(seconds)],
  ];
  if (redriveCount > 0) rows.push(["Resumed", redriveCount === 1 ? "once" : `${redriveCount} times`]);
  for (const [index, now] of summary.progress.entries())
    rows.push([
      index === 0 ? "Now" : "",
      `${now.state} ${now.trial === undefined ? "" : `${now.trial}: `}${describe(now)}`,
    ]);
  if (summary.cost) rows.push(["Cost", cost(summary.cost)]);
  if (summary.fileSystem) rows.push(["Models", fileSystem(summary.fileSystem)]);
  return pairs(rows);
}

function states({ states: visits }: Results["description"]): string {
  const inside = new Set(["Embed", "EmbedFailed", "Trials", "Train", "TrainFailed", "TrialsFailed"]);
  return table(
    [{ head: "State" }, { head: "Entered" }, { head: "Took", numeric: true }],
    visits
      // A Choice and a Pass do nothing that takes time.
      .filter(({ type }) => type !== "Choice" && type !== "Pass")
      .map(({ name, trial, enteredDate, seconds }) => [
        [...(inside.has(name) ? ["·"] : []), name, ...(trial === undefined ? [] : [trial])].join(" "),
        enteredDate.slice(11, 19),
        seconds === null ? "not finished" : duration(seconds),
      ]),
  );
}

function data({ report, embeddings }: Summary): string {
  if (!report) return "";
  const { spans, tokens } = report;
  const rows: [string, string][] = [
    [
      "Records",
      `${count(report.records)}, of these ${count(report.rejected)} rejected, ${count(report.unannotated)} without annotation, ${count(report.duplicates.records)} repeated`,
    ],
  ];
  if (spans && tokens)
    rows.push([
      "Spans",
      `${count(spans.read)} read, ${count(spans.kept)} kept; gold tokens lost: ${count(tokens.goldLost)}`,
    ]);
  if (report.classes) rows.push(["Classes", classCounts(report.classes)]);
  if (embeddings)
    rows.push([
      "Embeddings",
      `${count(embeddings.texts)} texts: ${count(embeddings.embedded)} embedded, ${count(embeddings.reused)} reused`,
    ]);
  return pairs(rows);
}

/** What a person decided, or has to. */
function approval(execution: string, { asked, decision }: NonNullable<Summary["approval"]>, options: string) {
  if (decision) {
    const said = `${decision.decision === "approved" ? "Approved" : "Declined"} ${moment(decision.at)} UTC`;
    return [`${said}:`, wrap(`by ${decision.by}: ${oneLine(decision.reason)}`, "  ")].join("\n");
  }
  const who = asked === "four-eyes" ? "someone other than the person who started it" : "a person";
  return [
    wrap(`Awaiting approval by ${who}. The model in use stays until then:`),
    `  pbp approve ${execution} --reason "why"${options}`,
    `  pbp decline ${execution} --reason "why"${options}`,
  ].join("\n");
}

/** How the model came into use, and for a forced one who overruled what. */
function promotion({ generation, bundle, forced }: Summary): string {
  if (!forced) return `Promoted as generation ${generation}:\n  ${bundle}`;
  const { actor, reason, overruled } = forced;
  const lines = [`Promoted by hand as generation ${generation}:`, `  ${bundle}`];
  lines.push(wrap(`by ${oneLine(actor)}: ${oneLine(reason)}`, "  "));
  if (overruled) lines.push(wrap(`overruled: ${[overruled.verdict, ...overruled.rules].join(", ")}`, "  "));
  return lines.join("\n");
}

function decision(verdict: Verdict): string {
  const reasons = verdict.reasons.map(({ passed, message }) =>
    wrap(message, "    ").replace("   ", `  ${isWarning(message) ? "!" : passed ? "✓" : "✗"}`),
  );
  const advice = metricAdvice(kindOf(verdict), verdict.policy.metric);
  const lines = [`Verdict: ${verdict.verdict}`, ...reasons, ...bootstrap(verdict)];
  return [...lines, ...(advice === null ? [] : [wrap(advice, "  ")])].join("\n");
}

function bootstrap({ comparison, ...verdict }: Verdict): string[] {
  if (!comparison) return [];
  const { metric, difference, level, lower, upper, probabilityBetter, smallestDetectable } = comparison;
  const name = wordsOf(kindOf(verdict)).metrics[metric] ?? metric;
  const interval = `${Math.round(level * 1000) / 10} % interval ${signed(lower)} to ${signed(upper)}`;
  return [
    `Challenger minus champion: ${name} ${signed(difference)}, ${interval}; better with probability ${probabilityBetter.toFixed(2)}.`,
    `The smallest difference that this test set could have shown: ${score(smallestDetectable)}.`,
  ].map((text) => wrap(text, "  "));
}

const signed = (value: number) => `${value < 0 ? "−" : "+"}${score(Math.abs(value))}`;
