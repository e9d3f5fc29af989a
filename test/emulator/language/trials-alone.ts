// The state Trials without its trainings: it gets them as they ended, and what it puts out is the definition's own.
import type { Json } from "../../../pipeline/local/engine/definition.ts";
import { startExecution } from "../../../pipeline/local/engine/executions.ts";
import { algorithms } from "../../../schemas/tables/algorithms.ts";
import { trials } from "../../../states/jobs/trials.ts";
import type { Case } from "../../engine/cases.ts";
import { fakeClock } from "../../engine/fake-clock.ts";
import { temporaryHome } from "../../engine/journal.ts";

const { Next: _, ...state } = trials;
// The emulator knows no redrives.
const { redriveCount: __, ...Output } = trials.Output as Record<string, Json>;

export const trialsAlone = {
  QueryLanguage: "JSONata",
  StartAt: "Trials",
  States: {
    Trials: {
      ...state,
      Output,
      Items: "{% $states.input %}",
      MaxConcurrency: 1,
      ItemProcessor: { StartAt: "Trained", States: { Trained: { Type: "Pass", End: true } } },
      End: true,
    },
  },
} as unknown as Json;

/** Completed trials, a score with its standard error each; null: the training reported none. */
export function endedTrials(...scores: ([number, number] | null)[]) {
  return scores.map((one, trial) => ({
    trial,
    algorithm: algorithms[trial]!,
    status: "completed",
    modelKey: `runs/a/trials/${trial}/model.tar.gz`,
    score: one?.[0] ?? null,
    standardError: one?.[1] ?? null,
    failure: null,
    usage: null,
  }));
}

export async function outcomeHere({ definition, input }: Case): Promise<Json> {
  const ended = await startExecution({
    home: temporaryHome(),
    definition,
    name: "case",
    input,
    tasks: {},
    clock: fakeClock(),
  });
  return ended.output as Json;
}
