import type { TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { invoke } from "./tasks.ts";

export const qualityGate: TaskState = {
  Comment: "Decides from recorded numbers alone; the evidence is verdict.json.",
  ...invoke("QualityGate", {
    run: "{% $run %}",
    dataset: "{% $dataset %}",
    artifacts: "{% $artifacts %}",
    champion: "{% $champion %}",
    evaluationPrefix: "{% $evaluationPrefix %}",
  }),
  TimeoutSeconds: limit("smallTaskTimeout"),
  // Promote may never be reached, and a variable that does not exist fails the state that reads it.
  Assign: { verdict: "{% $states.result.Payload %}", promotion: null, publication: null, registration: null },
  Output: "{% $states.result.Payload %}",
  Next: "Verdict",
};
