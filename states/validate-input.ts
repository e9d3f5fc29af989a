import { idOf, modelJobs } from "../schemas/execution/jobs.ts";
import type { TaskState } from "./asl.ts";
import { countersOf } from "./jobs/instances.ts";
import { hostFor } from "./jobs/preprocess.ts";
import { limit } from "./limits.ts";
import { invoke } from "./tasks.ts";

export const validateInput: TaskState = {
  Comment: "Checks the input, fills in every default, resolves the export and the base model.",
  ...invoke("ValidateInput", {
    input: "{% $states.input %}",
    execution: "{% $states.context.Execution.Name %}",
    startedAt: "{% $states.context.Execution.StartTime %}",
    images: Object.fromEntries(modelJobs.map((job) => [idOf(job), `\${${job}ImageUri}`])),
  }),
  TimeoutSeconds: limit("smallTaskTimeout"),
  // Each state that runs a job adds what that used.
  Assign: {
    run: "{% $states.result.Payload %}",
    preprocessHost: `{% ${hostFor("$states.result.Payload")} %}`,
    ...countersOf("PreprocessJob"),
    jobs: [],
  },
  Output: "{% $states.result.Payload %}",
  Next: "PreprocessHost",
};
