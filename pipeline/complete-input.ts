import executionInputSchema from "../schemas/execution/execution-input.schema.json" with { type: "json" };
import { refuseEmptyRanges } from "../schemas/execution/tuning.ts";
import type { ExecutionInput } from "../schemas/types.ts";
import { door } from "../tasks/lambda/door.ts";

// The check, the words and the defaults of ValidateInput: what it would refuse is refused before anything starts.
export type CompleteInput = ExecutionInput &
  Pick<Required<ExecutionInput>, "epochs" | "minSamples" | "testFraction" | "identifiedText">;

const check = door<CompleteInput>(executionInputSchema, {
  what: "The execution's input",
  name: "InvalidInput",
  useDefaults: true,
});

/** An input with every default filled in, as ValidateInput sees it. Throws InvalidInput. */
export function withDefaults(input: object): CompleteInput {
  const complete = check(structuredClone(input));
  refuseEmptyRanges(complete.tuning?.ranges ?? {});
  return complete;
}
