import { idOf, jobNames } from "../schemas/jobs.ts";
import type { TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { invoke } from "./tasks.ts";

export const validateInput: TaskState = {
  Comment: "Checks the input, fills in every default, resolves the export and the base model.",
  ...invoke("ValidateInput", {
    input: "{% $states.input %}",
    execution: "{% $states.context.Execution.Name %}",
    startedAt: "{% $states.context.Execution.StartTime %}",
    images: Object.fromEntries(jobNames.map((job) => [idOf(job), `\${${job}ImageUri}`])),
  }),
  TimeoutSeconds: limit("smallTaskTimeout"),
  Assign: { run: "{% $states.result.Payload %}" },
  Output: "{% $states.result.Payload %}",
  Next: "Preprocess",
};
