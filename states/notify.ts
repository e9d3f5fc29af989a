import type { TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { invoke } from "./tasks.ts";

export const notify: TaskState = {
  Comment:
    "Writes the run receipt and words the message. Failed executions are notified by their status-change event.",
  ...invoke("Notify", {
    run: "{% $run %}",
    dataset: "{% $dataset %}",
    artifacts: "{% $artifacts %}",
    verdict: "{% $verdict %}",
    promotion: "{% $promotion %}",
    publication: "{% $publication %}",
    registration: "{% $registration %}",
    jobs: "{% $jobs %}",
    trials: "{% $trials %}",
    chosen: "{% $chosen %}",
  }),
  TimeoutSeconds: limit("smallTaskTimeout"),
  Assign: { notice: "{% $states.result.Payload %}" },
  Output: "{% $states.result.Payload %}",
  Next: "Announce",
};
