import type { LabelScores, PromotionRecord, Verdict } from "../../schemas/types.ts";
import type { Generation } from "../../tasks/models/history.ts";
import type { Installation } from "../installation.ts";
import { readStored } from "./stored.ts";

type Judged = NonNullable<PromotionRecord["verdict"]>;

/** A generation, and what its version scored when it was judged; null for one that never was. */
export type ScoredGeneration = Generation & { scores: Omit<Judged, "key"> | null };

/** The same with the scores of each label; none where the verdict is not kept any more. */
export type LabelledGeneration = ScoredGeneration & { perLabel: Record<string, LabelScores> };

/** The generations with their scores. A rollback was judged by nobody; its version was, when it first came into use. */
export function withScores(generations: readonly Generation[]): ScoredGeneration[] {
  const judged = judgedVersions(generations);
  return generations.map((entry) => {
    const verdict = judged.get(entry.version);
    if (!verdict) return { ...entry, scores: null };
    const { key: _, ...scores } = verdict;
    return { ...entry, scores };
  });
}

/** Of a model of classes. */
export const hasMacroScores = (generations: readonly ScoredGeneration[]) =>
  generations.some(({ scores }) => scores?.macroF1 !== undefined);

/** How the scores of each label have moved over the generations of a registered model, newest first. */
export async function withLabels(
  installation: Installation,
  generations: readonly Generation[],
): Promise<LabelledGeneration[]> {
  const { store } = installation;
  // A version that came into use again was judged once.
  const verdicts = new Map<string, Record<string, LabelScores>>();
  await Promise.all(
    [...judgedVersions(generations)].map(async ([version, { key }]) => {
      // One that cannot be read leaves a gap in its curve; the log has the scores of the whole.
      const verdict = await readStored<Verdict>(store, key).catch(() => null);
      const labels = Object.entries(verdict?.perLabel ?? {});
      verdicts.set(version, Object.fromEntries(labels.map(([label, { challenger }]) => [label, challenger])));
    }),
  );
  return withScores(generations).map((entry) => ({ ...entry, perLabel: verdicts.get(entry.version) ?? {} }));
}

function judgedVersions(generations: readonly Generation[]): Map<string, Judged> {
  return new Map(generations.flatMap(({ version, verdict }) => (verdict ? [[version, verdict]] : [])));
}
