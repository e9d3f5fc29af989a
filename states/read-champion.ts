import type { TaskState } from "./asl.ts";
import { countersOf } from "./jobs/instances.ts";
import { limit } from "./limits.ts";
import { invoke } from "./tasks.ts";

export const readChampion: TaskState = {
  Comment: "Reads the model in use as late as possible, and again when another execution promoted meanwhile.",
  ...invoke("ReadChampion", {}),
  TimeoutSeconds: limit("smallTaskTimeout"),
  Assign: { champion: "{% $states.result.Payload.champion %}", ...countersOf("Evaluate") },
  Output: "{% $states.result.Payload %}",
  Next: "Evaluate",
};
