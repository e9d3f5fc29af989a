// Which sections a run has, in the order in which an operator asks.
import type { Card } from "../elements.ts";
import type { RunView } from "../run-view.ts";
import { balanceSection, dataSection, lengthSection } from "./data.ts";
import { labelsSection } from "./labels.ts";
import { nextSection } from "./next.ts";
import { careSection, scoresSection } from "./scores.ts";
import { jobsSection, settingsSection } from "./settings.ts";
import { trialsSection } from "./trials.ts";
import { verdictSection } from "./verdict.ts";

export function sectionsOf(view: RunView): (Card | null)[] {
  const { files, settings, trials } = view;
  const { verdict, evaluation, profile, spread } = files;
  return [
    verdict && verdictSection(verdict),
    verdict && scoresSection(verdict, { evaluation, spread }),
    verdict && labelsSection(verdict, { evaluation, profile }),
    trials && trialsSection(trials),
    evaluation && careSection(evaluation),
    dataSection(files),
    profile && balanceSection(profile),
    profile && lengthSection(profile),
    jobsSection(view),
    settings && settingsSection(settings),
    nextSection(view),
  ];
}
