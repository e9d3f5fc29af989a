import type { TaskState, Value } from "./asl.ts";
import { limit } from "./limits.ts";
import { invoke, toldAsFailed } from "./tasks.ts";

const failed = toldAsFailed(
  ["RegistrationFailed", "InvalidInput", "TaskFailed"],
  "registrationfailed",
  "package",
);

/**
 * Tells SageMaker's Model Registry what became of a model. It is decided by then, and what fails here changes nothing of
 * that: it is told in `$registration`.
 *
 * @param news What became of it, as tasks/register.ts takes it.
 */
export function register(news: Value, next: string): TaskState {
  return {
    Comment:
      "Tells the Model Registry what became of the model, if the deployment uses it. No promotion fails by it.",
    ...invoke("Register", news),
    TimeoutSeconds: limit("longTaskTimeout"),
    Catch: [{ ErrorEquals: ["States.ALL"], Assign: { registration: failed }, Next: next }],
    Assign: { registration: "{% $states.result.Payload %}" },
    Output: "{% $states.result.Payload %}",
    Next: next,
  };
}
