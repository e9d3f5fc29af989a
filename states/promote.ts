import type { TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { invoke } from "./tasks.ts";

export const promote: TaskState = {
  Comment: "Writes the bundle to EFS, takes the next generation, moves the pointer. All of it or nothing.",
  ...invoke("Promote", {
    run: "{% $run %}",
    dataset: "{% $dataset %}",
    artifacts: "{% $artifacts %}",
    champion: "{% $champion %}",
    verdict: "{% $verdict %}",
  }),
  TimeoutSeconds: limit("longTaskTimeout"),
  Catch: [
    {
      // Another execution promoted since ReadChampion: the comparison was with a model no longer in use.
      ErrorEquals: ["StaleChampion"],
      Next: "ReadChampion",
    },
  ],
  Assign: { promotion: "{% $states.result.Payload %}" },
  Output: "{% $states.result.Payload %}",
  Next: "Notify",
};
