import type { TaskState } from "./asl.ts";
import { countersOf } from "./jobs/instances.ts";
import { limit } from "./limits.ts";
import { invoke } from "./tasks.ts";

const model = "{% $run.model %}";

export const checkKind: TaskState = {
  Comment:
    "Refuses an export of another kind than the model in use under this name, before a job is paid for.",
  // A learning curve promotes nothing, so its export may be of any kind.
  ...invoke("ReadChampion", { model, kind: "{% $exists($run.curve) ? null : $dataset.kind %}" }),
  TimeoutSeconds: limit("smallTaskTimeout"),
  Output: "{% $states.result.Payload %}",
  Next: "Jobs",
};

export const readChampion: TaskState = {
  Comment:
    "Reads the model in use under this name as late as possible, and again when another execution promoted meanwhile.",
  ...invoke("ReadChampion", { model, kind: "{% $dataset.kind %}" }),
  TimeoutSeconds: limit("smallTaskTimeout"),
  Assign: { champion: "{% $states.result.Payload.champion %}", ...countersOf("Evaluate") },
  Output: "{% $states.result.Payload %}",
  Next: "Evaluate",
};
