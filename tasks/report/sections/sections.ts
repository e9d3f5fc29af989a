// Which sections a run has, in the order in which an operator asks.
import type { Card } from "../elements.ts";
import type { RunView } from "../run-view.ts";
import { boundariesSection, confusionSection } from "./confusion.ts";
import { curveSection } from "./curve.ts";
import { balanceSection, dataSection, lengthSection } from "./data.ts";
import { driftSection } from "./drift.ts";
import { labelsSection } from "./labels.ts";
import { learningSection } from "./learning.ts";
import { nextSection } from "./next.ts";
import { careSection, scoresSection } from "./scores.ts";
import { jobsSection, settingsSection } from "./settings.ts";
import { sliceSections } from "./slices.ts";
import { trialsSection } from "./trials.ts";
import { verdictSection } from "./verdict.ts";

type Cards = (Card | null | undefined | false)[];

/** Those before the states of the run, which only its history knows, and those after. */
export function sectionsOf(view: RunView): { above: Cards; below: Cards } {
  const { files, settings, trials, curves, spread } = view;
  const { verdict, evaluation, analysis, profile } = files;
  return {
    above: [
      ...curves.map(curveSection),
      verdict && verdictSection(verdict),
      verdict && scoresSection(verdict, { evaluation, spread }),
    ],
    below: [
      verdict && labelsSection(verdict, { evaluation, profile }),
      learningSection(files.trainings, trials, verdict?.findings ?? []),
      trials && curves.length === 0 && trialsSection(trials),
      analysis && confusionSection(analysis.challenger),
      analysis?.challenger.boundaries && boundariesSection(analysis.challenger.boundaries),
      ...(analysis ? sliceSections(analysis) : []),
      verdict?.drift && driftSection(verdict.drift),
      evaluation && careSection(evaluation),
      dataSection(files),
      profile && balanceSection(profile),
      profile && lengthSection(profile),
      jobsSection(view),
      settings && settingsSection(settings),
      nextSection(view),
    ],
  };
}
