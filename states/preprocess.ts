import type { TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { invoke } from "./tasks.ts";

export const preprocess: TaskState = {
  Comment: "Turns the export into labelled rows, and plans which texts still need an embedding.",
  ...invoke("Preprocess", { run: "{% $run %}" }),
  TimeoutSeconds: limit("longTaskTimeout"),
  Assign: { dataset: "{% $states.result.Payload %}" },
  Output: "{% $states.result.Payload %}",
  Next: "CheckKind",
};
