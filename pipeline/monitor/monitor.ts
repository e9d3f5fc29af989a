// What was answered lately, by generation and arm: how much, how sure, how long the texts were, and whether it is still like
// what the model was trained on. It decides nothing.
import type { Comparison, FeedbackRecord, Profile, Served, ServedCounts } from "../../schemas/types.ts";
import { type Compared, type DriftFinding, driftBetween, driftOf } from "../../tasks/drift/drift.ts";
import { noParts, sumOf } from "../../tasks/preprocess/profile/parts.ts";
import { addedUp, type Counted } from "./added.ts";
import { compareArms, type Score, scoreOf } from "./scores.ts";
import type { ReadServed } from "./served.ts";

/** Of an hour, or of all. `unsure`: share of keyphrases or classes with a confidence below 50 %. */
export type Figures = {
  answers: number;
  /** Of the mean: counters keep a confidence to five percentage points. */
  confidence: { from: number; to: number } | null;
  unsure: number | null;
  /** Of the bin that has the middle answer, in words and punctuation marks. */
  length: { from: number; to: number } | null;
  labels: Record<string, number>;
};

export type MonitoredArm = {
  generation: number;
  version: string;
  arm: Served["arm"];
  total: Figures;
  hours: ({ hour: string } & Figures)[];
  /** Share of each label in the export that the model was trained on; null without a profile. */
  expected: Record<string, number> | null;
  /** Against that export, and of the confidence, which no export has, the later half of the hours against the earlier. */
  drift: DriftFinding[];
  score: Score | null;
};

export type ShadowFigures = ServedCounts["shadow"][number];

export type Monitor = {
  model: string;
  from: string;
  arms: MonitoredArm[];
  shadow: ShadowFigures[];
  /** The arm against the champion that it answered beside, by feedback; null with too little. */
  comparison: (Comparison & { generation: number; champion: number }) | null;
  unreadable: number;
};

/** `profileOf`: of a version's export; null where none is kept. */
export async function monitor(
  model: string,
  from: string,
  served: ReadServed,
  profileOf: (version: string) => Promise<Profile | null>,
): Promise<Monitor> {
  const keyOf = ({ generation, arm }: { generation: number; arm: string }) => `${generation} ${arm}`;
  const rows = served.counts.flatMap(({ hour, kind, served: all }) =>
    all.map((one) => ({ ...one, hour, kind })),
  );
  const counted = Map.groupBy(rows, keyOf);
  const said = Map.groupBy(served.feedback, keyOf);
  const arms: MonitoredArm[] = [];
  // What is said of an answer may come days after it was counted.
  for (const key of new Set([...counted.keys(), ...said.keys()])) {
    const all = counted.get(key) ?? [];
    const feedback = said.get(key) ?? [];
    const { generation, version, arm, kind } = (all[0] ?? feedback[0])!;
    const hours = [...Map.groupBy(all, ({ hour }) => hour)].map(([hour, counts]) => ({
      hour,
      ...addedUp(counts),
    }));
    const total = addedUp(all);
    const profile = all.length === 0 ? null : await profileOf(version);
    arms.push({
      generation,
      version,
      arm,
      total: figuresOf(total),
      hours: hours.map((one) => ({ hour: one.hour, ...figuresOf(one) })),
      expected: profile && sharesOf(profile.labels),
      drift: [
        ...(profile ? driftBetween(asProfile(kind, total), asProfile(kind, profile), names) : []),
        ...confidenceDrift(hours),
      ],
      score: scoreOf(feedback),
    });
  }
  arms.sort((one, other) => other.generation - one.generation || (one.arm < other.arm ? 1 : -1));
  return {
    model,
    from,
    arms,
    shadow: shadowOf(served.counts),
    comparison: comparisonOf(arms, served.feedback),
    unreadable: served.unreadable,
  };
}

const names = { one: "what was served", other: "the export that it was trained on" };

/** Labels, annotations and lengths as an export's profile has them. Of facets and windows the service counts nothing. */
const asProfile = (
  kind: Profile["kind"],
  { labels, annotations, lengths }: Pick<Counted, "labels" | "annotations" | "lengths">,
): Compared => ({
  profile: {
    kind,
    labels: labels.map(({ label, parts }) => ({
      label,
      documents: { train: 0, validation: 0, test: 0 },
      items: sumOf(parts),
      parts,
    })),
    annotations,
    lengths,
    windows: null,
    facets: [],
  },
  embeddings: null,
});

/** How many comparisons a generation's drift is made of: labels, annotations, lengths, confidence, and one to spare. */
const COMPARISONS = 5;

function confidenceDrift(hours: readonly Counted[]): DriftFinding[] {
  const half = Math.floor(hours.length / 2);
  const [earlier, later] = [hours.slice(0, half), hours.slice(half)].map((some) => addedUp(some).confidences);
  if (earlier!.length === 0 || later!.length === 0) return [];
  const starts = [...new Set([...earlier!, ...later!].map(({ from }) => from))].sort((a, b) => a - b);
  if (starts.length < 2) return [];
  const values = (bins: Counted["confidences"]) =>
    starts.map((from) => [...(bins.find((bin) => bin.from === from)?.parts ?? noParts())]);
  const pair = {
    what: "confidence",
    noun: "keyphrases or classes",
    names: starts.map((from) => `from ${from} %`),
    one: values(later!),
    other: values(earlier!),
  };
  return [driftOf(pair, COMPARISONS, { one: "the later half of these hours", other: "the earlier half" })];
}

/** For people, in a cell of a table: empty where nothing was counted. */
export const confidenceWords = (confidence: Figures["confidence"]) =>
  confidence === null ? "" : `${Math.round(100 * confidence.from)} to ${Math.round(100 * confidence.to)} %`;

function figuresOf({ answers, labels, lengths, confidences }: Counted): Figures {
  const items = confidences.reduce((sum, { documents }) => sum + documents, 0);
  const sumFrom = confidences.reduce((sum, { from, documents }) => sum + from * documents, 0);
  const sumTo = confidences.reduce((sum, { to, documents }) => sum + to * documents, 0);
  const unsure = confidences.filter(({ to }) => to < 50).reduce((sum, { documents }) => sum + documents, 0);
  return {
    answers,
    confidence: items === 0 ? null : { from: sumFrom / items / 100, to: sumTo / items / 100 },
    unsure: items === 0 ? null : unsure / items,
    length: medianBin(lengths),
    labels: sharesOf(labels),
  };
}

function medianBin(bins: Counted["lengths"]): Figures["length"] {
  const all = bins.reduce((sum, { documents }) => sum + documents, 0);
  let passed = 0;
  for (const { from, to, documents } of bins) {
    passed += documents;
    if (2 * passed >= all) return { from, to };
  }
  return null;
}

function sharesOf(labels: readonly { label: string; parts: readonly number[] }[]): Record<string, number> {
  const all = labels.reduce((sum, { parts }) => sum + sumOf(parts), 0);
  return Object.fromEntries(labels.map(({ label, parts }) => [label, all === 0 ? 0 : sumOf(parts) / all]));
}

function shadowOf(counts: readonly ServedCounts[]): ShadowFigures[] {
  const groups = Map.groupBy(
    counts.flatMap(({ shadow }) => shadow),
    ({ generation, beside }) => `${generation} ${beside}`,
  );
  return [...groups.values()].map((all) => {
    const labels = Map.groupBy(
      all.flatMap((one) => one.labels),
      ({ label }) => label,
    );
    const sum = (field: "compared" | "same") => all.reduce((total, one) => total + one[field], 0);
    return {
      generation: all[0]!.generation,
      beside: all[0]!.beside,
      compared: sum("compared"),
      same: sum("same"),
      labels: [...labels].map(([label, these]) => ({
        label,
        added: these.reduce((total, { added }) => total + added, 0),
        dropped: these.reduce((total, { dropped }) => total + dropped, 0),
      })),
    };
  });
}

/** The newest arm that anybody has said something of, against the newest champion of which the same holds. */
function comparisonOf(
  arms: readonly MonitoredArm[],
  feedback: readonly FeedbackRecord[],
): Monitor["comparison"] {
  const newest = (wanted: string) => arms.find(({ arm, score }) => arm === wanted && score !== null);
  const [arm, champion] = [newest("arm"), newest("champion")];
  if (!arm || !champion) return null;
  const of = (one: MonitoredArm) =>
    feedback.filter(({ generation, arm }) => generation === one.generation && arm === one.arm);
  const compared = compareArms(of(arm), of(champion));
  return compared && { ...compared, generation: arm.generation, champion: champion.generation };
}
