import type { TaskState } from "./asl.ts";
import { hostFor } from "./jobs/promote.ts";
import { limit } from "./limits.ts";
import { invoke } from "./tasks.ts";

export const checkArtifacts: TaskState = {
  Comment:
    "A job can be Completed without its files. Finds and hashes them; every later step must find the same digests. Keeps the training logs.",
  ...invoke("CheckArtifacts", {
    run: "{% $run %}",
    embeddingsPrefix: "{% $embeddingsPrefix %}",
    trial: "{% $chosen %}",
    modelKey: "{% $modelKey %}",
    trials: "{% [$trials.{ 'trial': trial, 'status': status }] %}",
  }),
  TimeoutSeconds: limit("longTaskTimeout"),
  Assign: {
    artifacts: "{% $states.result.Payload %}",
    promoteHost: `{% ${hostFor("$states.result.Payload")} %}`,
  },
  Output: "{% $states.result.Payload %}",
  Next: "ReadChampion",
};
