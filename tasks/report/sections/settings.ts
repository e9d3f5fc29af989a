import { learnsBy, type Settings } from "../../../schemas/execution/settings.ts";
import { modelOf } from "../../../schemas/models/registered-models.ts";
import type { Setting } from "../../../schemas/tables/algorithms.ts";
import { badge, type Card, type Cell, card, pairs, table } from "../elements.ts";
import { count, duration } from "../format.ts";
import { html } from "../html.ts";
import type { RunView } from "../run-view.ts";

/** What the run ran with; what somebody asked for is marked. */
export function settingsSection(settings: Settings): Card {
  const { gate, export: source, changed } = settings;
  const row = (name: string, title: string, value: string | number | null): [string, Cell] => [
    title,
    changed.includes(name) ? html`${value ?? "–"} ${badge("changed")}` : value,
  ];
  const learnt: [Setting, string, string | number][] = [
    ["epochs", "Epochs", settings.epochs],
    ["learningRate", "Learning rate", settings.learningRate ?? "of the base model"],
    ["batchSize", "Batch size", settings.batchSize],
    ["maxSequenceLength", "Window, in word pieces", settings.maxSequenceLength],
  ];
  // What most runs have no use for: told where somebody asked for it.
  const asked: [string, string, string | number | null][] = [
    ["regularization", "Inverse penalty C", settings.regularization ?? null],
    ["patience", "Patience, in epochs", settings.patience ?? null],
    ["classWeights", "Class weights", settings.classWeights ?? null],
    ["thresholds", "A threshold for each", settings.thresholds ?? null],
    ["reject", "Coverage at precision", settings.reject ?? null],
    ["conflicts", "Texts with different classes", settings.conflicts ?? null],
  ];
  return card(
    {
      id: "settings",
      title: "Settings",
      say: changed.length > 0 ? "Marked: not the default" : "All of them the default",
      columns: 12,
    },
    pairs(
      [
        row("export", "Export", source.key),
        row("model", "Registered model", modelOf(settings)),
        row("baseModel", "Base model", settings.baseModel ?? "the deployment's"),
        row("algorithms", "Algorithms", settings.algorithms?.join(", ") ?? "those of the kind"),
        ...learnt.filter(([name]) => learnsBy(settings, name)).map((told) => row(...told)),
        ...asked.filter(([name]) => changed.includes(name)).map((told) => row(...told)),
        row("seed", "Seed", settings.seed),
        row("tuning", "Tuning", settings.tuning ? `${settings.tuning.trials} trials` : "none"),
        row("minSamples", "Fewest samples", count(settings.minSamples)),
        row("testFraction", "Test share", settings.testFraction),
        row("identifiedText", "Identifiers in texts", settings.identifiedText),
        row("gate.metric", "Decided by", gate.metric),
        row("gate.minimum", "Must be above", gate.minimum),
        row("gate.minimumImprovement", "Must be better by more than", gate.minimumImprovement),
        row("gate.confidence", "At a confidence of", gate.confidence ?? "any"),
        ...Object.entries(gate.labelMinimum ?? {}).map(([label, floor]): [string, Cell] => [
          `F1 of ${label} must be above`,
          floor,
        ]),
      ],
      "flow",
    ),
  );
}

/** What the jobs took, and cost where instances were rented. */
export function jobsSection({ jobs, cost, trials }: Pick<RunView, "jobs" | "cost" | "trials">): Card | null {
  if (!jobs || jobs.length === 0) return null;
  const several = (trials?.length ?? 0) > 1;
  const price = (usd: number | null) => (usd === null ? "not known" : `${usd.toFixed(2)} USD`);
  return card(
    {
      id: "jobs",
      title: "Jobs",
      say: cost
        ? `${price(cost.usd)} in all, at the list prices of ${cost.region} on ${cost.pricesAsOf}${
            cost.unpriced.length > 0 ? `; no price for ${cost.unpriced.join(", ")}` : ""
          }`
        : "No instance was rented for them",
      columns: 6,
    },
    table(
      [
        { head: "Job" },
        { head: "Instance", className: "wide" },
        { head: "Took", numeric: true },
        ...(cost ? [{ head: "Cost", numeric: true }] : []),
      ],
      jobs.map(({ state, trial, instanceType, instanceCount, seconds, usd }) => [
        several && trial !== undefined ? `${state}, trial ${trial}` : state,
        instanceCount > 1 ? `${instanceCount} × ${instanceType}` : instanceType,
        seconds === null ? "–" : duration(seconds),
        ...(cost ? [price(usd)] : []),
      ]),
    ),
  );
}
