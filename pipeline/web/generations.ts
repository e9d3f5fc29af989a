import type { LabelScores, Verdict } from "../../schemas/types.ts";
import type { Generation } from "../../tasks/models/history.ts";
import type { Installation } from "../installation.ts";
import { readStored } from "../results/stored.ts";

/** A generation, and what its version scored when it was judged: a rollback was judged by nobody itself. */
export type Scored = Generation & {
  scores: { accuracy: number; f1: number } | null;
  perLabel: Record<string, LabelScores>;
};

/** Newest first. */
export async function scoredGenerations(
  installation: Installation,
  all: readonly Generation[],
): Promise<Scored[]> {
  return Promise.all(
    all.map(async (entry) => {
      const { verdict: judged } =
        all.find(({ version, verdict }) => version === entry.version && verdict) ?? entry;
      const verdict = judged && (await readStored<Verdict>(installation.store, judged.key).catch(() => null));
      const labels = Object.entries(verdict?.perLabel ?? {});
      return {
        ...entry,
        scores: judged && { accuracy: judged.accuracy, f1: judged.f1 },
        perLabel: Object.fromEntries(labels.map(([label, { challenger }]) => [label, challenger])),
      };
    }),
  );
}
