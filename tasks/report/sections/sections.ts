// Which sections a run has, in the order in which an operator asks.
import type { Html } from "../html.ts";
import type { RunView } from "../run-view.ts";
import { labelsSection } from "./labels.ts";
import { scoresSection } from "./scores.ts";
import { verdictSection } from "./verdict.ts";

export function sectionsOf({ files }: RunView): (Html | null)[] {
  const { verdict, evaluation, profile, spread } = files;
  return [
    verdict && verdictSection(verdict),
    verdict && scoresSection(verdict, { evaluation, spread }),
    verdict && labelsSection(verdict, { evaluation, profile }),
  ];
}
