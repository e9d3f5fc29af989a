import type { Algorithm } from "../../../schemas/tables/algorithms.ts";
import { wordsOf } from "../../../schemas/tables/kinds.ts";
import type { Kind, Run } from "../../../schemas/types.ts";
import type { Choices } from "../preparation.ts";

/** What of an execution's input says how many models it trains. */
export type Asked = Partial<Pick<Run, "algorithms">> & {
  tuning?: object | null;
  curve?: object;
  hyperparameters?: Partial<Run["hyperparameters"]>;
};

/** The algorithms that are tried, the simplest first: those asked for, else those of the kind. */
export function algorithmsOf(kind: Kind, { algorithms }: Asked): Algorithm[] {
  const all = wordsOf(kind).algorithms;
  return algorithms ? all.filter((one) => algorithms.includes(one)) : all;
}

/** What an execution asks of the walk of its export. */
export function choicesOf(run: Pick<Run, "testFraction"> & Asked): Choices {
  return { testFraction: run.testFraction, validates: (kind) => validates(kind, run), draws: !!run.curve };
}

/** Whether a threshold is fitted, trials are compared, or one of them is to stop early. */
function validates(kind: Kind, run: Asked): boolean {
  const stopsEarly = (run.hyperparameters?.patience ?? 0) > 0;
  const compares = algorithmsOf(kind, run).length > 1 || !!run.tuning || !!run.curve;
  return wordsOf(kind).fitsThreshold || compares || stopsEarly;
}
