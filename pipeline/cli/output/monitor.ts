import { ofModel } from "../../../schemas/models/registered-models.ts";
import { count, counted } from "../../../tasks/report/format.ts";
import {
  confidenceWords,
  type Figures,
  type Monitor,
  type MonitoredArm,
  type ShadowFigures,
} from "../../monitor/monitor.ts";
import { score, table, wrap } from "./tables.ts";

/** What the folder's counters say, for people. */
export function monitorText({ model, from, arms, shadow, comparison, unreadable }: Monitor): string {
  if (arms.length === 0) return `Nothing${ofModel(model)} was answered since ${from}:00 UTC.`;
  return [
    `Answers${ofModel(model)} since ${from}:00 UTC.`,
    ...arms.flatMap(armText),
    ...shadow.map(shadowText),
    ...(comparison
      ? [
          wrap(
            `The arm (generation ${comparison.generation}) against the champion (${comparison.champion}), by feedback: ${comparison.metric} ${signed(comparison.difference)}, from ${signed(comparison.lower)} to ${signed(comparison.upper)} with a confidence of 95 %.`,
          ),
        ]
      : []),
    ...(unreadable > 0 ? [`${count(unreadable)} files or lines could not be read.`] : []),
  ].join("\n\n");
}

/** How a generation answered, in words. */
const armName = ({ generation, arm }: Pick<MonitoredArm, "generation" | "arm">) =>
  `Generation ${generation}, ${arm}`;

function armText(one: MonitoredArm): string[] {
  const { total, hours, expected, drift, score: said } = one;
  const numeric = true;
  const byHour = table(
    [
      { head: "Hour (UTC)" },
      { head: "Answers", numeric },
      { head: "Confidence", numeric },
      { head: "Below 50 %", numeric },
      { head: "Words", numeric },
    ],
    [...hours.map((each) => [each.hour, ...figures(each)]), ["all", ...figures(total)]],
  );
  const labels = table(
    [{ head: "Label" }, { head: "Served", numeric }, { head: "Export", numeric }],
    Object.entries(total.labels).map(([label, share]) => [label, percent(share), percent(expected?.[label])]),
  );
  const told = drift.filter(({ exceeds }) => exceeds).map(({ message }) => wrap(message, "  "));
  const none =
    expected === null
      ? "No export's profile is kept with this version, so there is nothing to compare with."
      : drift.every(({ limit }) => limit === null)
        ? "Too few callers to say whether it drifted."
        : "Nothing drifted from the export that it was trained on.";
  return [
    `${armName(one)} (${one.version})`,
    ...(hours.length > 0 ? [byHour] : []),
    ...(Object.keys(total.labels).length > 0 ? [labels] : []),
    ...(hours.length > 0 ? [told.length > 0 ? ["Drifted:", ...told].join("\n") : none] : []),
    ...(said
      ? [
          `Feedback on ${counted(said.answers, ["answer", "answers"])}: ${said.metric} ${score(said.score)}${said.lower === null ? "" : ` (95 %: ${score(said.lower)} to ${score(said.upper)})`}, ${count(said.exact)} wholly right.`,
        ]
      : []),
  ];
}

const figures = ({ answers, confidence, unsure, length }: Figures) => [
  count(answers),
  confidenceWords(confidence),
  percent(unsure),
  length === null ? "" : length.from === length.to ? `${length.from}` : `${length.from} to ${length.to}`,
];

function shadowText({ generation, beside, compared, same, labels }: ShadowFigures): string {
  const differ = labels.map(({ label, added, dropped }) => [label, count(added), count(dropped)]);
  return `Generation ${generation} in the shadow of ${beside}: ${count(same)} of ${count(compared)} answers are the same.${
    differ.length === 0
      ? ""
      : `\n${table([{ head: "Label" }, { head: "Only the shadow", numeric: true }, { head: "Only the answer", numeric: true }], differ)}`
  }`;
}

const percent = (share: number | null | undefined) =>
  share === null || share === undefined ? "" : `${(share * 100).toFixed(1)} %`;

const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
