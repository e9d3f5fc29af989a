import type { Catcher, TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { invoke, promotionRetriers } from "./tasks.ts";

/** What of a promotion that did not happen is not a failure. */
export const promotionCatchers: readonly Catcher[] = [
  {
    // Another execution promoted since ReadChampion: the comparison was with a model no longer in use.
    ErrorEquals: ["StaleChampion"],
    Next: "ReadChampion",
  },
  {
    // A model of a newer export came into use since: this one is not wanted any more.
    ErrorEquals: ["Superseded"],
    Assign: {
      verdict:
        "{% $merge([$verdict, { 'verdict': 'reject', 'reasons': $append($verdict.reasons, [$parse($states.errorOutput.Cause).errorMessage]) }]) %}",
    },
    Next: "Notify",
  },
];

export const promote: TaskState = {
  Comment: "Writes the bundle to EFS, takes the next generation, moves the pointer. All of it or nothing.",
  ...invoke("Promote", {
    run: "{% $run %}",
    dataset: "{% $dataset %}",
    artifacts: "{% $artifacts %}",
    champion: "{% $champion %}",
    verdict: "{% $verdict %}",
  }),
  Retry: promotionRetriers,
  TimeoutSeconds: limit("longTaskTimeout"),
  Catch: promotionCatchers,
  Assign: { promotion: "{% $states.result.Payload %}" },
  Output: "{% $states.result.Payload %}",
  Next: "Publish",
};
